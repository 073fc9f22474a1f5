"""An editor moves through a run, in both directions and in every thread."""

import pytest
from dap_app import app, at_start, client, folder, line_of  # noqa: F401
from dap_client import Client, Refused
from harness import record, write


def test_a_trace_opens_at_its_crash(client):
    assert client.first["reason"] == "exception"
    assert client.first["text"].startswith("ValueError('no sum')")
    assert client.here() == ("main", line_of("raise ValueError"))
    assert [frame["name"] for frame in client.stack()] == ["main", "<module>"]
    assert client.ask("threads") == {"threads": [{"id": 1, "name": "MainThread"}]}


def test_each_further_stop_is_announced_by_its_beginning(client):
    # By it, VS Code takes down what it showed of an exception at the stop before.
    assert not [event for event in client.events if event["event"] == "continued"]
    for command in ["stepBack", "stepIn", "reverseContinue", "continue"]:
        request = client.send(command, threadId=1)
        client.answer(request)
        heard = client.hear()
        assert (heard["event"], heard["body"]["allThreadsContinued"]) == ("continued", True)
        assert client.hear()["event"] == "stopped"


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


def test_the_console_knows_the_debuggers_words(client):
    position = client.first["rdbg"]["position"]
    client.evaluate("rn", context="repl")
    assert client.event("stopped")["rdbg"]["position"] < position
    client.evaluate(f"goto {position}", context="repl")
    assert client.event("stopped")["rdbg"]["position"] == position
    client.evaluate("rc", context="repl")
    assert client.event("stopped")["rdbg"]["position"] == 1
    client.evaluate("back", context="repl")
    assert client.event("stopped")["rdbg"]["position"] == position
    client.evaluate("forward", context="repl")
    assert client.event("stopped")["rdbg"]["position"] == 1
    with pytest.raises(Refused, match="the past is read-only"):
        client.evaluate("position = 3", context="repl")
    with pytest.raises(Refused, match="no `interact` here"):
        client.evaluate("interact", context="repl")
    assert "app.py" in client.evaluate("where", context="repl")
    assert "\x1b" not in client.evaluate("list", context="repl")
    client.evaluate("b deposit if amount == 3", context="repl")
    client.evaluate("c", context="repl")
    assert client.event("stopped")["reason"] == "goto"
    # A variable of that name comes first; a mistake is an answer, too.
    assert client.evaluate("amount", context="repl") == "3"
    with pytest.raises(Refused, match="no place"):
        client.evaluate("goto nowhere", context="repl")


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
