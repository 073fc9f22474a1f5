"""pdb is an oracle: the same commands rest at the same lines, with the same values.

`pdb_stops.py` drives pdb and names the few differences in meaning.
"""

import json
import re

import pytest
from harness import PROGRAMS, PYTHON, ROOT, rdbg, run

COMMANDS = 30
SEEDS = 2
# pdb sees one thread, disturbs `locals()`, needs more stack than this program leaves it, …
BEYOND_PDB = {
    "locals_undisturbed": "pdb reads f_locals, which this program looks at",
    "collected": "when the collector runs depends on what else makes objects",
    "recursion_error": "pdb's own frames need the stack that this program uses up",
    "recursion_deep": "the same",
    "cycles": "it looks at lifetimes, and pdb keeps frames alive",
    "lifetimes": "the same",
    "multiline_statements": "before 3.13, reading f_locals of a module changes a comprehension's variables in it",
    "exception_groups": "its last instruction has no line, on which the `unt` of pdb fails",
    "dataclass_fields": "pdb steps into code that has no text, which rdbg goes over: see generated_code.txt",
    "generated_code": "the same",
    "frame_writes": "the program and pdb write to the same f_locals",
}
NAMES = sorted(
    path.stem
    for path in PROGRAMS.glob("*.py")
    if path.stem not in BEYOND_PDB and "threading" not in path.read_text() and "asyncio" not in path.read_text()
)
STOP = re.compile(r"^@(\d+) (\S+) (.+):(\d+) in (.+) \([\d.]+%\)$")
NUMBER = re.compile(r" #\d+")


def pdb_stops(cwd, program, seed, ran):
    """Breakpoints, and (command, stop) pairs of pdb."""
    out = cwd / f"stops{seed}.jsonl"
    driver = ROOT / "tests" / "python" / "pdb_stops.py"
    run([*PYTHON, driver, out, f"{program.stem}/{seed}", str(COMMANDS), program, ran], cwd)
    first, *rest = [json.loads(line) for line in out.read_text().splitlines()]
    return first["breakpoints"], [(one["command"], one["stop"]) for one in rest]


def script(program, breakpoints, stops):
    """The same for rdbg, asking for each local at each stop; a line of `p` marks where each begins."""
    lines = [f"b {program.name}:{line}" for line in breakpoints]
    for index, (command, stop) in enumerate(stops):
        lines.append(f'p "stop {index}"')
        if command != "start":
            lines.append(command)
        for name in stop["locals"] if stop else ():
            lines += [f'p "local {name}"', f"p {name}"]
    return "\n".join(lines) + "\n"


def rdbg_stops(text):
    """For each stop what rdbg said: where it rests and the locals that were asked for."""
    stops = []
    said = re.split(r"^'stop \d+'$", text, flags=re.MULTILINE)[1:]
    for part in said:
        moved, *asked = re.split(r"^'local (.+)'$", part, flags=re.MULTILINE)
        found = [STOP.match(line) for line in moved.splitlines()]
        place = next((match for match in found if match), None)
        values = {name: NUMBER.sub("", value.strip()) for name, value in zip(asked[::2], asked[1::2])}
        stops.append((place and (int(place[4]), place[5]), values, moved))
    return stops


@pytest.mark.parametrize("name", NAMES)
def test_same_stops_as_pdb(name, recorded, tmp_path):
    program = PROGRAMS / f"{name}.py"
    ran = recorded(name)
    lines = {one["line"] for one in ran.dump() if one["event"] == "line" and one["file"] == str(program)}
    executed = ",".join(map(str, sorted(lines)))
    for seed in range(SEEDS):
        breakpoints, stops = pdb_stops(tmp_path, program, seed, executed)
        (tmp_path / "commands").write_text(script(program, breakpoints, stops))
        done = rdbg(tmp_path, "replay", ran.trace, "--at", "start", "-x", "commands")
        rests = rdbg_stops(done.stdout.decode())
        assert len(rests) == len(stops), done.stderr.decode()
        story = [f"breakpoints at {breakpoints}"]
        for (command, stop), (place, values, moved) in zip(stops, rests):
            story.append(f"{command}: pdb {stop and (stop['kind'], stop['line'], stop['func'])}, rdbg {place}")
            told = "\n".join(story[-8:]) + f"\n{moved.strip()}"
            if stop is None:
                # pdb ends with the module; rdbg goes on to exit handlers.
                assert "end of the recording" in moved or (place and place[1] != "<module>"), told
                break
            if command != "start":
                # Some instructions have no line; rdbg shows the last one before.
                assert place == (stop["line"] or place[0], stop["func"]), told
            assert values == stop["locals"], told
