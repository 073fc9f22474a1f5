"""A recorder killed at any moment leaves a trace that opens, at most a second behind."""

import shutil
import signal
import subprocess
import time

import pytest
from harness import (
    RDBG,
    assert_same,
    assert_sound,
    bare,
    dump,
    environment,
    info,
    leftovers,
    outcome,
    rdbg,
    record,
    write,
)

COUNTER = """
import time
i = 0
while True:
    i += 1
    print(i, flush=True)
    time.sleep(0.01)
"""
BUSY = """
def f(n):
    items = []
    for i in range(n):
        items.append(i)
    return items

print("ready", flush=True)
while True:
    f(50)
"""
PER_SECOND = 100


def start(cwd):
    """Begin to record app.py, with its output in out.txt."""
    with open(cwd / "out.txt", "wb") as out:
        return subprocess.Popen(
            [*RDBG, "record", "--quiet", "-o", "t.db", "app.py"],
            cwd=cwd,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )


def wait_for_output(cwd, child):
    """Wait until the program itself has begun to run."""
    deadline = time.monotonic() + 30
    while not (cwd / "out.txt").read_bytes():
        assert child.poll() is None, "the program ended early"
        assert time.monotonic() < deadline, "the program did not start"
        time.sleep(0.01)


def kill(child):
    child.send_signal(signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL


def counters(events):
    """Every value of the module's `i` that the trace shows."""
    found = []
    for event in events:
        value = event.get("locals", {}).get("i")
        if value is not None and value["type"] == "int":
            found.append(int(value["repr"]))
    return found


@pytest.mark.parametrize("delay", [0.3, 1.1, 1.6, 2.5, 3.3])
def test_at_most_a_second_is_lost(delay, tmp_path):
    write(tmp_path, "app.py", COUNTER)
    child = start(tmp_path)
    try:
        wait_for_output(tmp_path, child)
        time.sleep(delay)
    finally:
        kill(child)
    printed = [int(line) for line in (tmp_path / "out.txt").read_text().split("\n")[:-1]]
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0
    shown = counters(dump(tmp_path))
    # At most a quarter of a second, and grace for a machine that does other things: the bound is a second.
    assert printed[-1] - max(shown, default=0) <= PER_SECOND
    assert shown == sorted(shown)
    assert "incomplete" in str(info(tmp_path)["ending"]) or "kill" in str(info(tmp_path)["ending"])


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.7, 1.01, 2.0])
def test_killed_under_load_opens(delay, tmp_path):
    write(tmp_path, "app.py", BUSY)
    child = start(tmp_path)
    try:
        wait_for_output(tmp_path, child)
        time.sleep(delay)
    finally:
        kill(child)
    verified = rdbg(tmp_path, "verify", "t.db", timeout=300)
    assert verified.returncode == 0, verified.stdout.decode() + verified.stderr.decode()
    first = rdbg(tmp_path, "dump", "t.db", "--to", "@50")
    assert first.returncode == 0, first.stderr.decode()
    assert b"panicked" not in first.stderr


def test_killed_before_the_program_starts(tmp_path):
    """Whatever is there by then is a trace, or plainly not one; nothing crashes."""
    write(tmp_path, "app.py", COUNTER)
    for delay in (0.01, 0.03, 0.06, 0.1):
        (tmp_path / "t.db").unlink(missing_ok=True)
        child = start(tmp_path)
        time.sleep(delay)
        kill(child)
        opened = rdbg(tmp_path, "info", "t.db")
        assert opened.returncode in (0, 65, 66), opened.stderr.decode()
        assert b"panicked" not in opened.stderr and b"Traceback" not in opened.stderr


# How a program can end without the interpreter's knowing, and how the trace says that it did.
LAST_WORDS = {
    "os._exit(5)": "exit 5 by os._exit",
    "os._exit(status=256 + 7)": "exit 7 by os._exit",
    "os.abort()": "killed by SIGABRT",
    "ctypes.string_at(0)": "killed by SIGSEGV",
    "os.kill(os.getpid(), signal.SIGTERM)": "killed by SIGTERM",
    "signal.alarm(1); time.sleep(5)": "killed by SIGALRM",
    "faulthandler.enable(); ctypes.string_at(0)": "killed by SIGSEGV",
    "os.execv('/bin/true', ['true'])": "replaced by another program (os.exec)",
    "os.execvp('true', ['true'])": "replaced by another program (os.exec)",
}
LAST_WORDS_PROGRAM = """
import ctypes, faulthandler, os, signal, time

count = 0
for count in range(1000):
    pass
print(count, flush=True)
"""


@pytest.mark.parametrize("end", LAST_WORDS)
def test_last_words(end, tmp_path):
    """Not an event is lost, however short the run, and the trace is one whole file."""
    write(tmp_path, "app.py", f"{LAST_WORDS_PROGRAM}{end}\n")
    plain = bare(tmp_path, "app.py")
    done = record(tmp_path, "app.py")
    assert outcome(done) == outcome(plain)
    assert_sound(tmp_path)
    assert info(tmp_path)["ending"] == LAST_WORDS[end]
    events = dump(tmp_path)
    lines = [event["line"] for event in events if event["event"] == "line" and event["func"] == "<module>"]
    assert max(lines) == len(LAST_WORDS_PROGRAM.splitlines()) + 1, "the last line begun is there"


def test_a_failed_exec_is_no_end(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import os\nfor n in range(3):\n    try:\n        os.execv('/no/such', ['x'])\n"
        "    except OSError as error:\n        print(n, error)\nprint('done')\n",
    )
    assert_same(tmp_path, "app.py")
    assert_sound(tmp_path)
    assert info(tmp_path)["ending"] == "exit 0"
    assert dump(tmp_path)[-1]["event"] == "return"


@pytest.mark.parametrize("delay", [0.03, 0.05, 0.1])
def test_a_short_run_that_is_killed(delay, tmp_path):
    """Most of what a program did in its first moments is there."""
    write(tmp_path, "app.py", COUNTER.replace("0.01", "0.001"))
    child = start(tmp_path)
    try:
        wait_for_output(tmp_path, child)
        time.sleep(delay)
    finally:
        kill(child)
    printed = [int(line) for line in (tmp_path / "out.txt").read_text().split("\n")[:-1]]
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0
    assert max(counters(dump(tmp_path)), default=0) >= printed[-1] / 2 - 10
    assert leftovers(tmp_path) == [], "the first reader made one file of it"


def test_a_killed_trace_is_one_file_or_says_what_is_missing(tmp_path):
    write(tmp_path, "app.py", COUNTER)
    child = start(tmp_path)
    try:
        wait_for_output(tmp_path, child)
        time.sleep(0.5)
        live = info(tmp_path)["ending"]
    finally:
        kill(child)
    assert live == "incomplete: the recorder was killed or still runs"
    # As somebody attaches it to a report.
    for folder, parts in (("lone", ["t.db"]), ("both", ["t.db", "t.db-wal"])):
        (tmp_path / folder).mkdir()
        for part in parts:
            shutil.copy(tmp_path / part, tmp_path / folder / part)
    lone = tmp_path / "lone"
    assert "the file ending in -wal that belongs to it is missing" in info(lone)["ending"]
    assert rdbg(lone, "verify", "t.db").returncode == 0
    both = tmp_path / "both"
    known = info(both)
    assert known["ending"].startswith("incomplete: the process was killed while it was recorded")
    assert known["events"] > 100 and leftovers(both) == []
    (both / "t.db").chmod(0o400)
    digest = (both / "t.db").read_bytes()
    assert info(both)["events"] == known["events"] == info(tmp_path)["events"]
    assert (both / "t.db").read_bytes() == digest
    assert b"incomplete" in rdbg(both, "verify", "t.db").stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_other_deaths(number, tmp_path):
    """SIGTERM and SIGINT end a recorded run as they end a bare one."""
    write(tmp_path, "app.py", COUNTER)
    child = start(tmp_path)
    wait_for_output(tmp_path, child)
    child.send_signal(number)
    assert child.wait(20) == -number
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0
