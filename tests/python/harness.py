"""What the tests share: run Python, run rdbg with the same Python, read dumps.

The interpreter under test is the one that runs pytest, and `rdbg` is the package
installed in it. Hash seeds are fixed so that two runs print sets alike.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "programs"
ORACLE = ROOT / "tests" / "oracle"
PYTHON = [sys.executable]
RDBG = [sys.executable, "-m", "rdbg"]

sys.path.insert(0, str(ORACLE))


def environment(**more):
    """The environment of every child: ours, with hashing fixed and no byte code."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(command, cwd, stdin="", timeout=120, **more):
    """Run a command to its end, keeping both streams as bytes."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        input=stdin.encode(),
        capture_output=True,
        timeout=timeout,
        env=environment(**more),
    )


def bare(cwd, *arguments, **options):
    """Run `python ARGUMENTS` unrecorded."""
    return run([*PYTHON, *arguments], cwd, **options)


def record(cwd, *arguments, trace="t.db", options=("--quiet",), **more):
    """Run `rdbg record OPTIONS -o TRACE ARGUMENTS`; with trace None, no `-o`."""
    output = [] if trace is None else ["-o", trace]
    return run([*RDBG, "record", *options, *output, *arguments], cwd, **more)


def rdbg(cwd, *arguments, **options):
    """Run any other rdbg command."""
    return run([*RDBG, *arguments], cwd, **options)


def dump(cwd, trace="t.db", *options):
    """Every event of a trace."""
    done = rdbg(cwd, "dump", trace, *options)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def info(cwd, trace="t.db"):
    """What `rdbg info --json` says."""
    done = rdbg(cwd, "info", trace, "--json")
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def outcome(done):
    """What an onlooker sees of a finished process; addresses differ in every run."""
    streams = {"stdout": done.stdout, "stderr": done.stderr}
    masked = {name: re.sub(rb"\b0x[0-9a-f]{6,}", b"0x...", text) for name, text in streams.items()}
    return {"status": done.returncode, **masked}


def assert_same(cwd, *arguments, **options):
    """Assert that a recorded run looks like an unrecorded one; return the latter."""
    plain = bare(cwd, *arguments, **options)
    seen = record(cwd, *arguments, **options)
    assert outcome(seen) == outcome(plain)
    return plain


def assert_sound(cwd, trace="t.db"):
    """Assert that a trace is there, verified, private, and has no log beside it."""
    path = Path(cwd) / trace
    done = rdbg(cwd, "verify", trace)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    assert path.stat().st_mode & 0o777 == 0o600
    assert leftovers(cwd) == []


def leftovers(cwd):
    """Files that SQLite leaves beside an unfinished database."""
    return sorted(p.name for p in Path(cwd).iterdir() if p.name.endswith(("-wal", "-shm", "-journal")))


def write(cwd, name, text):
    """Write a program into a folder and return its path."""
    path = Path(cwd) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
