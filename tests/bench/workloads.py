"""What is measured: the programs of `programs/`, two generated ones, and ten of pyperformance.

Every program says on stderr when its work ended, `ended [SECONDS] MONOTONIC`; the clock
is the system's, so that another process can compare.
"""

import dataclasses
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYPERFORMANCE = "pyperformance==1.14.0"
PYPERF = "pyperf==2.10.0"
FOOTER = """

import sys
from time import monotonic

print("ended", monotonic(), file=sys.stderr)
"""


@dataclasses.dataclass(frozen=True)
class Workload:
    """A program and its sizes: for the table, for a quick look, for the oracle, for the peers."""

    name: str
    full: int = 0
    quick: int = 0
    small: int = 0
    peer: int = 0

    @property
    def is_own(self):
        """Whether it takes a size; pyperformance's programs have one of their own."""
        return self.full > 0


OWN = [
    Workload("int_loop", 3_000_000, 300_000, 500, 20_000),
    Workload("fib", 29, 24, 10, 17),
    Workload("insertion_sort", 500, 500, 40, 100),
    Workload("grow_list", 20_000, 20_000, 300, 2_000),
    Workload("objects", 200_000, 20_000, 100, 2_000),
    Workload("strings", 200_000, 200_000, 500, 20_000),
    Workload("dict_counting", 500_000, 50_000, 300, 10_000),
    Workload("large_containers", 50_000, 10_000, 100, 2_000),
    Workload("deep_recursion", 200, 20, 1, 1),
    Workload("four_threads", 300_000, 30_000, 200, 2_000),
    Workload("asyncio_tasks", 1_000, 1_000, 20, 100),
    Workload("generators", 500_000, 50_000, 200, 5_000),
    Workload("exceptions", 100_000, 100_000, 100, 5_000),
    Workload("long_module", 5_000, 5_000, 300, 1_000),
    Workload("long_function", 1_000, 1_000, 100, 1_000),
]
TEN = "richards deltablue nbody hexiom chaos raytrace go nqueens fannkuch float".split()
ALL = [*OWN, *(Workload(name) for name in TEN)]


def long_module(lines):
    """A module body of so many lines."""
    body = "\n".join(f"value{i % 50} = {i} + len(str({i}))" for i in range(lines))
    return f"{TIMED_HEAD}\n{body}\n\n{TIMED_FOOT}"


def long_function(lines):
    """A function of so many lines, called 20 times."""
    body = "\n".join(f"    v{i % 50} = start + {i}" for i in range(lines))
    calls = "for turn in range(20):\n    work(turn)\n"
    return f"{TIMED_HEAD}\n\ndef work(start):\n{body}\n    return v0\n\n\n{calls}\n{TIMED_FOOT}"


TIMED_HEAD = "import sys\nfrom time import monotonic, perf_counter\n\nsince = perf_counter().__rsub__\n"
TIMED_FOOT = 'print("ended", since(perf_counter()), monotonic(), file=sys.stderr)\n'
GENERATED = {"long_module": long_module, "long_function": long_function}


class Programs:
    """The programs as files in a folder of their own, so that only they are recorded."""

    def __init__(self, folder, python):
        self.folder = folder
        self.python = python

    def arguments(self, workload, size, run):
        """[path, arguments…] of a run; `run` is a fresh folder for what it writes."""
        if not workload.is_own:
            path = self.pyperformance(workload.name)
            return [path, "--worker", "-l1", "-w0", "-n1", "-o", run / "value.json"]
        if workload.name in GENERATED:
            path = self.folder / f"{workload.name}_{size}.py"
            path.write_text(GENERATED[workload.name](size), encoding="utf-8")
            return [path]
        path = self.folder / f"{workload.name}.py"
        shutil.copyfile(HERE / "programs" / path.name, path)
        return [path, str(size)]

    def pyperformance(self, name):
        """The path of one of its programs, with our footer."""
        path = self.folder / f"bm_{name}" / "run_benchmark.py"
        if not path.exists():
            wheel = self.download()
            with zipfile.ZipFile(wheel) as archive:
                part = f"pyperformance/data-files/benchmarks/bm_{name}/"
                for inside in archive.namelist():
                    if inside.startswith(part) and not inside.endswith("/"):
                        copy = path.parent / inside.removeprefix(part)
                        copy.parent.mkdir(parents=True, exist_ok=True)
                        copy.write_bytes(archive.read(inside))
            path.write_text(path.read_text(encoding="utf-8") + FOOTER, encoding="utf-8")
        return path

    def download(self):
        """The wheel of pyperformance; its programs are data files in it."""
        found = list(self.folder.glob("pyperformance-*.whl"))
        if not found:
            pip = [self.python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", self.folder]
            subprocess.run([str(part) for part in [*pip, PYPERFORMANCE]], check=True, stdout=sys.stderr)
            found = list(self.folder.glob("pyperformance-*.whl"))
        return found[0]


def value_of(run):
    """The seconds that pyperf measured, or None."""
    path = run / "value.json"
    if not path.exists():
        return None
    runs = json.loads(path.read_text())["benchmarks"][0]["runs"]
    return runs[0]["values"][0]
