"""An editor looks at a moment of a run: stacks, variables, sources, and the whole at a glance."""

import pathlib

import pytest
from dap_app import APP, app, client, folder, line_of  # noqa: F401
from dap_client import Client, Refused
from harness import record, write


def test_variables_are_typed_and_paged(client):
    local = client.scope()
    big = local["big"]
    assert (big["type"], big["indexedVariables"], big["namedVariables"]) == ("list", 10_000, 1)
    page = client.variables(big["variablesReference"], filter="indexed", start=9_990, count=5)
    assert [(name, one["value"]) for name, one in page.items()] == [
        (f"[{number}]", str(number)) for number in range(9_990, 9_995)
    ]
    assert client.variables(big["variablesReference"], filter="named")["len()"]["value"] == "10000"
    assert page["[9992]"]["evaluateName"] == "big[9992]"
    accounts = client.variables(local["accounts"]["variablesReference"])
    bob = client.variables(accounts["[1]"]["variablesReference"])
    assert (bob["balance"]["value"], bob["balance"]["type"]) == ("7", "int")
    assert bob["balance"]["evaluateName"] == "accounts[1].balance"
    assert client.evaluate("accounts[1].balance") == "7"


def test_scopes(client):
    assert client.values("Exception")["raise"].startswith("ValueError('no sum')")
    assert "Account" in client.values("Globals")
    client.ask("setFunctionBreakpoints", breakpoints=[{"name": "inner"}])
    client.go("reverseContinue")
    assert client.values() == {"mark": "'!'"}
    assert client.values("Closure") == {"word": "'hi'"}
    assert client.values(level=1)["word"] == "'hi'"
    client.go("stepOut")
    assert client.values("Return value") == {"return": "'hi!'"}


def test_evaluate_in_every_context(client):
    client.ask("setFunctionBreakpoints", breakpoints=[{"name": "deposit"}])
    client.go("reverseContinue")
    inner, outer = (frame["id"] for frame in client.stack()[:2])
    for context in ("hover", "watch", "repl", "variables"):
        assert client.evaluate("account.owner", frameId=inner, context=context) == "'bob'"
        assert client.evaluate("ann.balance + 1", frameId=outer, context=context) == "12"
        with pytest.raises(Refused, match="no_such_name"):
            client.evaluate("no_such_name", context=context)
    assert client.evaluate("big", frameId=outer, context="clipboard").count(",") == 9_999
    assert client.evaluate("big", frameId=outer, context="hover").count(",") < 20
    value = client.ask("evaluate", expression="[n for n in big if n > 9_990]", frameId=outer)
    assert (value["type"], value["indexedVariables"]) == ("list", 9)
    assert client.variables(value["variablesReference"])["[0]"]["value"] == "9991"


def test_completions(client):
    targets = client.ask("completions", text="len(acc", column=8, frameId=client.stack()[0]["id"])["targets"]
    found = {target["label"]: (target["start"], target["length"]) for target in targets}
    assert found["accounts"] == (5, 3)
    targets = client.ask("completions", text="ann.", column=5)["targets"]
    assert {"ann.owner", "ann.balance"} <= {target["label"] for target in targets}


def test_exception_info_has_the_chain(client):
    info = client.ask("exceptionInfo", threadId=1)
    assert (info["exceptionId"], info["details"]["typeName"]) == ("ValueError", "ValueError")
    (cause,) = info["details"]["innerException"]
    assert cause["typeName"] == "TypeError" and f":{line_of('account.balance += amount')} " in cause["stackTrace"]
    client.go("stepBack")
    client.go("reverseContinue")
    with pytest.raises(Refused, match="no exception"):
        client.ask("exceptionInfo", threadId=1)


def test_sources_and_places(client, folder):
    (frame,) = client.stack(levels=1)
    assert frame["source"] == {"name": "app.py", "path": str(folder / "app.py")}
    assert client.ask("source", source=frame["source"], sourceReference=0)["content"] == APP
    assert client.ask("loadedSources")["sources"] == [frame["source"]]
    modules = client.ask("modules")
    assert (modules["totalModules"], modules["modules"][0]["name"]) == (1, "app")
    places = client.ask("breakpointLocations", source=app(folder), line=8, endLine=12)["breakpoints"]
    assert [place["line"] for place in places] == [8, 9, 10, 11]


@pytest.mark.parametrize("change", [pathlib.Path.unlink, lambda path: path.write_text("# another\n")])
def test_a_source_that_is_not_here_comes_from_the_trace(tmp_path, change):
    path = write(tmp_path, "app.py", APP)
    record(tmp_path, "app.py")
    change(path)
    with Client(tmp_path) as client:
        client.begin(trace="t.db")
        source = client.stack(levels=1)[0]["source"]
        assert source["origin"].startswith("from the trace: ")
        reference = source["sourceReference"]
        assert client.ask("source", sourceReference=reference)["content"] == APP
        (one,) = client.ask("setBreakpoints", source=source, breakpoints=[{"line": 9}])["breakpoints"]
        assert one["verified"]
        assert client.go("reverseContinue")["reason"] == "breakpoint"


def test_deep_stacks_are_paged(tmp_path):
    write(tmp_path, "deep.py", "def down(n):\n    return n and down(n - 1)\n\ndown(900)\n")
    record(tmp_path, "deep.py")
    with Client(tmp_path) as client:
        client.begin(trace="t.db", at="start")
        client.ask("setBreakpoints", source={"path": "deep.py"}, breakpoints=[{"line": 2, "condition": "n == 0"}])
        client.go("continue")
        answer = client.ask("stackTrace", threadId=1, startFrame=100, levels=20)
        assert (answer["totalFrames"], len(answer["stackFrames"])) == (902, 20)
        frame = answer["stackFrames"][0]["id"]
        assert client.evaluate("n", frameId=frame) == "100"


def test_the_timeline_and_histories(client):
    timeline = client.ask("timeline", buckets=7)
    assert timeline["exact"] and len(timeline["buckets"]) == 7
    events = client.first["rdbg"]["events"]
    assert sum(bucket["counts"]["1"] for bucket in timeline["buckets"]) == timeline["events"] == events
    assert [one["type"] for one in timeline["exceptions"]] == ["TypeError", "ValueError"]
    history = client.ask("history", expression="ann.balance")
    assert [change["value"] for change in history["changes"]] == ["5", "6", "8", "11"]
    assert (history["total"], history["complete"]) == (4, True)
    middle = history["changes"][2]
    client.ask("goToPosition", position=middle["position"])
    assert client.event("stopped")["rdbg"] == client.ask("position")
    assert client.ask("position")["position"] == middle["position"]
    assert client.evaluate("account.balance") == "8"
    assert len(client.ask("history", expression="account.balance", limit=1)["changes"]) == 1
