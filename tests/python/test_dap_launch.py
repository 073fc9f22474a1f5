"""An editor records a program, and the session ends with it."""

import os
import pathlib
import subprocess
import time

import pytest
from dap_app import folder  # noqa: F401
from dap_client import SECONDS, Client, Refused
from harness import dump, environment, write


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
        assert message["body"]["reason"] == "exception"
        assert message["body"]["text"].startswith("SystemExit(4)")
        assert output["stdout"] == f"first\n['a b'] yes {work}\n"
        assert output["stderr"].startswith("second é\n")
        assert kinds.index("progressUpdate") < kinds.index("progressEnd") < kinds.index("breakpoint")
        assert client.go("reverseContinue")["reason"] == "breakpoint"
        assert client.go("continue")["description"].endswith("(exit 4)")
    assert (work / ".rdbg" / "launch" / "app.db").exists()


@pytest.mark.parametrize("what", [{"module": "mod"}, {"code": "import mod"}, {"program": "mod.py", "output": "x.db"}])
def test_launch_of_modules_and_code(tmp_path, what):
    write(tmp_path, "mod.py", "x = 1\ny = x + 1\n")
    with Client(tmp_path) as client:
        client.begin("launch", cwd=str(tmp_path), at="end", **what)
        client.ask("setBreakpoints", source={"path": str(tmp_path / "mod.py")}, breakpoints=[{"line": 2}])
        client.go("reverseContinue")
        assert client.values()["x"] == "1"


RECORDED = """\
import json
import mine

def twice(number):
    result = number * 2
    return result

json.dumps([twice(2)])
mine.work()
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, {"lines": True, "locals": True, "json": False, "mine": True}),
        ({"include": ["json*"]}, {"json": True}),
        ({"exclude": ["mine"]}, {"mine": False}),
        ({"all": True}, {"json": True, "mine": True}),
        ({"locals": False}, {"locals": False}),
        ({"level": "calls"}, {"lines": False}),
        ({"ring": "50MB"}, {"lines": True}),
        ({"rdbgArgs": ["--no-locals"]}, {"locals": False}),
    ],
)
def test_options_are_launched_by_name(tmp_path, options, said):
    write(tmp_path, "app.py", RECORDED)
    write(tmp_path, "mine.py", "def work():\n    return 1\n")
    with Client(tmp_path) as client:
        client.begin("launch", cwd=str(tmp_path), program="app.py", at="end", **options)
    events = dump(tmp_path, ".rdbg/launch/app.db")
    files = {pathlib.Path(event["file"]).parent.name + "/" + pathlib.Path(event["file"]).name for event in events}
    lines = [event["line"] for event in events if event["event"] == "line" and event["func"] == "twice"]
    found = {
        "lines": lines == [5, 6],
        "locals": any(event.get("locals", {}).get("number", {}).get("repr") == "2" for event in events),
        "json": "json/__init__.py" in files,
        "mine": f"{tmp_path.name}/mine.py" in files,
    }
    assert {name: found[name] for name in said} == said


def test_a_size_that_is_none_is_told(tmp_path):
    write(tmp_path, "app.py", RECORDED)
    with Client(tmp_path) as client:
        client.ask("initialize", adapterID="x")
        client.ask("launch", cwd=str(tmp_path), program="app.py", maxSize="much")
        client.event("initialized")
        client.ask("configurationDone")
        told = ""
        while (message := client.events.pop(0) if client.events else client.hear())["event"] != "terminated":
            told += message["body"].get("output", "") if message["event"] == "output" else ""
        assert "much" in told and "there is no trace" in told


def test_the_first_line_is_stopped_at_if_asked(tmp_path):
    write(tmp_path, "app.py", "x = 1\ny = 1 / 0\n")
    for options, line in [({}, 2), ({"stopOnEntry": True}, 1), ({"stopOnEntry": True, "at": "crash"}, 2)]:
        with Client(tmp_path) as client:
            client.begin("launch", cwd=str(tmp_path), program="app.py", **options)
            assert client.ask("stackTrace", threadId=1)["stackFrames"][0]["line"] == line


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
    while True:
        try:
            state = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0]
        except (FileNotFoundError, ProcessLookupError):
            return
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
