"""`--keep-on`: a trace is left only of a run that ended so."""

import signal

import pytest
from harness import PYTHON, RDBG, assert_sound, bare, info, leftovers, outcome, record, run, write

# A program's end, the endings to keep it for, and what the trace says of it.
ENDS = {
    "print(1)": ([], None),
    "sys.exit(0)": ([], None),
    "os._exit(0)": ([], None),
    "sys.exit(3)": (["failure"], "exit 3"),
    "sys.exit('no')": (["failure"], "exit 1"),
    "os._exit(4)": (["failure"], "exit 4 by os._exit"),
    "1 / 0": (["failure", "crash"], "uncaught ZeroDivisionError"),
    "raise KeyboardInterrupt": (["failure", "signal"], "uncaught KeyboardInterrupt"),
    "os.kill(os.getpid(), signal.SIGTERM)": (["failure", "signal"], "killed by SIGTERM"),
    "os.kill(os.getpid(), signal.SIGINT); time.sleep(5)": (["failure", "signal"], "uncaught KeyboardInterrupt"),
    "os.abort()": (["failure", "crash", "signal"], "killed by SIGABRT"),
    "ctypes.string_at(0)": (["failure", "crash", "signal"], "killed by SIGSEGV"),
    "os.execv('/bin/true', ['true'])": (["failure", "crash", "signal"], "replaced by another program (os.exec)"),
    "threading.Thread(target=lambda: 1 / 0).start()": (["failure", "crash"], "exit 0"),
    "asyncio.run(lose())": (["failure", "crash"], "exit 0"),
}
PROGRAM = """
import asyncio, ctypes, os, signal, sys, threading, time

async def fail():
    raise ValueError

async def lose():
    asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0.01)

for n in range(100):
    pass
"""


@pytest.mark.parametrize("end", ENDS)
def test_which_traces_are_kept(end, tmp_path):
    write(tmp_path, "app.py", f"{PROGRAM}{end}\n")
    plain = bare(tmp_path, "app.py")
    kept, ending = ENDS[end]
    for asked in ("failure", "crash", "signal"):
        done = record(tmp_path, "app.py", options=("--quiet", "--force", "--keep-on", asked))
        assert outcome(done) == outcome(plain), asked
        assert (tmp_path / "t.db").exists() == (asked in kept), asked
        assert leftovers(tmp_path) == []
        if asked in kept:
            assert_sound(tmp_path)
            assert info(tmp_path)["ending"] == ending
            (tmp_path / "t.db").unlink()


def test_a_line_says_that_nothing_is_kept(tmp_path):
    write(tmp_path, "app.py", "for n in range(50_000):\n    x = [n]\n")
    for more in ([], ["--ring", "1MB"], ["--max-size", "1MB"]):
        done = record(tmp_path, "app.py", options=("--keep-on", "crash", *more))
        assert done.stderr == b"rdbg: no crash, so no trace is kept (--keep-on crash)\n"
        assert [path.name for path in tmp_path.iterdir()] == ["app.py"]
    write(tmp_path, "app.py", "1 / 0\n")
    assert b"; open it with: rdbg replay t.db" in record(tmp_path, "app.py", options=("--keep-on", "crash")).stderr


def test_it_may_stand_in_the_project(tmp_path):
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\nkeep_on = 'failure'\n")
    write(tmp_path, "app.py", "import sys\nsys.exit(len(sys.argv) - 1)\n")
    record(tmp_path, "app.py")
    assert not (tmp_path / "t.db").exists()
    record(tmp_path, "app.py", "x")
    assert_sound(tmp_path)
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\nkeep_on = 'always'\n")
    done = record(tmp_path, "app.py", trace="u.db")
    assert done.returncode == 2
    assert b"tool.rdbg.keep_on: say" in done.stderr


def test_blocks(tmp_path):
    """What the block says counts; what a project says is about programs."""
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\nkeep_on = 'failure'\n")
    write(
        tmp_path,
        "app.py",
        "import os, rdbg\n"
        "def run(fails, **options):\n"
        "    try:\n"
        "        with rdbg.record('b.db', force=True, **options) as recording:\n"
        "            if fails:\n                raise ValueError\n"
        "    except ValueError:\n        pass\n"
        "    print(recording.path and os.path.basename(recording.path), os.path.exists('b.db'))\n"
        "    if recording.path:\n        os.unlink(recording.path)\n"
        "for fails in (False, True):\n"
        "    run(fails)\n    run(fails, keep_on='failure')\n    run(fails, keep_on='signal')\n",
    )
    done = run([*PYTHON, "app.py"], tmp_path)
    assert done.stderr == b""
    expected = ["b.db True", "None False", "None False", "b.db True", "b.db True", "None False"]
    assert done.stdout.decode().splitlines() == expected


def test_a_killed_program_leaves_its_trace(tmp_path):
    """Nobody is left to take it away, and it opens."""
    write(tmp_path, "app.py", "import os, signal, time\ntime.sleep(0.3)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    done = run([*RDBG, "record", "-q", "-o", "t.db", "--keep-on", "crash", "app.py"], tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert info(tmp_path)["events"] > 0
