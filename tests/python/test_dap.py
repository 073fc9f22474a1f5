"""`rdbg dap`, as an editor uses it: one feature of the protocol in each test."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest
from dap_client import SECONDS, Client, Refused
from harness import RDBG, environment, record, write

APP = """\
import functools

class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance

def deposit(account, amount):
    before = account.balance
    account.balance += amount
    return before

def total_of(accounts):
    total = 0
    for account in accounts:
        total += account.balance
    return total

def outer(word):
    def inner(mark):
        return word + mark
    return inner("!")

def main():
    ann, bob = Account("ann", 5), Account("bob", 7)
    accounts = [ann, bob]
    for amount in range(4):
        deposit(ann, amount)
    text = outer("hi")
    big = list(range(10_000))
    try:
        deposit(bob, "x")
    except TypeError as error:
        raise ValueError("no sum") from error

main()
"""
LINE = {number: text for number, text in enumerate(APP.splitlines(), 1)}


def line_of(text):
    """The number of the only line that holds a text."""
    (number,) = [number for number, line in LINE.items() if text in line]
    return number


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    cwd = tmp_path_factory.mktemp("dap")
    write(cwd, "app.py", APP)
    assert record(cwd, "app.py").returncode == 1
    return cwd


@pytest.fixture
def client(folder):
    with Client(folder) as opened:
        opened.first = opened.begin(trace="t.db")
        yield opened


def app(folder):
    return {"path": str(folder / "app.py")}


def at_start(client):
    """Go to the first line of main."""
    client.ask("restart")
    assert client.event("stopped")["reason"] == "entry"


def test_a_trace_opens_at_its_crash(client):
    assert client.first["reason"] == "exception"
    assert client.first["text"].startswith("ValueError('no sum')")
    assert client.here() == ("main", line_of("raise ValueError"))
    assert [frame["name"] for frame in client.stack()] == ["main", "<module>"]
    assert client.ask("threads") == {"threads": [{"id": 1, "name": "MainThread"}]}


def test_steps_in_both_directions(client):
    at_start(client)
    first = client.here()
    places = [first]
    for _ in range(12):
        assert client.go("stepIn")["reason"] == "step"
        places.append(client.here())
    assert ("Account.__init__", 6) in places
    for place in reversed(places[:-1]):
        assert client.go("reverseStepIn")["reason"] == "step"
        assert client.here() == place


def test_step_back_goes_by_line_and_over_calls(client):
    client.ask("setFunctionBreakpoints", breakpoints=[{"name": "outer"}])
    stop = client.go("reverseContinue")
    assert stop["reason"] == "function breakpoint"
    assert client.here() == ("outer", line_of("def inner"))
    client.go("reverseStepOut")
    assert client.here() == ("main", line_of('text = outer("hi")'))
    client.go("stepBack")
    assert client.here() == ("main", line_of("for amount in"))
    client.go("stepBack")
    assert client.here() == ("main", line_of("deposit(ann, amount)"))
    assert client.values()["amount"] == "3"
    client.go("stepIn")
    assert client.here()[0] == "deposit"
    client.go("stepOut")
    client.go("next")
    assert client.here() == ("main", line_of("for amount in"))


def test_both_ends_say_so(client):
    end = client.go("continue")
    assert (end["reason"], end["description"].split(" (")[0]) == ("end", "At the end of the recording")
    assert client.go("next")["reason"] == "end"
    start = client.go("reverseContinue")
    assert (start["reason"], start["description"]) == ("entry", "At the start of the recording")
    assert client.go("stepBack")["reason"] == "entry"
    assert start["rdbg"]["position"] == 1


def set_lines(client, folder, *breakpoints):
    answer = client.ask("setBreakpoints", source=app(folder), breakpoints=list(breakpoints))
    return answer["breakpoints"]


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
    options = {"filterOptions": [{"filterId": "raised", "condition": "len(accounts) == 2"}]}
    assert raised(**options) == ["ValueError"]
    assert raised() == []


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
    assert "5 → 6" in stop["text"]
    # What is set again with the same number goes on watching the same object.
    (one,) = client.ask("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])["breakpoints"]
    assert "6 → 8" in client.go("continue")["text"]
    assert "8 → 11" in client.go("continue")["text"]
    assert client.go("continue")["reason"] == "end"
    assert "8 → 11" in client.go("reverseContinue")["text"]
    none = client.ask("dataBreakpointInfo", name="nothing_of_the_kind")
    assert none["dataId"] is None and "nothing_of_the_kind" in none["description"]


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


def test_the_console_knows_the_debuggers_words(client):
    position = client.first["rdbg"]["position"]
    client.evaluate("back", context="repl")
    assert client.event("stopped")["rdbg"]["position"] < position
    client.evaluate(f"goto {position}", context="repl")
    assert client.event("stopped")["rdbg"]["position"] == position
    client.evaluate("rc", context="repl")
    assert client.event("stopped")["rdbg"]["position"] == 1
    assert "app.py" in client.evaluate("where", context="repl")
    assert "\x1b" not in client.evaluate("list", context="repl")
    client.evaluate("b deposit if amount == 3", context="repl")
    client.evaluate("c", context="repl")
    assert client.event("stopped")["reason"] == "goto"
    # A variable of that name comes first; a mistake is an answer, too.
    assert client.evaluate("amount", context="repl") == "3"
    with pytest.raises(Refused, match="no place"):
        client.evaluate("goto nowhere", context="repl")


def test_completions(client):
    targets = client.ask("completions", text="len(acc", column=8, frameId=client.stack()[0]["id"])["targets"]
    found = {target["label"]: (target["start"], target["length"]) for target in targets}
    assert found["accounts"] == (5, 3)
    targets = client.ask("completions", text="ann.", column=5)["targets"]
    assert {"ann.owner", "ann.balance"} <= {target["label"] for target in targets}


def test_goto_moves_in_time(client, folder):
    targets = client.ask("gotoTargets", source=app(folder), line=line_of("account.balance += amount"))["targets"]
    (target,) = targets
    assert target["label"].startswith("back to @")
    client.ask("goto", threadId=1, targetId=target["id"])
    assert client.event("stopped")["reason"] == "goto"
    assert client.here() == ("deposit", line_of("account.balance += amount"))
    with pytest.raises(Refused, match="no recorded code"):
        client.ask("gotoTargets", source=app(folder), line=9_000)


def test_restart_frame_goes_to_its_first_line(client):
    client.ask("setExceptionBreakpoints", filters=["raised"])
    client.go("reverseContinue")
    frame = client.stack()[0]
    assert frame["name"] == "deposit"
    client.ask("restartFrame", frameId=frame["id"])
    client.event("stopped")
    assert client.here() == ("deposit", line_of("before = account.balance"))
    client.ask("restartFrame", frameId=client.stack()[1]["id"])
    client.event("stopped")
    assert client.here() == ("main", line_of("ann, bob ="))


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


THREADS = """\
import threading

def work(count):
    done = 0
    for number in range(count):
        done += number
    return done

others = [threading.Thread(target=work, args=(count,), name=f"worker {count}") for count in (3, 5)]
for other in others:
    other.start()
    other.join()
"""


def test_every_thread_has_its_stack(tmp_path):
    write(tmp_path, "threads.py", THREADS)
    record(tmp_path, "threads.py")
    with Client(tmp_path) as client:
        client.begin(trace="t.db", at="start")
        client.ask("setBreakpoints", source={"path": "threads.py"}, breakpoints=[{"line": 7}])
        for number, count in ((2, 3), (3, 5)):
            stop = client.go("continue")
            assert (stop["threadId"], stop["allThreadsStopped"]) == (number, True)
            names = {one["id"]: one["name"] for one in client.ask("threads")["threads"]}
            assert names[number] == f"worker {count}"
            assert client.values(thread=number)["count"] == str(count)
            # The main thread waits in one of the two calls.
            assert client.here(1) in [("<module>", 11), ("<module>", 12)]
        assert client.stack(2) == []


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


LAUNCHED = """\
import os, sys, time

print("first", flush=True)
time.sleep(1.2)
print("second é", file=sys.stderr)
print(sys.argv[1:], os.environ["FOR_IT"], os.getcwd())
x = 1
raise SystemExit(4)
"""


def test_launch_records_and_forwards_output(tmp_path):
    write(tmp_path, "app.py", LAUNCHED)
    work = tmp_path / "work"
    work.mkdir()
    output = {"stdout": "", "stderr": ""}
    with Client(tmp_path) as client:

        def configure(client):
            answer = client.ask("setBreakpoints", source={"path": str(tmp_path / "app.py")}, breakpoints=[{"line": 7}])
            (one,) = answer["breakpoints"]
            assert not one["verified"]
            with pytest.raises(Refused, match="still being recorded"):
                client.ask("stackTrace", threadId=1)
            assert client.ask("threads") == {"threads": []}

        client.ask("initialize", adapterID="x", supportsProgressReporting=True)
        arguments = {"args": ["a b"], "env": {"FOR_IT": "yes"}, "cwd": str(work)}
        client.ask("launch", program=str(tmp_path / "app.py"), **arguments)
        client.event("initialized")
        configure(client)
        client.ask("configurationDone")
        kinds = []
        while (message := client.events.pop(0) if client.events else client.hear())["event"] != "stopped":
            kinds.append(message["event"])
            body = message["body"]
            if message["event"] == "output" and body["category"] in output:
                output[body["category"]] += body["output"]
            if message["event"] == "breakpoint":
                assert body["breakpoint"]["verified"]
        assert message["body"]["reason"] == "entry"
        assert output["stdout"] == f"first\n['a b'] yes {work}\n"
        assert output["stderr"].startswith("second é\n")
        assert kinds.index("progressUpdate") < kinds.index("progressEnd") < kinds.index("breakpoint")
        assert client.go("continue")["reason"] == "breakpoint"
        assert client.go("continue")["description"].endswith("(exit 4)")
    assert (work / "trace.db").exists()


@pytest.mark.parametrize("what", [{"module": "mod"}, {"code": "import mod"}, {"program": "mod.py", "output": "x.db"}])
def test_launch_of_modules_and_code(tmp_path, what):
    write(tmp_path, "mod.py", "x = 1\ny = x + 1\n")
    with Client(tmp_path) as client:
        client.begin("launch", cwd=str(tmp_path), at="end", **what)
        client.ask("setBreakpoints", source={"path": str(tmp_path / "mod.py")}, breakpoints=[{"line": 2}])
        client.go("reverseContinue")
        assert client.values()["x"] == "1"


def test_what_cannot_be_launched_is_told(tmp_path):
    with Client(tmp_path) as client:
        client.ask("initialize", adapterID="x")
        for arguments, why in [
            ({}, "needs one of"),
            ({"program": "a", "module": "b"}, "only one of"),
            ({"trace": "none.db"}, "none.db"),
            ({"program": "a", "cwd": str(tmp_path / "none")}, "cannot start"),
            ({"program": 3}, "wrong arguments"),
        ]:
            with pytest.raises(Refused, match=why):
                client.ask("launch", **arguments)
        with pytest.raises(Refused, match="attach needs the trace"):
            client.ask("attach")
        client.ask("launch", program="none.py", cwd=str(tmp_path))
        client.event("initialized")
        client.ask("configurationDone")
        client.event("terminated")


LONG = "import time\nopen('pid', 'w').write(str(__import__('os').getpid()))\nwhile True:\n    time.sleep(0.01)\n"


def started(folder):
    """The number of the process that is recorded, once it runs."""
    end = time.monotonic() + SECONDS
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    return int((folder / "pid").read_text())


def gone(process):
    """Wait for a process that is not ours to end."""
    end = time.monotonic() + SECONDS
    while pathlib.Path(f"/proc/{process}").exists():
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0]
        if state == "Z":
            return
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="NOT RUN: there is no /proc")
@pytest.mark.parametrize("how", ["terminate", "disconnect", "hang up"])
def test_the_recorded_program_ends_with_the_session(tmp_path, how):
    write(tmp_path, "long.py", LONG)
    with Client(tmp_path) as client:
        client.ask("initialize", adapterID="x")
        client.ask("launch", program="long.py", cwd=str(tmp_path))
        client.ask("configurationDone")
        process = started(tmp_path)
        if how == "terminate":
            client.ask("terminate")
            client.event("terminated")
        elif how == "disconnect":
            client.ask("disconnect", terminateDebuggee=True)
        else:
            client.input.close()
        gone(process)


def test_pause_ends_the_recording_and_shows_it(tmp_path):
    write(tmp_path, "long.py", LONG)
    with Client(tmp_path) as client:
        client.ask("initialize", adapterID="x")
        client.ask("launch", program="long.py", cwd=str(tmp_path))
        client.ask("configurationDone")
        started(tmp_path)
        client.ask("pause", threadId=1)
        assert client.event("stopped")["text"].startswith("KeyboardInterrupt")
        assert client.go("stepBack")["reason"] == "step"


SLOW = """\
def work(rounds):
    total = 0
    for number in range(rounds):
        total += number
    return total

work(20000)
"""
NEVER = "len([x for x in range(400) if x == -1]) > 0"


@pytest.mark.parametrize("word", ["pause", "cancel"])
def test_a_long_search_can_be_interrupted(tmp_path, word):
    write(tmp_path, "slow.py", SLOW)
    record(tmp_path, "slow.py")
    with Client(tmp_path) as client:
        client.begin(trace="t.db", at="start")
        source = {"path": str(tmp_path / "slow.py")}
        client.ask("setBreakpoints", source=source, breakpoints=[{"line": 4, "condition": NEVER}])
        client.events.clear()
        number = client.send("continue", threadId=1)
        assert client.answer(number) == {"allThreadsContinued": True}
        client.event("progressStart")
        arguments = {"threadId": 1} if word == "pause" else {"requestId": number}
        client.send(word, **arguments)
        stop = client.event("stopped")
        assert (stop["reason"], stop["rdbg"]["position"]) == ("pause", 1)


def test_a_request_that_waits_can_be_cancelled(client):
    first = client.send("evaluate", expression="sum([x * y for x in range(40) for y in range(40)])")
    second = client.send("evaluate", expression="1")
    third = client.send("cancel", requestId=second)
    outcomes = {}
    for _ in range(3):
        message = client.hear()
        outcomes[message["request_seq"]] = message["success"], message.get("message")
    assert outcomes[first][0]
    assert outcomes[second] in [(False, "cancelled"), (True, None)]
    assert outcomes[third][0]


def test_a_port_serves_one_editor_after_another(folder):
    command = [*RDBG, "dap", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        port = int(process.stderr.readline().rsplit(":", 1)[1])
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                streams = connection.makefile("wb"), connection.makefile("rb")
                with Client(folder, streams) as client:
                    assert client.begin(trace=str(folder / "t.db"))["reason"] == "exception"
                    client.ask("disconnect")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
