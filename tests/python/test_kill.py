"""A recorder killed at any moment leaves a trace that opens, at most a second behind."""

import signal
import subprocess
import time

import pytest
from harness import RDBG, dump, environment, info, rdbg, write

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
    # A tenth of a second of grace: the commit itself takes time.
    assert printed[-1] - max(shown, default=0) <= PER_SECOND * 1.1
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_other_deaths(number, tmp_path):
    """SIGTERM and SIGINT end a recorded run as they end a bare one."""
    write(tmp_path, "app.py", COUNTER)
    child = start(tmp_path)
    wait_for_output(tmp_path, child)
    child.send_signal(number)
    assert child.wait(20) == -number
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0
