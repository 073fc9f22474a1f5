"""Where exceptions came from that nobody caught: CPython's own traceback, frame by frame."""

import itertools
import json
import re

import pytest
from harness import ORACLE, PYTHON, ROOT, bare, rdbg, record, run

CRASHES = ROOT / "tests" / "crashes"


def tracebacks(cwd, program):
    """The tracebacks that an unrecorded run leaves."""
    done = bare(cwd, ORACLE / "tracebacks.py", program)
    return json.loads(done.stdout.splitlines()[-1])


def recorded(events):
    """The same of events: function and line."""
    return [[event.function.rpartition(".")[2], event.line] for event in events]


def folded(entries):
    """Without repetitions: how deep a recursion gets depends on what runs below the program."""
    return [entry for entry, _ in itertools.groupby(entries)]


@pytest.mark.parametrize("program", sorted(CRASHES.glob("*.py")), ids=lambda path: path.stem)
def test_the_crash_is_where_python_says(tmp_path, program):
    import rdbg as package

    expected = [folded(entries) for entries in tracebacks(tmp_path, program)]
    assert expected, "the program does not fail"
    record(tmp_path, program)
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0
    trace = package.open(tmp_path / "t.db")
    assert [folded(recorded(crash.traceback)) for crash in trace.crashes] == expected
    crash = trace.goto("crash")
    assert crash.kind == "raise"
    assert recorded([crash]) == expected[0][-1:]
    stack = [[frame.function.rpartition(".")[2], frame.line] for frame in trace.here.frames]
    if "handed on" not in program.read_text().partition("\n")[0]:
        assert folded(stack) == expected[0]
    # All that opens a trace, or asks for what nobody caught, goes to the same place.
    opened = rdbg(tmp_path, "replay", "t.db", "-e", "where").stdout.decode()
    assert f"@{crash.position} " in opened
    went = rdbg(tmp_path, "replay", "t.db", "--at", "start", "-e", "catch uncaught", "-e", "c")
    first = min(one.traceback[-1].position for one in trace.crashes)
    assert f"@{first} " in went.stdout.decode()
    shown = rdbg(tmp_path, "replay", "t.db", "-e", "exceptions").stdout.decode()
    assert f"raised @{crash.position} " in shown
    for other in trace.crashes[1:]:
        assert f"{other.what}: {other.type}, raised @{other.traceback[-1].position} " in opened


def test_programs_that_end_well_have_no_crash(tmp_path):
    record(tmp_path, "-c", "import sys\nsys.exit(0)", trace="zero.db")
    done = rdbg(tmp_path, "replay", "zero.db", "-e", "goto crash")
    assert b"no uncaught exception ended this program" in done.stdout


def test_an_exception_keeps_its_number_through_a_task(tmp_path):
    record(tmp_path, CRASHES / "task.py")
    shown = rdbg(tmp_path, "dump", "t.db").stdout.decode()
    events = [json.loads(line) for line in shown.splitlines()]
    numbers = {
        event["exception"]["id"]
        for event in events
        if event["event"] in ("raise", "unwind")
        and event["exception"]["type"] == "ValueError"
    }
    assert len(numbers) == 1


def test_the_value_that_an_asynchronous_generator_yields(tmp_path):
    program = "import asyncio\nasync def g():\n  yield 42\n  await asyncio.sleep(0)\n  yield [1]\n"
    program += "async def main():\n  async for x in g(): pass\nasyncio.run(main())\n"
    record(tmp_path, "-c", program)
    lines = rdbg(tmp_path, "dump", "t.db").stdout.decode().splitlines()
    events = [json.loads(line) for line in lines]
    yielded = [e["value"] for e in events if e["event"] == "yield" and e["func"] == "g"]
    assert yielded[0] == {"type": "int", "repr": "42"}
    assert [value["type"] for value in yielded][-1] == "list"


def test_a_thread_that_dies_is_named_though_the_standard_library_is_recorded(tmp_path):
    record(tmp_path, CRASHES / "thread.py", options=("--quiet", "--all"))
    opened = rdbg(tmp_path, "replay", "t.db", "-e", "where").stdout.decode()
    assert re.search(r"thread\.py:6 in job", opened)


def test_a_crash_of_which_only_the_end_was_kept(tmp_path):
    program = tmp_path / "kept.py"
    program.write_text(
        "kept = []\n"
        "try:\n"
        "    raise ValueError(1)\n"
        "except ValueError as error:\n"
        "    kept.append(error)\n"
        "total = 0\n"
        "for number in range(900_000):\n"
        "    total += number * number\n"
        "raise kept[0]\n"
    )
    record(tmp_path, program, options=("--quiet", "--ring", "1MB"))
    opened = rdbg(tmp_path, "replay", "t.db", "-e", "exceptions").stdout.decode()
    assert "kept.py:9 in <module>" in opened
    assert "raised in a part of the run that the trace does not hold" in opened


def test_a_test_that_fails(tmp_path):
    import rdbg as package

    program = tmp_path / "test_it.py"
    program.write_text(
        "def rows():\n"
        "    try:\n"
        "        yield 1\n"
        "    finally:\n"
        "        print('closing')\n"
        "def check(row):\n"
        "    limit = 0\n"
        "    assert row <= limit\n"
        "def test_rows():\n"
        "    for row in rows():\n"
        "        check(row)\n"
    )
    done = run([*PYTHON, "-m", "pytest", "--rdbg", "-q", program], tmp_path)
    assert done.returncode == 1, done.stdout
    (path,) = (tmp_path / ".rdbg").glob("*.db")
    trace = package.open(path)
    assert recorded([trace.goto("crash")]) == [["check", 8]]
    assert recorded(trace.crashes[0].traceback) == [["test_rows", 11], ["check", 8]]


def test_a_block_that_an_exception_leaves(tmp_path):
    program = tmp_path / "block.py"
    program.write_text(
        "import rdbg\n"
        "def work():\n"
        "    raise ValueError(1)\n"
        "try:\n"
        "    with rdbg.record('block.db'):\n"
        "        work()\n"
        "except ValueError:\n"
        "    pass\n"
    )
    assert bare(tmp_path, program).returncode == 0
    opened = rdbg(tmp_path, "replay", "block.db", "-e", "goto crash").stdout.decode()
    assert re.search(r"block\.py:3 in work", opened)
