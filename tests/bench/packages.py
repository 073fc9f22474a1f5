"""The bench of real programs: what recording other people's packages costs, and whether it grows with the heap.

`make bench PACKAGES=yes` runs it; `python packages.py --help` says how to run a part. Three tables, also as Markdown in
`target/bench/packages.md`: a piece of work of each package with `--include` of it; what a line costs beside 10 to 10^6
live objects; whether loops that fill something are linear.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

from measuring import run
from peers import install
from tables import amount, markdown, milliseconds, plain, times

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "target" / "bench"
SECONDS = 120
# What is installed, and what is recorded of it.
PACKAGES = {
    "parso==0.8.7": ["parso.*"],
    "sqlglot==30.30.0": ["sqlglot.*"],
    "sympy==1.14.0": ["sympy.*"],
    "networkx==3.7": ["networkx.*"],
    "jinja2==3.1.6": ["jinja2.*"],
    "rich==15.0.0": ["rich.*"],
    "lark==1.3.1": ["lark.*"],
    "pyparsing==3.3.3": ["pyparsing.*"],
    "attrs==26.1.0": ["attr.*", "attrs.*"],
    "marshmallow==4.4.0": ["marshmallow.*"],
}
NAMES = {requirement.partition("==")[0]: globs for requirement, globs in PACKAGES.items()}
CPU = re.compile(rb"^cpu ([\d.e-]+) ended$", re.MULTILINE)
LINE = re.compile(rb"^line (\w+) ([\d.e-]+)$", re.MULTILINE)
HEAPS = [10, 100, 1_000, 10_000, 100_000, 1_000_000]
# Noise included: what is quadratic takes four times as long.
LINEAR = 3
PACKAGES_HEAD = [
    "package", "events", "bare", "CPU", "CPU --no-locals", "wall", "wall --no-locals", "twice as much",
]  # fmt: skip


class Bench:
    """The interpreter, where everything is put, and how often each run is repeated."""

    def __init__(self, python, rounds):
        self.python = python
        self.rounds = rounds
        self.folder = FOLDER / "packages-run"

    def command(self, program, *options, is_recorded=True):
        """How a program is run, bare or recorded; its trace is in the folder of the run."""
        record = ["-m", "rdbg", "record", "--quiet", "-o", self.folder / "trace.db", *options]
        return [self.python, *(record if is_recorded else []), *program]

    def ways(self, program, globs):
        """Name → command of the three ways that alternate."""
        included = [word for glob in globs for word in ("--include", glob)]
        return {
            "bare": self.command(program, is_recorded=False),
            "no locals": self.command(program, *included, "--no-locals"),
            "full": self.command(program, *included),
        }

    def times(self, ways, rounds):
        """Way → (CPU, wall) as medians; None for a way that did not end well, and a note that says how."""
        seen, notes = {way: [] for way in ways}, []
        for _ in range(rounds):
            for way, done in seen.items():
                one = run(ways[way], self.folder, SECONDS)
                used = CPU.search(one.text)
                if one.status != 0 or not used or one.seconds is None:
                    notes.append(f"{way}: {one.status} {one.text.decode(errors='replace').strip()[-300:]}")
                    continue
                done.append((float(used[1]), one.seconds))
        medians = {
            way: tuple(map(statistics.median, zip(*done))) if len(done) == rounds else None
            for way, done in seen.items()
        }
        return medians, notes

    def package(self, name):
        """The cells of a package, and its slowdown of CPU."""
        program = HERE / "packages" / f"with_{name}.py"
        ways = self.ways([program, "1"], NAMES[name])
        seen, notes = self.times(ways, self.rounds)
        events = self.events() if seen["full"] else None
        larger, more = self.times(
            {way: [*ways[way][:-1], "2"] for way in ("bare", "full")}, max(1, self.rounds // 2)
        )
        for note in [*notes, *more]:
            print(f"{name}: {note}", file=sys.stderr)

        def over(way, which):
            return seen[way][which] / seen["bare"][which] if seen[way] and seen["bare"] else None

        def doubling(way):
            return larger[way][0] / seen[way][0] if larger[way] and seen[way] else None

        slower, bare_slower = doubling("full"), doubling("bare")
        cells = [
            name,
            amount(events),
            milliseconds(seen["bare"] and seen["bare"][0]),
            times(over("full", 0)),
            times(over("no locals", 0)),
            times(over("full", 1)),
            times(over("no locals", 1)),
            "–" if slower is None else f"{slower:.1f}× (bare {bare_slower:.1f}×)",
        ]
        return cells, over("full", 0)

    def events(self):
        """How many events the last trace has; None if it is not sound."""
        trace = self.folder / "trace.db"
        if self.rdbg("verify", trace).returncode != 0:
            return None
        return json.loads(self.rdbg("info", trace, "--json").stdout)["events"]

    def rdbg(self, *arguments):
        """A finished reading command."""
        return subprocess.run([self.python, "-m", "rdbg", *map(str, arguments)], capture_output=True)

    def lines(self, most):
        """The table of lines beside growing heaps: head and rows, microseconds of CPU each."""
        program = HERE / "programs" / "lines_on_a_heap.py"
        heaps = [size for size in HEAPS if size <= most]
        seen = {}
        for size in heaps:
            print(f"measuring lines beside {size:,} objects", file=sys.stderr)
            seen[size] = self.lines_once([program, str(size)])
        bare = self.lines_once([program, "10"], is_recorded=False)
        rows = [
            [name, *(amount(one.get(name)) for one in (bare, *seen.values())), growth([*seen.values()], name)]
            for name in bare
        ]
        return ["line, µs", "bare", *(f"{size:,}" for size in heaps), "last : first"], rows

    def lines_once(self, program, **how):
        done = run(self.command(program, **how), self.folder, SECONDS)
        if done.status != 0:
            print(f"lines: {done.status} {done.text.decode(errors='replace')[-300:]}", file=sys.stderr)
        return {name.decode(): float(took) for name, took in LINE.findall(done.text)}

    def growing(self):
        """The table of loops that fill something."""
        program = HERE / "programs" / "growing.py"
        names = re.findall(r"def (\w+)\(self, rounds\)", program.read_text(encoding="utf-8"))
        size = 16_000
        for name in names:
            print(f"measuring {name}", file=sys.stderr)
            ways = {"bare": self.command([program, name, str(2 * size)], is_recorded=False)}
            ways |= {str(count): self.command([program, name, str(count)]) for count in (size, 2 * size)}
            seen, notes = self.times(ways, max(1, self.rounds // 2))
            print(*notes, sep="\n", end="", file=sys.stderr)
            bare, one, two = (seen[way] and seen[way][0] for way in ways)
            yield [
                name,
                milliseconds(bare),
                milliseconds(two),
                times(two / bare if two and bare else None),
                times(two / one if one and two else None),
                "yes" if one and two and two < LINEAR * one else "NO",
            ]


def growth(columns, name):
    """How much more a line costs beside the largest heap than beside the smallest."""
    told = [one.get(name) for one in columns]
    return times(told[-1] / told[0]) if None not in told else "–"


def install_packages(given):
    """The Python of an environment with rdbg and the packages."""
    if given.as_is:
        return given.python.absolute()
    wheels = sorted(given.wheel.glob("*.whl")) if given.wheel else ["rdbg"]
    return install(given.python.absolute(), FOLDER / "packages-venv", [*wheels, *PACKAGES])


def main():
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="names of packages, `lines` and `growing`, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=HEAPS[-1], help="the largest heap")
    parser.add_argument("--wheel", type=Path, help="folder with the wheel of rdbg to install")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the interpreter to measure")
    parser.add_argument("--as-is", action="store_true", help="the interpreter has rdbg and the packages already")
    given = parser.parse_args()
    wanted = [name for name in given.only.split(",") if name] or [*NAMES, "lines", "growing"]
    unknown = set(wanted) - {*NAMES, "lines", "growing"}
    if unknown:
        sys.exit(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}, lines, growing")
    FOLDER.mkdir(parents=True, exist_ok=True)
    bench = Bench(install_packages(given), given.rounds)
    tables, notes, rows, slower = [], [], [], []
    for name in [name for name in NAMES if name in wanted]:
        print(f"measuring {name}", file=sys.stderr)
        cells, ratio = bench.package(name)
        rows.append(cells)
        slower += [ratio] if ratio else []
    if rows:
        tables.append((PACKAGES_HEAD, rows))
    if slower:
        middle, most = statistics.median(slower), max(slower)
        notes.append(f"{len(slower)} packages: {middle:.1f}× bare CPU in the median, {most:.1f}× at most.")
    if "lines" in wanted:
        tables.append(bench.lines(given.most))
    if "growing" in wanted:
        head = ["16,000, then 32,000 rounds", "bare", "recorded", "slowdown", "twice the rounds", "linear"]
        tables.append((head, list(bench.growing())))
    version = subprocess.run([bench.python, "-V"], capture_output=True, text=True).stdout.strip()
    notes.append(
        f"C{version}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, medians of {bench.rounds}."
    )
    print(*(plain(head, rows) for head, rows in tables), *notes, sep="\n\n")
    page = [*(markdown(head, rows) for head, rows in tables), *notes]
    (FOLDER / "packages.md").write_text("\n\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
