"""A client that does everything wrong gets answers of the protocol, or a clear end; never a crash, never silence."""

import json
import random
import subprocess

import pytest
from dap_client import SCHEMA, SECONDS, Client, framed
from harness import RDBG, environment, record, write

APP = """\
def work(rounds):
    total = 0
    for number in range(rounds):
        total += number
    return total

work(3)
"""
INITIALIZE = {"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    cwd = tmp_path_factory.mktemp("hostile")
    write(cwd, "app.py", APP)
    assert record(cwd, "app.py").returncode == 0
    return cwd


def converse(folder, data):
    """Send bytes and hang up; the messages that came back, the status and what was said aside."""
    process = subprocess.run(
        [*RDBG, "dap"], cwd=folder, input=data, capture_output=True, timeout=SECONDS, env=environment()
    )
    messages, rest = [], process.stdout
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = int(head.removeprefix(b"Content-Length: "))
        messages.append(json.loads(rest[:length]))
        rest = rest[length:]
    said = process.stderr.decode()
    assert "panicked" not in said and "Traceback" not in said
    return messages, process.returncode, said


def frames(*messages):
    return b"".join(framed(json.dumps(message).encode()) for message in messages)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"\r\n\r\n",
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
        b"Content-Length: 10000000000\r\n\r\n{}",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: 200\r\n\r\n{",
        b"Content-Length: 2",
        b"\xff\xfe" * 5000,
    ],
)
def test_broken_frames_end_the_session_with_one_line(folder, data):
    messages, status, said = converse(folder, frames(INITIALIZE) + data)
    assert messages[0]["success"]
    assert status == 1
    assert said.startswith("rdbg: dap: ") and said.count("\n") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[1, 2]",
        b"null",
        b'{"type": "request"}',
        b'{"type": "request", "seq": -1, "command": "threads"}',
        b'{"type": "event", "seq": 1, "event": "stopped"}',
        b'{"type": "request", "seq": 1, "command": 7}',
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"a": ' * 100_000,
    ],
)
def test_nonsense_in_whole_frames_is_passed_over(folder, body):
    messages, status, said = converse(folder, framed(body) + frames(INITIALIZE))
    assert (status, said) == (0, "")
    assert messages[0]["event"] == "output" and "passed over" in messages[0]["body"]["output"]
    assert messages[1]["command"] == "initialize" and messages[1]["success"]


def test_an_end_between_messages_is_a_good_end(folder):
    assert converse(folder, b"") == ([], 0, "")


def requests():
    """The requests that clients may send, with the names of their arguments."""
    for name, definition in SCHEMA["definitions"].items():
        if not name.endswith("Request") or name == "Request":
            continue
        command = definition["allOf"][1]["properties"]["command"]["enum"][0]
        arguments = SCHEMA["definitions"].get(f"{name[:-7]}Arguments") or SCHEMA["definitions"].get(f"{name}Arguments")
        yield command, sorted((arguments or {}).get("properties", {}))


WRONG = [None, True, -1, 0, 2**53, 2**80, 1.5, "", "x", "\x00\x1b[31m", [], [None], {}, {"path": 3}, [{"line": "x"}]]


def test_no_request_is_answered_before_initialize(folder):
    commands = [command for command, _ in requests() if command not in ("initialize", "disconnect", "cancel")]
    sent = [{"seq": n, "type": "request", "command": command} for n, command in enumerate(commands, 1)]
    messages, status, _ = converse(folder, frames(*sent))
    assert status == 0
    assert [message["command"] for message in messages] == commands
    assert all("initialize" in message["message"] for message in messages)


@pytest.mark.parametrize("is_open", [False, True])
def test_wrong_arguments_are_answered(folder, is_open):
    sent = [INITIALIZE]

    def send(command, arguments):
        sent.append({"seq": len(sent) + 1, "type": "request", "command": command, "arguments": arguments})

    if is_open:
        send("attach", {"trace": "t.db"})
        send("configurationDone", {})
    chance = random.Random(7)
    # What would end the session, or run a program called x, is no part of this.
    left_out = {"initialize", "disconnect", "terminate", "launch", "attach"}
    known = [(command, names) for command, names in requests() if command not in left_out]
    known += [("reverseStepIn", ["threadId"]), ("goToPosition", ["position"]), ("timeline", ["buckets"])]
    known += [("history", ["expression", "frameId", "limit"]), ("noSuchRequest", [])]
    for command, names in known:
        send(command, {})
        for name in names:
            for wrong in WRONG:
                send(command, {name: wrong})
        for _ in range(10):
            send(command, {name: chance.choice(WRONG) for name in names})
    send("threads", {})
    messages, status, said = converse(folder, frames(*sent))
    assert (status, said) == (0, "")
    answers = [message for message in messages if message["type"] == "response"]
    assert [answer["request_seq"] for answer in answers] == [message["seq"] for message in sent]
    refused = [answer for answer in answers if not answer["success"]]
    assert all(answer["message"] and "\n" not in answer["message"] for answer in refused)
    assert len(refused) > len(answers) / 3
    assert answers[-1]["success"]


def test_numbers_of_another_stop_are_refused(folder):
    with Client(folder) as client:
        client.begin(trace="t.db")
        frame = client.stack()[0]["id"]
        scope = client.ask("scopes", frameId=frame)["scopes"][0]["variablesReference"]
        client.go("stepIn")
        for request in [
            {"command": "scopes", "arguments": {"frameId": frame}},
            {"command": "variables", "arguments": {"variablesReference": scope}},
            {"command": "evaluate", "arguments": {"expression": "1", "frameId": frame}},
            {"command": "stackTrace", "arguments": {"threadId": 99}},
            {"command": "next", "arguments": {"threadId": 0}},
        ]:
            client.seq += 1
            client.send_bytes(frames({"seq": client.seq, "type": "request", **request}))
            answer = client.hear()
            assert not answer["success"] and answer["message"]
        assert client.here()[0] == "work" or client.here()[0] == "<module>"


def test_many_requests_at_once(folder):
    sent = [INITIALIZE, {"seq": 2, "type": "request", "command": "attach", "arguments": {"trace": "t.db"}}]
    sent += [{"seq": n, "type": "request", "command": "threads"} for n in range(3, 10_003)]
    messages, status, _ = converse(folder, frames(*sent))
    answers = [message["request_seq"] for message in messages if message["type"] == "response"]
    assert (status, answers) == (0, list(range(1, 10_003)))


def test_split_messages_are_put_together(folder):
    with Client(folder) as client:
        message = {**INITIALIZE, "arguments": {"adapterID": "é" * 100}}
        for byte in framed(json.dumps(message, ensure_ascii=False).encode()):
            client.send_bytes(bytes([byte]))
        assert client.hear()["success"]


def test_what_is_no_trace_is_refused(folder):
    write(folder, "no.db", "x" * 5000)
    for name in ("no.db", "none.db", ".", "/dev/null", "/dev/zero"):
        with Client(folder) as client:
            client.ask("initialize", adapterID="x")
            client.seq += 1
            attach = {"seq": client.seq, "type": "request", "command": "attach", "arguments": {"trace": name}}
            client.send_bytes(frames(attach))
            answer = client.hear()
            assert not answer["success"] and answer["body"]["error"]["showUser"], answer
