"""Beside other tools: what they find is what they find without rdbg, and the trace is what it is without them."""

import json
import re
import socket

import pytest
from harness import PYTHON, RDBG, assert_sound, bare, dump, outcome, record, run, write

APP = """
import sys

def parts(count):
    for number in range(count):
        yield number * number

def checked(number):
    try:
        if number % 3 == 0:
            raise ValueError(number)
        return number
    except ValueError as error:
        return -error.args[0]

class Sum:
    def __init__(self):
        self.seen = []

    def add(self, number):
        self.seen.append(number)
        return sum(self.seen)

def main():
    total = Sum()
    for part in parts(7):
        total.add(checked(part))
    names = {"a": 1, "b": [2]}
    names["b"].append(total.seen[-1])
    print(sorted(names.items()), total.seen, sorted([len(set("abcabc"))]))

main()
"""


def seen(cwd, trace, **options):
    """The events of the app's own code, with what its variables hold, as one thread told them."""
    found = []
    for event in dump(cwd, trace, **options):
        if event["file"].endswith("app.py"):
            # Numbers of objects and frames count what other code made, too.
            text = re.sub(r'"(id|frame|pos|depth|thread)": \d+,? ?', "", json.dumps(event, sort_keys=True))
            found.append(text)
    return found


@pytest.fixture
def plain(tmp_path):
    """The events of the app, recorded alone."""
    write(tmp_path, "app.py", APP)
    assert record(tmp_path, "app.py", trace="plain.db").returncode == 0
    events = seen(tmp_path, "plain.db")
    assert len(events) > 100
    return events


def assert_both(cwd, plain, *command, result=None, **options):
    """Run a command bare and recorded: the same outcome and `result`, and the trace of the app is the plain one."""
    without = outcome(bare(cwd, *command, **options))
    expected = result and result()
    recorded = outcome(record(cwd, *command, **options))
    assert recorded == without
    assert not result or result() == expected
    # pdb begins the program anew when it has ended.
    assert seen(cwd, "t.db")[: len(plain)] == plain
    assert_sound(cwd)
    return without


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
def test_coverage(core, tmp_path, plain):
    def lines():
        done = run([*PYTHON, "-m", "coverage", "json", "-q", "-o", "-"], tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        files = json.loads(done.stdout)["files"]
        return {name: (told["executed_lines"], told["missing_lines"]) for name, told in files.items()}

    command = ("-m", "coverage", "run", "--include=app.py", "app.py")
    assert_both(tmp_path, plain, *command, result=lines, COVERAGE_CORE=core)
    assert lines()["app.py"][0]


def test_profile(tmp_path, plain):
    def calls():
        import pstats

        stats = pstats.Stats(str(tmp_path / "prof")).stats
        return {key: entry[:2] for key, entry in stats.items() if key[0].endswith("app.py")}

    assert_both(tmp_path, plain, "-m", "cProfile", "-o", "prof", "app.py", result=calls)
    assert len(calls()) >= 6


def test_pdb(tmp_path, plain):
    commands = "b checked\nc\np number\nw\nc\nr\nn\nclear 1\nc\nq\n"
    ran = assert_both(tmp_path, plain, "-m", "pdb", "app.py", stdin=commands + "q\n")
    assert b"checked(" in ran["stdout"]


def test_debugpy(tmp_path, plain):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ("-Xfrozen_modules=off", "-m", "debugpy", "--listen", port, "app.py")
    expected = outcome(bare(tmp_path, *command))
    ran = outcome(record(tmp_path, *command[1:], PYDEVD_DISABLE_FILE_VALIDATION="1"))
    assert (ran["status"], ran["stdout"]) == (expected["status"], expected["stdout"])
    assert seen(tmp_path, "t.db") == plain


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONDEVMODE": "1"},
        {"PYTHONOPTIMIZE": "1"},
        {"PYTHONTRACEMALLOC": "5"},
        {"PYTHONFAULTHANDLER": "1"},
        {"PYTHONHASHSEED": "77"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONMALLOC": "debug"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_of_the_interpreter(settings, tmp_path, plain):
    assert_both(tmp_path, plain, "app.py", **settings)


def test_tracemalloc_is_asked_by_the_program(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import tracemalloc\ntracemalloc.start(3)\nkept = [bytearray(1000) for _ in range(50)]\n"
        "here = [trace for trace in tracemalloc.take_snapshot().traces if 'app.py' in str(trace.traceback)]\n"
        "big = [trace for trace in here if trace.size > 900]\nprint(len(big), big[0].traceback[-1])\n",
    )
    assert outcome(record(tmp_path, "app.py")) == outcome(bare(tmp_path, "app.py"))
    assert_sound(tmp_path)


def test_faulthandler_names_the_same_frames(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import faulthandler\ndef inner():\n    faulthandler.dump_traceback()\ndef outer():\n    inner()\nouter()\n",
    )
    assert outcome(record(tmp_path, "app.py")) == outcome(bare(tmp_path, "app.py"))


def test_xdist(tmp_path):
    write(
        tmp_path,
        "test_app.py",
        "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_n(n):\n    assert n != 5\n",
    )
    command = ("-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider", "test_app.py")

    def said(done):
        # Which worker is first, and how long it takes, is nobody's.
        text = re.sub(r"in [\d.]+s|gw\d|[.F]{8}", "", done.stdout.decode())
        return done.returncode, sorted(text.split()), done.stderr

    assert said(record(tmp_path, *command)) == said(bare(tmp_path, *command))
    assert_sound(tmp_path)


def test_hashing_at_random_is_the_interpreters(tmp_path):
    """Without a fixed seed each run has its own; what one run shows agrees with itself."""
    write(tmp_path, "app.py", "names = {'one', 'two', 'three', 'four'}\nprint(list(names))\nlast = 1\n")
    environment = {"PYTHONHASHSEED": "random"}
    done = run([*RDBG, "record", "--quiet", "-o", "t.db", "app.py"], tmp_path, **environment)
    shown = done.stdout.decode().strip()
    told = run([*RDBG, "replay", "t.db", "--at", "end", "-e", "p list(names)"], tmp_path).stdout.decode()
    assert shown in told, (shown, told)
