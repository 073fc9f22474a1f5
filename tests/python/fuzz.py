"""A differential fuzzer: random programs, recorded by rdbg and by the oracle, must agree.

`python fuzz.py --seeds 0-999` makes a program of each seed, runs it under both, and
writes each program on which they differ, shrunk to the statements that matter, into
`--out`. A seed makes the same program on every machine and version.
"""

import argparse
import ast
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz_maker import program
from harness import ORACLE, PYTHON, RDBG, environment

from compare import differences, load

SHOWN = 3
SECONDS = 60


def run(command, folder):
    """A finished process; a program that hangs is a difference of its own."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        env=environment(PYTHONWARNINGS="ignore"),
    )


def disagreement(text):
    """What differs between rdbg and the truth when a program runs, as texts; empty if nothing."""
    with tempfile.TemporaryDirectory(prefix="rdbg-fuzz-") as folder:
        path = Path(folder) / "fuzzed.py"
        path.write_text(text, encoding="utf-8")
        try:
            real = run([*PYTHON, ORACLE / "oracle.py", "oracle.jsonl", path], folder)
            seen = run([*RDBG, "record", "--quiet", "-o", "t.db", path], folder)
            if seen.stdout != real.stdout or seen.returncode != real.returncode:
                return [f"the run differs: {brief(seen)}, in truth {brief(real)}"]
            sound = run([*RDBG, "verify", "t.db"], folder)
            if sound.returncode:
                return [f"the trace is not sound: {brief(sound)}"]
            dumped = run([*RDBG, "dump", "t.db"], folder)
            if dumped.returncode:
                return [f"dump fails: {brief(dumped)}"]
        except subprocess.TimeoutExpired as late:
            return [f"no end within {SECONDS} s: {late.cmd[1:4]}"]
        trace = until_end([json.loads(line) for line in dumped.stdout.splitlines()])
        truth = until_end(load(Path(folder) / "oracle.jsonl"))
        found = []
        for difference in differences(trace, truth):
            found.append(difference.replace(folder, ""))
            if len(found) == SHOWN:
                break
        return found


def until_end(events):
    """The events up to the end of the program's module: the oracle does not see what dies later."""
    ends = [at for at, event in enumerate(events) if event["event"] == "return" and event["func"] == "<module>"]
    return events[: ends[-1] + 1] if ends else events


def brief(done):
    """A finished process in a few words."""
    return f"status {done.returncode}, {done.stdout[-80:]!r} {done.stderr[-300:]!r}"


def runs(text, size):
    """(first line, last line, indent, whether its block is empty without it) of runs of statements."""
    found = []
    for node in ast.walk(ast.parse(text)):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if not isinstance(block, list) or len(block) < size:
                continue
            needed = len(block) == size and not isinstance(node, ast.Module)
            for start in range(0, len(block) - size + 1, size):
                one, other = block[start], block[start + size - 1]
                first = min([one.lineno, *(mark.lineno for mark in getattr(one, "decorator_list", []))])
                found.append((first, other.end_lineno, one.col_offset, needed))
    return sorted(found, reverse=True)


def without(text, run):
    """The program without a run of statements."""
    first, last, indent, needed = run
    lines = text.split("\n")
    put = [" " * indent + "pass"] if needed else []
    return "\n".join([*lines[: first - 1], *put, *lines[last:]])


def unwrapped(text, run):
    """The program with the block of a `try`, `if`, `for`, `while` or `with` in its place."""
    first, last, indent, _ = run
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if getattr(node, "lineno", 0) != first or node.col_offset != indent:
            continue
        if isinstance(node, (ast.Try, ast.If, ast.For, ast.With, ast.While)) and node.body[0].lineno > first:
            shift = node.body[0].col_offset - indent
            inner = [line[shift:] for line in lines[node.body[0].lineno - 1 : node.body[-1].end_lineno]]
            return "\n".join([*lines[: first - 1], *inner, *lines[last:]])
    return text


def shrink(text, fails):
    """The program with all left out that its failure does not need."""

    def attempt(change, size):
        nonlocal text
        at = 0
        while at < len(candidates := runs(text, size)):
            smaller = change(text, candidates[at])
            if smaller != text and is_program(smaller) and fails(smaller):
                text = smaller
            else:
                at += 1

    before = None
    while before != text:
        before = text
        for size in (8, 4, 2, 1):
            attempt(without, size)
        attempt(unwrapped, 1)
    return text


def is_program(text):
    """Whether a text compiles."""
    try:
        compile(text, "fuzzed.py", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def sort_of(found):
    """What is alike in two failures of one cause, as far as can be told: event and kind of difference."""
    if not found:
        return None
    place, _, what = found[0].partition("\n")
    event = place.split("trace @")[-1].split(" ")[1] if "trace @" in place else place.split(" ")[2]
    kinds = ("len", "aliasing", "missing", "absent", "unbound", "cycle", "args", "order")
    return event, next((kind for kind in kinds if kind in what), "value")


def try_seed(seed):
    """(seed, what differs)."""
    return seed, disagreement(program(seed))


def report(seed, out):
    """Shrink the program of a failing seed and write it with what differs."""
    text = program(seed)
    sort = sort_of(disagreement(text))
    small = shrink(text, lambda smaller: sort_of(disagreement(smaller)) == sort)
    comment = "\n".join(f"# {line}" for text in disagreement(small) for line in text.split("\n"))
    path = out / f"seed{seed}.py"
    path.write_text(f"{small.strip()}\n\n{comment}\n", encoding="utf-8")
    return path


def main():
    """Try the seeds of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", default="0-99", help="FIRST-LAST")
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"), help="where shrunk programs go")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--no-shrink", action="store_true", help="only name the seeds")
    parser.add_argument("--show", type=int, help="print the program of one seed and what differs")
    given = parser.parse_args()
    if given.show is not None:
        text = program(given.show)
        print(text, *disagreement(text), sep="\n")
        return 0
    first, _, last = given.seeds.partition("-")
    failed = []
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for seed, found in pool.map(try_seed, range(int(first), int(last or first) + 1)):
            if found:
                failed.append(seed)
                print(f"seed {seed}: {found[0]}", flush=True)
        if failed and not given.no_shrink:
            given.out.mkdir(parents=True, exist_ok=True)
            for path in pool.map(lambda seed: report(seed, given.out), failed):
                print(path, flush=True)
    print(f"{len(failed)} of {given.seeds} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
