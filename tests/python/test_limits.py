"""What was asked to be left out is left out, what remains is true, and the trace says what is missing."""

import re
import resource
import subprocess

import pytest
from harness import PROGRAMS, RDBG, assert_sound, bare, dump, environment, info, rdbg, record, write

NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py"))

# Some 800,000 events, and a status of its own.
LONG = """
import sys

def total_of(count):
    total = 0
    for number in range(count):
        total += number * 3 % 7
    return total

print(total_of(500_000))
sys.exit(3)
"""


# What threads show of one another depends on who runs when, and some of it on the system; so does when
# the collector runs.
TIMED = {"collected", "thread_exception", "threads_interleaved"}
# What it changes lies so deep that a dump says its length and no more.
DEEP = {"threads_midline"}


def without_the_unknown(node):
    """Values with what neither trace can know marked as such for the comparison."""
    if isinstance(node, list):
        return [without_the_unknown(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "unknown" in node:
        return {"type": node["type"], "opaque": True}
    return {key: without_the_unknown(value) for key, value in node.items()}


def without_inner_lines(events):
    """What remains of a whole trace when of each call only the first line is told."""
    begun, kept = set(), []
    for event in events:
        frame = event["frame"]
        if event["event"] != "line" or frame not in begun:
            kept.append({**event, "pos": len(kept)})
        if event["event"] == "line":
            begun.add(frame)
    return kept


@pytest.mark.parametrize("name", [name for name in NAMES if name not in TIMED | DEEP])
def test_level_of_calls_tells_the_truth_about_less(name, recorded):
    from compare import differences

    ran = recorded(name, ("--quiet", "--level", "calls"))
    assert ran.seen == ran.bare
    assert_sound(ran.folder)
    # So deep below arguments and results a trace of calls is exact.
    whole = without_inner_lines(recorded(name).dump(2))
    calls = ran.dump(2)
    for event in [*whole, *calls]:
        # A whole trace says the last line begun, the other the one that ends the frame.
        if event["event"] in ("return", "yield", "unwind"):
            del event["line"]
    found = list(differences(calls, without_the_unknown(whole)))
    assert not found, "\n".join(found[:5])


def test_level_of_calls_in_the_debugger(tmp_path):
    write(tmp_path, "long.py", LONG)
    assert record(tmp_path, "long.py", options=["--quiet", "--level", "calls"]).returncode == 3
    assert info(tmp_path)["lines"] == 2
    done = rdbg(tmp_path, "replay", "t.db", "--at", "end", "-e", "rs", "-e", "last total")
    text = done.stdout.decode()
    assert "by a line before @4 that was not recorded (--level calls)" in text, text


def test_no_locals(tmp_path):
    write(tmp_path, "long.py", LONG)
    assert record(tmp_path, "long.py", options=["--quiet", "--no-locals"]).returncode == 3
    assert_sound(tmp_path)
    events = dump(tmp_path)
    assert len(events) > 800_000
    assert all(event["locals"] == {} for event in events if event["event"] == "line")
    done = rdbg(tmp_path, "replay", "t.db", "--at", "@500", "-e", "p total")
    assert done.returncode == 1
    assert b"--no-locals" in done.stdout + done.stderr, done


def test_max_size_ends_the_recording_and_not_the_program(tmp_path):
    write(tmp_path, "long.py", LONG)
    plain = bare(tmp_path, "long.py")
    done = record(tmp_path, "long.py", options=["--max-size", "1MB"])
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    said = re.fullmatch(
        rb"rdbg: recording stopped: it reached its --max-size of 1\.0 MB; t\.db holds the first ([\d,]+) events\n",
        done.stderr,
    )
    assert said, done.stderr
    assert_sound(tmp_path)
    assert (tmp_path / "t.db").stat().st_size <= 1_010_000
    known = info(tmp_path)
    assert known["events"] == int(said[1].replace(b",", b"")) > 100_000
    assert known["ending"] == "recording stopped: it reached its --max-size of 1.0 MB"
    whole = record(tmp_path, "long.py", trace="whole.db")
    assert whole.returncode == 3
    end = f"@{known['events'] - 1}"
    assert dump(tmp_path, "t.db", "--from", "@90000") == dump(tmp_path, "whole.db", "--from", "@90000", "--to", end)


def test_ring_keeps_the_end(tmp_path):
    write(tmp_path, "long.py", LONG)
    assert record(tmp_path, "long.py", options=["--quiet", "--ring", "1MB"]).returncode == 3
    assert record(tmp_path, "long.py", trace="whole.db").returncode == 3
    assert_sound(tmp_path)
    known, whole = info(tmp_path), info(tmp_path, "whole.db")
    first = known["first_position"]
    assert 0 < first < 700_000 and first + known["events"] == whole["events"]
    assert (known["ending"], known["files"]) == (whole["ending"], whole["files"])
    assert dump(tmp_path) == dump(tmp_path, "whole.db", "--from", f"@{first}")
    commands = ["-e", "goto start", "-e", "rs", "-e", "goto @5", "-e", "b 6", "-e", "rc", "-e", "goto 50%", "-e", "where"]
    done = rdbg(tmp_path, "replay", "t.db", *commands)
    text = (done.stdout + done.stderr).decode()
    assert f"@5 was not kept; the trace is the last part of a run, from @{first} on" in text, text
    assert "total_of(count=500000)" in text, text


@pytest.mark.parametrize("room", [300_000, 600_000])
def test_full_disk(room, tmp_path):
    # A limit on the size of files stands for a disk: writing fails alike.
    write(tmp_path, "long.py", LONG)
    plain = bare(tmp_path, "long.py")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [*RDBG, "record", "-o", "t.db", "long.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment(), preexec_fn=limit, timeout=60)
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert re.fullmatch(rb"rdbg: recording stopped: [^\n]+; t\.db (and t\.db-wal together hold|holds) the first [\d,]+ events[^\n]*\n", done.stderr)
    known = info(tmp_path)
    # Where not even the ending has room, the reader can only say so much.
    full = "incomplete: the process was killed while it was recorded, or its disk was full"
    assert known["ending"].startswith("recording stopped: the trace's database: ") or known["ending"] == full
    verified = rdbg(tmp_path, "verify", "t.db")
    assert verified.returncode == 0, verified
    assert len(dump(tmp_path, "t.db", "--depth", "0")) == known["events"]
    assert known["events"] > 0


@pytest.mark.parametrize(
    "options, complaint",
    [
        (["--ring", "10kB"], "the least is 1MB"),
        (["--max-size", "many"], "a size looks like 500MB or 2GB"),
        (["--max-size", "99999999999999GB"], "a size looks like 500MB or 2GB"),
        (["--ring", "5MB", "--max-size", "5MB"], "cannot be used with"),
        (["--level", "words"], "possible values: lines, calls"),
    ],
)
def test_wrong_limits(options, complaint, tmp_path):
    write(tmp_path, "long.py", LONG)
    done = record(tmp_path, "long.py", options=options)
    assert done.returncode == 2
    assert complaint in done.stderr.decode()
    assert not (tmp_path / "t.db").exists()
