"""The bench: what recording costs, beside bare CPython, a callback that does nothing, and other recorders.

`make bench` runs it; `python run.py --help` says how to run a part. Runs alternate (bare,
no-op, rdbg, bare, …) and medians are shown. The tables go to stdout and, as Markdown, to
`target/bench/table.md`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from measuring import median, run
from peers import PEERS, install, install_peer, size_of
from tables import OWN_HEAD, PEER_HEAD, markdown, own_row, peer_row, plain
from workloads import ALL, HERE, PYPERF, TEN, Programs

ROOT = HERE.parents[1]
FOLDER = ROOT / "target" / "bench"
SECONDS = 300

sys.path.insert(0, str(ROOT / "tests" / "oracle"))


@dataclass
class Result:
    """What one workload took."""

    name: str
    events: int | None = None
    bare: float | None = None
    floor_slowdown: float | None = None
    slowdown: float | None = None
    of_floor: float | None = None
    ns: float | None = None
    bytes_each: float | None = None
    memory: float | None = None
    after: float | None = None
    lossless: str = "–"
    added: float | None = None
    lines: int | None = None


@dataclass
class PeerResult:
    """What one workload took under another recorder."""

    name: str
    recorder: str
    slowdown: float | None = None
    wall: float | None = None
    bytes_each: float | None = None
    kept: str = "–"
    of_rdbg: float | None = None
    seen: str = "finished"


class Bench:
    """The interpreter, the programs and where everything is put."""

    def __init__(self, python, rounds, quick):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.python = python
        self.rounds = rounds
        self.quick = quick
        folder = FOLDER / "programs"
        folder.mkdir(exist_ok=True)
        self.programs = Programs(folder, python)
        self.floor = build_floor(python, FOLDER / "floor")

    def ways(self, program, run_folder):
        """Name → (command, environment) of the three ways that are timed, and of the counting one."""
        under = [self.python, HERE / "under_floor.py"]
        more = {"RDBG_FLOOR": str(self.floor)}
        trace = run_folder / "trace.db"
        return {
            "bare": ([self.python, *program], {}),
            "no-op": ([*under, "nothing", *program], more),
            "rdbg": ([self.python, "-m", "rdbg", "record", "--quiet", "-o", trace, *program], {}),
            "count": ([*under, "count", *program], more),
        }

    def measure(self, workload, size, rounds):
        """The Result of one workload at one size."""
        folder = FOLDER / "run"
        ways = self.ways(self.programs.arguments(workload, size, folder), folder)
        result = Result(workload.name)
        runs = {"bare": [], "no-op": [], "rdbg": []}
        for _ in range(rounds):
            for way, done in runs.items():
                command, environment = ways[way]
                done.append(run(command, folder, SECONDS, **environment))
                if done[-1].status != 0:
                    result.lossless = f"{way}: {done[-1].status}"
                    print(done[-1].text.decode(errors="replace")[-500:], file=sys.stderr)
                    return result
        # The last run was rdbg's: its trace is still there.
        trace = folder / "trace.db"
        info = self.rdbg("info", trace, "--json")
        verified = self.rdbg("verify", trace).returncode == 0
        told = json.loads(info.stdout)
        folder = FOLDER / "count"
        command, environment = self.ways(self.programs.arguments(workload, size, folder), folder)["count"]
        counted = run(command, folder, SECONDS, **environment).counted
        self.fill(result, runs, told)
        result.lossless = self.judge(workload, told, counted, verified)
        return result

    def fill(self, result, runs, told):
        """The figures of a Result."""
        bare, floor, seen = (median(runs[way], "seconds") for way in runs)
        result.events, result.lines = told["events"], told["lines"]
        result.bare = bare
        result.floor_slowdown = floor / bare
        result.slowdown = seen / bare
        result.added = seen - bare
        # A floor that cannot be told from noise is no measure.
        result.of_floor = (seen - bare) / (floor - bare) if floor > 1.02 * bare else None
        result.ns = result.added / told["events"] * 1e9
        result.bytes_each = told["bytes"] / told["events"]
        result.memory = median(runs["rdbg"], "memory") - median(runs["bare"], "memory")
        result.after = median(runs["rdbg"], "after") - median(runs["bare"], "after")

    def judge(self, workload, told, counted, verified):
        """`yes` if nothing says that the trace lacks something, else what does."""
        if not verified:
            return "no: verify"
        if counted != (told["lines"], told["events"] - told["lines"]):
            return f"no: {sum(counted or ()):,} events in truth"
        if not workload.is_own:
            return "yes"
        return "yes" if self.agrees(workload) else "no: oracle"

    def agrees(self, workload):
        """Whether every value at every line is the oracle's, at a size that the oracle bears."""
        from compare import differences, load

        folder = FOLDER / "small"
        program = self.programs.arguments(workload, workload.small, folder)
        run(self.ways(program, folder)["rdbg"][0], folder, SECONDS)
        dumped = self.rdbg("dump", folder / "trace.db")
        oracle = FOLDER / "oracle"
        run([self.python, ROOT / "tests/oracle/oracle.py", oracle / "truth.jsonl", *program], oracle, SECONDS)
        trace = [json.loads(line) for line in dumped.stdout.splitlines()]
        found = next(differences(trace, load(oracle / "truth.jsonl")), None)
        if found:
            print(f"{workload.name}: {found}", file=sys.stderr)
        return found is None

    def rdbg(self, *arguments):
        """A finished reading command."""
        return subprocess.run([self.python, "-m", "rdbg", *map(str, arguments)], capture_output=True)

    def measure_peers(self, workload, peers, seconds):
        """A PeerResult for rdbg and each peer, at the size that peers survive."""
        ours = self.measure(workload, workload.peer, self.rounds)
        wall = None
        yield PeerResult(
            workload.name, "rdbg", ours.slowdown, wall, ours.bytes_each,
            "all" if ours.lossless == "yes" else ours.lossless, None, f"{ours.events or 0:,} events",
        )  # fmt: skip
        if ours.bare is None:
            return
        for peer, python in peers:
            folder = FOLDER / "peer"
            program = self.programs.arguments(workload, workload.peer, folder)
            done = run(peer.command(python, folder, program), folder, seconds)
            result = PeerResult(workload.name, peer.name)
            kept = peer.lines(folder, done.text)
            if done.status != 0 or done.seconds is None:
                result.seen = died(done)
            else:
                result.slowdown = done.seconds / ours.bare
                result.wall = done.wall
                result.bytes_each = size_of(folder) / ours.events
                # Where rdbg's cost cannot be told from noise there is no ratio.
                is_told = ours.added > 0.05 * ours.bare
                result.of_rdbg = (done.seconds - ours.bare) / ours.added if is_told else None
            if isinstance(kept, int):
                result.kept = f"{kept:,} of {ours.lines:,}"
                if kept < ours.lines:
                    result.seen += ", lost events"
            elif kept:
                result.kept = kept
            yield result


def died(done):
    """How a run ended that did not end well."""
    if isinstance(done.status, str):
        return done.status
    if done.status < 0:
        return f"killed by signal {-done.status}"
    lines = done.text.decode(errors="replace").strip().splitlines()
    told = next((line for line in reversed(lines) if "rror" in line), "it does not say why")
    return f"failed ({done.status}): {told.strip()[:60]}".replace("|", "/")


def build_floor(python, folder):
    """Compile `floor.c` for an interpreter; the folder that holds the module."""
    folder.mkdir(exist_ok=True)
    ask = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_config_var('EXT_SUFFIX'))"
    told = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    out = folder / f"rdbg_floor{told[1]}"
    # On macOS the symbols of Python are looked up when the module is loaded.
    late = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    compiler = os.environ.get("CC", "cc")
    command = [compiler, "-O2", "-shared", "-fPIC", f"-I{told[0]}", *late, HERE / "floor.c", "-o", out]
    subprocess.run([str(part) for part in command], check=True)
    return folder


def summary(results):
    """The medians that the ten programs of pyperformance are judged by."""
    ten = [one for one in results if one.name in TEN and one.slowdown]
    if not ten:
        return ""
    slow = [one.slowdown for one in ten]
    size = statistics.median(one.bytes_each for one in ten)
    return (
        f"{len(ten)} programs of pyperformance: {statistics.median(slow):.1f}× the bare time in the median, "
        f"{max(slow):.1f}× at most; a no-op callback {statistics.median(one.floor_slowdown for one in ten):.1f}×; "
        f"{size:.2g} bytes an event in the median."
    )


def host(bench):
    """What the figures were measured on."""
    version = subprocess.run([bench.python, "-V"], capture_output=True, text=True).stdout.strip()
    sizes = "quick sizes" if bench.quick else "full sizes"
    return f"C{version}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {sizes}, medians of {bench.rounds}."


def chosen(names):
    """The workloads that were asked for."""
    wanted = [name for name in names.split(",") if name]
    unknown = set(wanted) - {one.name for one in ALL}
    if unknown:
        sys.exit(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in ALL)}")
    return [one for one in ALL if not wanted or one.name in wanted]


def main():
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="names of workloads, with commas")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, three rounds, 20 s for a peer")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peer-seconds", type=int, help="time limit of another recorder")
    parser.add_argument("--wheel", type=Path, help="folder with the wheel of rdbg to install")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the interpreter to measure")
    parser.add_argument("--as-is", action="store_true", help="the interpreter has rdbg and pyperf already")
    given = parser.parse_args()
    workloads = chosen(given.only)
    FOLDER.mkdir(parents=True, exist_ok=True)
    python = given.python.absolute()
    if not given.as_is:
        wheels = sorted(given.wheel.glob("*.whl")) if given.wheel else ["rdbg"]
        python = install(python, FOLDER / "venv", [*wheels, PYPERF])
    bench = Bench(python, given.rounds or (3 if given.quick else 5), given.quick)
    results = []
    for workload in workloads:
        print(f"measuring {workload.name}", file=sys.stderr)
        results.append(bench.measure(workload, workload.quick if given.quick else workload.full, bench.rounds))
    peer_results = []
    if not given.no_peers:
        found = [(peer, install_peer(given.python, FOLDER / "peers", peer)) for peer in PEERS]
        peers = [(peer, inside) for peer, inside in found if inside]
        for workload in workloads:
            print(f"measuring the others on {workload.name}", file=sys.stderr)
            peer_results += bench.measure_peers(workload, peers, given.peer_seconds or (20 if given.quick else 60))
    tables = [(OWN_HEAD, [own_row(one) for one in results]), (PEER_HEAD, [peer_row(one) for one in peer_results])]
    notes = [host(bench), summary(results)]
    for head, rows in tables:
        if rows:
            print(plain(head, rows), end="\n\n")
    print(*notes, sep="\n")
    page = [markdown(head, rows) for head, rows in tables if rows]
    (FOLDER / "table.md").write_text("\n\n".join([*page, *filter(None, notes)]) + "\n", encoding="utf-8")
    return 0 if all(one.lossless == "yes" for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
