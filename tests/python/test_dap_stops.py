"""Breakpoints of every kind, as an editor sets them."""

import pytest
from dap_app import at_start, client, folder, line_of, set_lines  # noqa: F401
from dap_client import Client
from harness import record, write


ALL_RAISED = {"filterOptions": [{"filterId": "raised", "condition": "all"}]}


def test_breakpoints_with_conditions(client, folder):
    line = line_of("account.balance += amount")
    (one,) = set_lines(client, folder, {"line": line, "condition": "amount == 2"})
    assert one["verified"] and one["line"] == line
    stop = client.go("reverseContinue")
    assert (stop["reason"], stop["hitBreakpointIds"]) == ("breakpoint", [one["id"]])
    assert client.values()["amount"] == "2"
    assert client.go("reverseContinue")["reason"] == "entry"
    assert set_lines(client, folder) == []
    assert client.go("continue")["reason"] == "end"


def test_breakpoints_move_to_the_next_line_with_code(client, folder):
    moved, none = set_lines(client, folder, {"line": 7}, {"line": 9_000})
    assert moved["verified"] and moved["line"] == 8
    assert "line 7 has no code" in moved["message"]
    assert not none["verified"] and "no recorded code" in none["message"]
    (wrong,) = set_lines(client, folder, {"line": 9, "condition": "1 +"})
    assert not wrong["verified"]


@pytest.mark.parametrize(
    "rule, amounts", [("2", [1]), (">= 3", [2, 3]), ("% 2", [1, 3]), ("< 2", [0]), (" > 3 ", [3])]
)
def test_hit_conditions(client, folder, rule, amounts):
    at_start(client)
    (one,) = set_lines(client, folder, {"line": line_of("before = account.balance"), "hitCondition": rule})
    assert one["verified"]
    seen = []
    # Bob's deposit is the fifth hit.
    while client.go("continue")["reason"] == "breakpoint":
        seen.append(client.values()["amount"])
    assert [text for text in seen if text != "'x'"] == [str(amount) for amount in amounts]


def test_log_points_say_and_do_not_stop(client, folder):
    at_start(client)
    message = "{account.owner}: {before} + {amount} = {account.balance + amount} {{}} {nothing}"
    set_lines(client, folder, {"line": line_of("account.balance += amount"), "logMessage": message})
    client.events.clear()
    assert client.ask("continue", threadId=1) == {"allThreadsContinued": True}
    said = [client.event("output")["output"].split(" ", 1)[1] for _ in range(5)]
    assert client.event("stopped")["reason"] == "end"
    assert said[3].startswith("ann: 8 + 3 = 11 {} <") and said[4].startswith("bob: 7 + x = <")


def test_a_log_point_does_not_end_a_step(client, folder):
    at_start(client)
    set_lines(client, folder, {"line": line_of("for amount in")}, {"line": 9, "logMessage": "deposit"})
    client.go("continue")
    client.go("next")
    assert client.here() == ("main", line_of("deposit(ann, amount)"))
    client.events.clear()
    client.ask("next", threadId=1)
    assert "deposit" in client.event("output")["output"]
    assert client.event("stopped")["reason"] == "step"
    assert client.here() == ("main", line_of("for amount in"))


def test_exception_breakpoints(client):
    def raised(*filters, **options):
        client.ask("setExceptionBreakpoints", filters=list(filters), **options)
        at_start(client)
        found = []
        while (stop := client.go("continue"))["reason"] == "exception":
            found.append(stop["text"].split("(")[0])
        return found

    assert raised("raised") == ["TypeError", "ValueError"]
    assert raised("uncaught") == ["ValueError"]
    options = {"filterOptions": [{"filterId": "raised", "condition": "TypeError"}]}
    assert raised(**options) == ["TypeError"]
    # Where the first is raised, no name is `accounts`: that cannot be told, so it stops.
    options = {"filterOptions": [{"filterId": "raised", "condition": "len(accounts) == 2"}]}
    assert raised(**options) == ["TypeError", "ValueError"]
    options = {"filterOptions": [{"filterId": "raised", "condition": "exception.args[0] == 'no sum'"}]}
    assert raised(**options) == ["ValueError"]
    assert raised() == []


def test_a_condition_that_cannot_be_evaluated_stops_and_says_why(client, folder):
    at_start(client)
    line = line_of("account.balance += amount")
    (one,) = set_lines(client, folder, {"line": line, "condition": "amount > 100", "hitCondition": ">= 7"})
    assert one["verified"] and "message" not in one
    client.events.clear()
    # The fifth amount is a text.
    client.ask("continue", threadId=1)
    said = client.event("output")["output"]
    assert "amount > 100" in said and "TypeError" in said
    stop = client.event("stopped")
    assert (stop["reason"], stop["hitBreakpointIds"]) == ("breakpoint", [one["id"]])
    assert stop["description"].startswith("the condition could not be evaluated: TypeError")
    assert client.values()["amount"] == "'x'"
    # A log point says it instead of its message, and a misspelt name is told at once.
    (one,) = set_lines(client, folder, {"line": line, "condition": "amuont > 1", "logMessage": "never"})
    assert one["verified"] and "no code there knows a name 'amuont' (did you mean `amount`?)" in one["message"]
    at_start(client)
    client.events.clear()
    client.ask("continue", threadId=1)
    said = [client.event("output")["output"] for _ in range(5)]
    assert all("could not be evaluated: NameError" in text for text in said)
    assert client.event("stopped")["reason"] == "end"


def test_exceptions_that_only_end_loops_are_left_out(tmp_path):
    source = "class Once:\n def __iter__(self): return self\n def __next__(self): raise StopIteration\nlist(Once())\n{}[1]\n"
    write(tmp_path, "app.py", source)
    record(tmp_path, "app.py")
    with Client(tmp_path) as client:
        client.begin(trace="t.db", at="start")
        for filters, classes in [({"filters": ["raised"]}, ["KeyError"]), (ALL_RAISED, ["StopIteration", "KeyError"])]:
            client.ask("setExceptionBreakpoints", **{"filters": [], **filters})
            client.ask("restart")
            client.event("stopped")
            found = []
            while (stop := client.go("continue"))["reason"] == "exception":
                found.append(stop["text"].split("(")[0])
            assert found == classes


def test_data_breakpoints_in_both_directions(client, folder):
    at_start(client)
    set_lines(client, folder, {"line": line_of("for amount in")})
    client.go("continue")
    set_lines(client, folder)
    ann = client.scope()["ann"]
    info = client.ask("dataBreakpointInfo", variablesReference=ann["variablesReference"], name="balance")
    assert info["accessTypes"] == ["write"] and "balance" in info["description"]
    (one,) = client.ask("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])["breakpoints"]
    assert one["verified"]
    stop = client.go("continue")
    assert (stop["reason"], stop["hitBreakpointIds"]) == ("data breakpoint", [one["id"]])
    # A store of an equal value is a store.
    assert "5 → 5" in stop["text"]
    assert "5 → 6" in client.go("continue")["text"]
    # What is set again with the same number goes on watching the same object.
    (one,) = client.ask("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])["breakpoints"]
    assert "6 → 8" in client.go("continue")["text"]
    assert "8 → 11" in client.go("continue")["text"]
    assert client.go("continue")["reason"] == "end"
    assert "8 → 11" in client.go("reverseContinue")["text"]
    none = client.ask("dataBreakpointInfo", name="nothing_of_the_kind")
    assert none["dataId"] is None and "nothing_of_the_kind" in none["description"]


@pytest.mark.parametrize("how", ["elsewhere", "link"])
def test_a_file_is_known_by_another_path(tmp_path, how):
    here, there = tmp_path / "here" / "project", tmp_path / "there" / "project"
    (here / "package").mkdir(parents=True)
    write(here, "package/app.py", "x = 1\ny = 2\n")
    write(here, "app.py", "import package.app\nprint(package.app.y)\n")
    assert record(here, "app.py").returncode == 0
    if how == "link":
        there.parent.symlink_to(here.parent)
    else:
        here.parent.rename(there.parent)
    with Client(there) as client:
        client.begin(trace="t.db", at="start")
        inner, outer, none = (
            client.ask("setBreakpoints", source={"path": str(there / name)}, breakpoints=[{"line": 2}])["breakpoints"][0]
            for name in ("package/app.py", "app.py", "no.py")
        )
        assert not none["verified"]
        for wanted in (inner, outer):
            assert client.go("continue")["hitBreakpointIds"] == [wanted["id"]]
