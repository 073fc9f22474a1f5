"""sys.monitoring belongs to the program: whatever it does there, it gets, and the trace is true."""

import json
import sys

import pytest
from harness import bare, dump, info, rdbg, record, write

MEDDLER = """
import sys
monitoring = sys.monitoring
events = monitoring.events
tool = next((number for number in range(6) if monitoring.get_tool(number) == "rdbg"), None)

def work(number):
    total = number + 1
    return total

def late():
    value = 5
    return value

def meddle():
    global kept
    BODY

work(0)
if tool is not None:
    meddle()
for number in range(3000):
    work(number)
late()
print("end", total_of_all := sum(work(number) for number in range(10)))
"""

WAYS = {
    "frees": ("monitoring.free_tool_id(tool)", "freed tool id 4 of sys.monitoring"),
    "gives": (
        "monitoring.free_tool_id(tool); monitoring.use_tool_id(tool, 'mine'); monitoring.set_events(tool, 0)",
        "gave rdbg's tool id 4 of sys.monitoring to mine",
    ),
    "removes a callback": (
        "monitoring.register_callback(tool, events.LINE, None)",
        "took rdbg's callbacks for tool id 4 out",
    ),
    "replaces a callback": (
        "monitoring.register_callback(tool, events.PY_START, lambda *a: None)",
        "took rdbg's callbacks for tool id 4 out",
    ),
    "keeps a callback": (
        "kept = monitoring.register_callback(tool, events.LINE, None)",
        "took rdbg's callback for LINE out of sys.monitoring and kept it",
    ),
    "sets events": ("monitoring.set_events(tool, events.PY_RETURN)", "changed which events rdbg's tool id 4 gets"),
    "sets local events": ("monitoring.set_local_events(tool, work.__code__, 0)", "switched events of work off"),
}
if sys.version_info >= (3, 14):
    cleared = "took rdbg's callbacks for tool id 4 out"
    WAYS["clears"] = ("monitoring.clear_tool_id(tool)", cleared)
    WAYS["frees"] = (WAYS["frees"][0], cleared)
    WAYS["gives"] = (WAYS["gives"][0], cleared)


@pytest.mark.parametrize("way", WAYS)
def test_taking_the_tool_ends_the_recording_with_a_sentence(way, tmp_path):
    body, why = WAYS[way]
    write(tmp_path, "app.py", MEDDLER.replace("BODY", body))
    plain, done = bare(tmp_path, "app.py"), record(tmp_path, "app.py")
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    said = done.stderr.decode()
    assert said.startswith("rdbg: recording stopped: the program ") and said.count("\n") == 1
    assert why in said
    assert why in info(tmp_path)["ending"]
    events = dump(tmp_path)
    # All until then is there, and nothing after it is passed over in silence.
    assert any(event["func"] == "meddle" for event in events) and len(events) > 8
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0
    assert f"holds the first {len(events):,} events" in said


def test_restarting_events_does_no_harm(tmp_path):
    write(tmp_path, "app.py", MEDDLER.replace("BODY", "monitoring.restart_events()"))
    assert record(tmp_path, "app.py").stderr == b""
    lines = [event["line"] for event in dump(tmp_path) if event["event"] == "line" and event["func"] == "work"]
    assert len(lines) == 2 * 3011


def test_a_block_ends_in_peace_after_its_tool_was_taken(tmp_path):
    program = """
import sys, rdbg
def work(): return 1
for number, way in enumerate(["free", "other", "none"]):
    recording = rdbg.record(f"b{number}.db")
    with recording:
        work()
        tool = next(i for i in range(6) if sys.monitoring.get_tool(i) == "rdbg")
        if way != "none":
            sys.monitoring.free_tool_id(tool)
        if way == "other":
            sys.monitoring.use_tool_id(tool, "mine")
        (lambda: work())()
    print([sys.monitoring.get_tool(i) for i in range(6)])
    if way == "other":
        sys.monitoring.free_tool_id(tool)
"""
    write(tmp_path, "app.py", program)
    done = bare(tmp_path, "app.py")
    assert done.returncode == 0, done.stderr.decode()
    free, other, none = done.stdout.decode().splitlines()
    assert free == none == str([None] * 6) and "'mine'" in other
    assert done.stderr.decode().count("recording stopped: the program") == 2


def test_four_and_five_come_before_three(tmp_path):
    program = """
import sys
monitoring = sys.monitoring
import rdbg
held = []
for _ in range(4):
    try:
        with rdbg.record():
            number = next(i for i in range(6) if monitoring.get_tool(i) == "rdbg")
            print(number)
    except rdbg.RecordError as error:
        print(error)
        break
    monitoring.use_tool_id(number, f"tool {number}")
"""
    write(tmp_path, "app.py", program)
    assert bare(tmp_path, "app.py").stdout.decode().splitlines() == [
        "4",
        "5",
        "3",
        "sys.monitoring has no free tool id (tool 3 holds 3, tool 4 holds 4, tool 5 holds 5); end one of these tools",
    ]


@pytest.mark.parametrize("way", ["request", "block"])
def test_a_panic_ends_the_recording_and_not_the_program(way, tmp_path):
    program = """
def before(): return 1
def faulty(): return 2
def after(): return 3
print(before(), faulty(), after())
"""
    if way == "block":
        request = {"mode": "block", "program": "app.py", "output": "t.db", "panics_at": "faulty"}
        begin = f"from rdbg import _rdbg\nnumber = _rdbg.begin({json.dumps(json.dumps(request))}, [], [], [], [])\n"
        program = begin + program + "print(_rdbg.finish(number, 'over')[3][:8], _rdbg.recording())\n"
    write(tmp_path, "app.py", program)
    if way == "block":
        done = bare(tmp_path, "app.py")
        assert done.stdout == b"1 2 3\nan inter None\n"
    else:
        import rdbg as package

        request = {"mode": "script", "program": "app.py", "output": "t.db", "panics_at": "faulty"}
        done = bare(tmp_path, f"{package.__path__[0]}/_run.py", json.dumps(request))
        assert done.stdout == b"1 2 3\n" and done.returncode == 0
    said = done.stderr.decode()
    assert said.startswith("rdbg: recording stopped: an internal error of the recorder (recorder/src/")
    assert said.count("\n") == 1 and "panicked" not in said
    functions = {event["func"] for event in dump(tmp_path)}
    assert "before" in functions and not functions & {"faulty", "after"}


def test_hypothesis_keeps_its_tool(tmp_path):
    pytest.importorskip("hypothesis")
    write(
        tmp_path,
        "test_it.py",
        "from hypothesis import given, settings, strategies as st\n"
        "def halves(x, y):\n    if x > 10:\n        if y == 3:\n            return x / 0\n    return x + y\n"
        "@settings(derandomize=True, max_examples=1000, database=None)\n@given(st.integers(), st.integers(0, 10))\n"
        "def test_it(x, y):\n    assert halves(x, y) == x + y\n",
    )
    arguments = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    plain, seen = bare(tmp_path, *arguments), bare(tmp_path, *arguments, "--rdbg")
    assert plain.returncode == seen.returncode == 1
    for done in (plain, seen):
        assert b"ZeroDivisionError" in done.stdout and b"These lines were always and only run by failing" in done.stdout
