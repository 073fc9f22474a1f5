"""The other recorders of lines and values on PyPI: how to run them and read what they say they kept."""

import dataclasses
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from workloads import PYPERF


@dataclasses.dataclass(frozen=True)
class Peer:
    """A recorder: what to install, the command before the program, how many lines it kept.

    `lines` takes the folder of the run and what it printed; None where the trace does not say.
    """

    name: str
    version: str
    command: Callable
    lines: Callable


def codetracer(python, run, program):
    return [python, "-m", "codetracer_python_recorder", "--trace-dir", run / "trace", *program]


def chronotrace(python, run, program):
    return [python.with_name("chronotrace"), "record", "--out", run / "trace.chrono", *program]


def pyttd(python, run, program):
    # Its `--args` takes no word that begins with a dash, so the program gets its arguments in its text.
    path, *arguments = program
    own = path.with_name(f"with_arguments_{path.name}")
    words = [str(word) for word in arguments]
    own.write_text(f"import sys; sys.argv[1:] = {words!r}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    return [python.with_name("pyttd"), "record", "--db-path", run / "trace.db", own]


def tracesnap(python, run, program):
    path, *arguments = program
    return [
        python.with_name("tracesnap"), "record", "--no-library", "--out", run / "trace.json",
        path, *(["--", *arguments] if arguments else []),
    ]  # fmt: skip


def not_said(_run, _text):
    return None


def chronotrace_events(_run, text):
    """It counts events of all kinds together."""
    told = re.search(rb"recorded ([\d,]+) events", text)
    return f"{told[1].decode()} events" if told else None


def pyttd_lines(run, _text):
    try:
        with sqlite3.connect(run / "trace.db") as database:
            asked = "SELECT count(*) FROM executionframes WHERE frame_event = 'line'"
            return database.execute(asked).fetchone()[0]
    except sqlite3.Error as error:
        return f"unreadable: {error}"


def tracesnap_lines(_run, text):
    told = re.search(rb"event types: (\{.*\})", text)
    return json.loads(told[1].replace(b"'", b'"')).get("line") if told else None


PEERS = [
    Peer("codetracer-python-recorder", "0.3.0", codetracer, not_said),
    Peer("chronotrace", "0.1.1", chronotrace, chronotrace_events),
    Peer("py-tt-debug", "0.8.0", pyttd, pyttd_lines),
    Peer("tracesnap", "0.2.2", tracesnap, tracesnap_lines),
]


def install(python, folder, packages):
    """The Python of a virtual environment that has some packages, made if it is not there."""
    inside = folder / "bin" / "python"
    stamp = folder / "installed"
    # A wheel that was built again has the same name and another time.
    wanted = "\n".join(f"{one} {one.stat().st_mtime}" if isinstance(one, Path) else one for one in packages)
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {' '.join(Path(package).name for package in packages)}", file=sys.stderr)
        if not inside.exists():
            subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [inside, "-m", "pip", "install", "--quiet", "--force-reinstall", *packages]
        subprocess.run([str(part) for part in pip], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return inside


def install_peer(python, folder, peer):
    """Its Python, or None where it cannot be installed."""
    try:
        return install(python, folder / peer.name, [f"{peer.name}=={peer.version}", PYPERF])
    except subprocess.CalledProcessError as failure:
        print(f"{peer.name} cannot be installed: {failure}", file=sys.stderr)
        return None


def size_of(run):
    """Bytes of all that a run left behind but its streams and pyperf's value."""
    own = {"stdout", "stderr", "value.json"}
    return sum(path.stat().st_size for path in run.rglob("*") if path.is_file() and path.name not in own)
