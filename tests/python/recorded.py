"""What many tests look at is run once: the programs of tests/programs, bare and recorded."""

import fcntl
import json
import pickle
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import PROGRAMS, bare, outcome, record, rdbg


@contextmanager
def lock(path):
    """One process at a time."""
    with open(path, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@dataclass
class Recording:
    """How a program ran, without rdbg and with it. The trace is for all tests: nobody writes to it."""

    folder: Path
    bare: dict
    seen: dict

    @property
    def trace(self):
        return self.folder / "t.db"

    def dump(self, depth=3):
        """Every event, with values that deep."""
        kept = self.folder / f"depth{depth}.jsonl"
        with lock(self.folder / "lock"):
            if not kept.exists():
                done = rdbg(self.folder, "dump", "t.db", "--depth", str(depth))
                assert done.returncode == 0, done.stderr.decode()
                kept.write_bytes(done.stdout)
        return [json.loads(line) for line in kept.read_bytes().splitlines()]


class Recordings:
    """Recordings below a folder that all workers share, made when first asked for."""

    def __init__(self, folder):
        self.folder = folder / "recorded"

    def __call__(self, name, options=("--quiet",)):
        folder = self.folder / "".join((name, *options))
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "outcomes"
        with lock(folder / "lock"):
            if not kept.exists():
                program = PROGRAMS / f"{name}.py"
                ran = outcome(bare(folder, program)), outcome(record(folder, program, options=options))
                kept.write_bytes(pickle.dumps(ran))
        return Recording(folder, *pickle.loads(kept.read_bytes()))
