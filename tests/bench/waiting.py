#!/usr/bin/env python3
"""What `rdbg record --start-at PLACE` costs before the place is reached.

    .venv/bin/python tests/bench/waiting.py

Runs five loops bare and under a recorder that waits, in turn, and prints the least processor time
of each and their ratio. rdbg has to be installed in the interpreter that runs this.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 8
PROGRAM = """
import time

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def loop(n):
    total = 0
    for i in range(n):
        total += i % 7
    return total

class Box:
    def __init__(self, x):
        self.x = x
    def get(self):
        return self.x

def objects(n):
    return sum([Box(i).get() for i in range(n)])

def exceptions(n):
    count = 0
    for i in range(n):
        try:
            raise ValueError(i)
        except ValueError:
            count += 1
    return count

def generators(n):
    return sum(x for x in (i for i in range(n)))

def late():
    pass

for function, n in (fib, 25), (loop, 1_500_000), (objects, 300_000), (exceptions, 300_000), (generators, 800_000):
    best = 1e9
    for _ in range(9):
        began = time.process_time()
        function(n)
        best = min(best, time.process_time() - began)
    print(function.__name__, best)
late()
"""


def measure(words, folder):
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=True)
    return {name: float(best) for name, best in map(str.split, done.stdout.splitlines())}


def main():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "app.py").write_text(PROGRAM)
        waiting = ["-m", "rdbg", "record", "-q", "-o", "t.db", "--force", "--start-at", "late", "app.py"]
        best = {}
        for _ in range(ROUNDS):
            for kind, words in (("bare", ["app.py"]), ("waiting", waiting)):
                for name, seconds in measure(words, folder).items():
                    best[kind, name] = min(seconds, best.get((kind, name), seconds))
    print(f"{'':12} {'bare, ms':>10} {'waiting, ms':>12} {'ratio':>7}")
    for name in [name for kind, name in best if kind == "bare"]:
        bare, waiting = best["bare", name], best["waiting", name]
        print(f"{name:12} {bare * 1000:10.1f} {waiting * 1000:12.1f} {waiting / bare:7.3f}")


if __name__ == "__main__":
    main()
