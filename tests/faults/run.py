#!/usr/bin/env python3
"""What the recorder does when everything fails: every Nth call, kills, many at once.

    tests/faults/run.py [--rdbg .venv/bin/rdbg] [--every] [--kills 200] [--many 50] [--kinds alloc,write]

For each kind of call (`preload.c`), N = 1, 2, 3 … until a run in which none failed: the program's
output and status are those of an unrecorded run, or it was not run at all and 125 says so; what is left
is a trace that opens, or is plainly none. Without --every, N grows by a third each time. `make faults`
runs all of it; a part is among the tests (tests/python/test_faults.py).
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = ["open", "write", "fsync", "truncate", "unlink", "thread", "alloc"]

# It forks in the middle, so that the file is put aside and opened again.
PROGRAM = """
import os, sys

class Point:
    def __init__(self, n):
        self.x, self.y = n, str(n)

def work(count):
    kept = []
    for n in range(count):
        kept.append(Point(n))
        if len(kept) > 50:
            del kept[:25]
    return sum(point.x for point in kept)

print(work(1500))
if os.fork() == 0:
    os._exit(0)
os.wait()
print(work(1500))
sys.exit(3)
"""
EXPECTED = ("73725\n73725\n", 3)

COUNTER = """
import sys, time
n = 0
while True:
    n += 1
    print(n, time.monotonic(), flush=True)
    for _ in range(20):
        pass
"""


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FAULT_")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **more}


def library(folder):
    """Compile the library that makes calls fail."""
    built = Path(folder) / "preload.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", built, HERE / "preload.c", "-ldl"], check=True)
    return built


def opened(rdbg, trace):
    """How many events a trace holds: None if it is plainly no trace."""
    if not trace.exists():
        return None
    command = [*rdbg, "verify", "--json", trace]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment())
    if done.returncode in (65, 66):
        return None
    assert done.returncode == 0, f"verify says {done.returncode}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)["events"]


def fault(rdbg, built, kind, number, sticks):
    """Record with the Nth call failing; returns what became of it, and None if no call failed."""
    with tempfile.TemporaryDirectory(prefix="rdbg-fault-") as folder:
        folder = Path(folder)
        (folder / "app.py").write_text(PROGRAM)
        log = folder / "failed"
        more = {"LD_PRELOAD": str(built), "FAULT_KIND": kind, "FAULT_AT": str(number), "FAULT_LOG": str(log)}
        if sticks:
            more["FAULT_ON"] = "1"
        done = subprocess.run(
            [*rdbg, "record", "-o", "t.db", "app.py"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            env=environment(**more),
        )
        if done.returncode == -signal.SIGABRT and done.stdout == "":
            # What the interpreter's binding and the standard library need while the module is imported.
            assert kind == "alloc" and number < 50, done
            return "not run, aborted"
        where = f"{kind} {number}{' and on' if sticks else ''}: {done}"
        lines = done.stderr.splitlines()
        assert all(line.startswith("rdbg: ") for line in lines), where
        assert len(lines) <= 1, where
        events = opened(rdbg, folder / "t.db")
        known = subprocess.run([*rdbg, "info", "--json", folder / "t.db"], capture_output=True, env=environment())
        ending = json.loads(known.stdout)["ending"] if events is not None else None
        if done.returncode == 125:
            assert done.stdout == "" and lines, where
            outcome = "not run"
        else:
            assert (done.stdout, done.returncode) == EXPECTED, where
            outcome = "whole" if ending == "exit 3" else "ended early"
        return outcome if log.exists() else None


def faults(rdbg, built, kind, sticks, every):
    """All outcomes for one kind, and the N at which nothing failed any more."""
    outcomes, number = {}, 1
    while (outcome := fault(rdbg, built, kind, number, sticks)) is not None:
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        number += 1 if every else max(1, number // 3)
    return outcomes, number


def killed(rdbg, seed):
    """Kill a recording at a random moment: how long it ran, how many seconds at its end are lost, and whether the
    trace was readable at all."""
    choice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="rdbg-kill-") as folder:
        folder = Path(folder)
        (folder / "app.py").write_text(COUNTER)
        with open(folder / "out.txt", "wb") as out:
            child = subprocess.Popen(
                [*rdbg, "record", "--quiet", "-o", "t.db", "app.py"], cwd=folder, stdout=out, env=environment()
            )
            while not (folder / "out.txt").stat().st_size:
                assert child.poll() is None
                time.sleep(0.002)
            time.sleep(choice.choice([choice.uniform(0, 0.1), choice.uniform(0, 1.5)]))
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
        lines = [line.split() for line in (folder / "out.txt").read_text().split("\n")[:-1]]
        assert opened(rdbg, folder / "t.db") is not None
        assert not list(folder.glob("*-wal")), "the first reader makes one file of it"
        said = subprocess.run(
            [*rdbg, "replay", folder / "t.db", "--at", "end", "-e", "p n"], capture_output=True, text=True, env=environment()
        )
        last = said.stdout.strip().splitlines()
        last = int(last[-1]) if last and last[-1].isdigit() else 0
        times = [float(moment) for _, moment in lines]
        lost = times[-1] - times[min(max(last - 1, 0), len(times) - 1)]
        return times[-1] - times[0], lost


def many(rdbg, count):
    """Record so many programs at once in one folder."""
    with tempfile.TemporaryDirectory(prefix="rdbg-many-") as folder:
        folder = Path(folder)
        (folder / "app.py").write_text("print(sum(range(1000)))\n")
        command = [*rdbg, "record", "--quiet", "app.py"]
        running = [
            subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
            for _ in range(count)
        ]
        for one in running:
            assert one.communicate(timeout=600) == (b"499500\n", b"") and one.returncode == 0
        traces = list(folder.glob("*.db*"))
        assert len(traces) == count
        assert all(opened(rdbg, trace) for trace in traces)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rdbg", default=str(HERE.parents[1] / ".venv/bin/rdbg"))
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--many", type=int, default=50)
    options = parser.parse_args()
    rdbg = [str(Path(options.rdbg).resolve())]
    with tempfile.TemporaryDirectory(prefix="rdbg-faults-") as folder:
        built = library(folder)
        for kind in filter(None, options.kinds.split(",")):
            for sticks in (False, True):
                outcomes, number = faults(rdbg, built, kind, sticks, options.every)
                told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
                print(f"{kind}{' and all after it' if sticks else ''}: up to call {number - 1}: {told or 'no calls'}", flush=True)
    if options.kills:
        ran = [killed(rdbg, seed) for seed in range(options.kills)]
        lost = sorted(lost for _, lost in ran)
        share = max(lost / max(length, 0.001) for length, lost in ran if length > 0.05)
        print(
            f"{len(ran)} kills: all traces open; lost at most {lost[-1] * 1000:.0f} ms"
            f" ({statistics.median(lost) * 1000:.0f} ms in the median), at most {share:.0%} of a run"
        )
    if options.many:
        many(rdbg, options.many)
        print(f"{options.many} recordings at once in one folder: all sound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
