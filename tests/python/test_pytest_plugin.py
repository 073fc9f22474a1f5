"""`pytest --rdbg`: what fails leaves a trace, and says so."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from harness import PYTHON, environment, info, leftovers, rdbg, run, write

TESTS = '''
import unittest

import pytest


def helper(number):
    doubled = number * 2
    assert doubled < 4
    return doubled


def test_passes():
    helper(1)


@pytest.mark.parametrize("number", [1, 7])
def test_many(number):
    helper(number)


@pytest.fixture
def broken():
    raise ValueError("no setup")


def test_setup(broken):
    pass


@pytest.fixture
def late():
    yield
    raise ValueError("no teardown")


def test_teardown(late):
    pass


@pytest.mark.xfail
def test_expected():
    assert 0


@pytest.mark.parametrize("name", ["a/../b\\\\c" + "x" * 300 + "\\u00e9"])
def test_odd_name(name):
    assert name is None


class TestCase(unittest.TestCase):
    def test_unit(self):
        self.assertEqual(1, 2)


def test_skipped():
    pytest.skip("not now")
'''

FAILING = {"test_many[7]", "test_setup", "test_teardown", "test_odd_name", "TestCase::test_unit"}


def pytests(folder, *options):
    return run([*PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options], folder)


def traces(folder):
    return sorted(path.name for path in (folder / ".rdbg").glob("*.db"))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "test_shop.py", TESTS)
    write(tmp_path, "pytest.ini", "[pytest]\n")
    return tmp_path


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_each_failing_test_leaves_one_trace(folder, workers):
    plain = pytests(folder)
    done = pytests(folder, "--rdbg", "test_shop.py", *workers)
    assert done.returncode == plain.returncode == 1
    assert plain.stdout.decode().splitlines()[-1].split(" in ")[0] in done.stdout.decode()
    kept = traces(folder)
    assert len(kept) == len(FAILING)
    out = done.stdout.decode()
    for name in kept:
        command = f"rdbg replay .rdbg/{name}"
        # Under the failure, and in the summary.
        assert out.count(command) == 2, name
        assert len(name) < 150 and name.isascii() and "/" not in name
        assert rdbg(folder, "verify", f".rdbg/{name}").returncode == 0
    many = next(name for name in kept if "many" in name)
    shown = rdbg(folder, "replay", f".rdbg/{many}", "-e", "p doubled", "-e", "where").stdout.decode()
    assert "in helper" in shown and "\n14\n" in shown and "_pytest" not in shown
    functions = set()
    for line in rdbg(folder, "dump", f".rdbg/{many}").stdout.splitlines():
        functions.add(json.loads(line)["func"])
    assert functions == {"test_many", "helper"}


def test_all_keeps_all(folder):
    done = pytests(folder, "--rdbg=all", "-k", "passes or many")
    assert len(traces(folder)) == 3
    assert b"test_shop.py::test_passes: rdbg replay .rdbg/test_shop.py.test_passes.db" in done.stdout
    # A test has one file, in which its newest trace is.
    before = {name: (folder / ".rdbg" / name).stat().st_mtime_ns for name in traces(folder)}
    pytests(folder, "--rdbg=all", "-k", "passes or many")
    after = {name: (folder / ".rdbg" / name).stat().st_mtime_ns for name in traces(folder)}
    assert before.keys() == after.keys() and before != after


def test_the_configuration_can_ask_for_it(folder):
    write(folder, "pytest.ini", "[pytest]\nrdbg = failed\n")
    pytests(folder, "-x")
    assert len(traces(folder)) == 1
    write(folder, "pytest.ini", "[pytest]\nrdbg = sometimes\n")
    done = pytests(folder)
    assert done.returncode == 4 and b"say failed or all" in done.stdout + done.stderr


def test_without_the_option_nothing_is_loaded(folder):
    write(folder, "test_shop.py", "import sys\ndef test(): assert not [n for n in sys.modules if n == 'rdbg._rdbg']\n")
    assert pytests(folder).returncode == 0
    assert not (folder / ".rdbg").exists()


def test_what_the_test_records_itself_is_told(folder):
    write(folder, "test_shop.py", "import rdbg\ndef test():\n    with rdbg.record('own.db'): pass\n")
    assert pytests(folder).returncode == 0
    done = pytests(folder, "--rdbg")
    assert done.returncode == 1 and b"is being recorded; end that recording" in done.stdout


def test_pdb_still_opens(folder):
    done = run(
        [*PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rdbg", "--pdb", "-k", "many"],
        folder,
        stdin="p doubled\nq\n",
    )
    assert b"(Pdb) 14" in done.stdout


def test_a_test_that_passes_again_loses_its_trace(folder):
    code = "import os\ndef test_a(): assert os.environ.get('GOOD')\ndef test_b(): assert 0\n"
    write(folder, "test_shop.py", code)
    for _ in range(2):
        pytests(folder, "--rdbg")
        assert traces(folder) == ["test_shop.py.test_a.db", "test_shop.py.test_b.db"]
    (folder / ".rdbg" / "test_shop.py.test_a.db.marks").write_text("here @1\n")
    write(folder, "test_shop.py", code.replace("os.environ.get('GOOD')", "1"))
    pytests(folder, "--rdbg")
    assert sorted(os.listdir(folder / ".rdbg")) == [".gitignore", "test_shop.py.test_b.db"]


def test_names_of_different_tests_are_different(folder):
    write(folder, "a-b.py", "def test(): assert 0\n")
    write(folder, "a/b.py", "def test(): assert 0\n")
    write(
        folder,
        "test_shop.py",
        "import pytest\n@pytest.mark.parametrize('x', ['a b', 'a-b', 'a/b', 'a_b', 'x' * 200, 'x' * 201])\n"
        "def test(x): assert 0\n",
    )
    pytests(folder, "--rdbg", "a-b.py", "a/b.py", "test_shop.py", "--import-mode=importlib")
    assert len(traces(folder)) == 8


def interrupted(folder, *options, after):
    """A run of pytest that gets Ctrl-C once a file is there."""
    command = [*PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rdbg", *options]
    child = subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            if after.exists():
                break
            time.sleep(0.1)
        os.killpg(child.pid, signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    finally:
        child.kill()
    return out.decode()


HANGS = """
import pathlib, time
def test_before(): pass
def test_hangs():
    n = 0
    while True:
        n += 1
        if n == 5:
            pathlib.Path('hangs').touch()
        time.sleep(0.01)
"""


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_a_test_that_hangs_is_kept_and_named(workers, folder):
    write(folder, "test_shop.py", HANGS)
    out = interrupted(folder, *workers, after=folder / "hangs")
    assert "test_shop.py::test_hangs (did not end): rdbg replay .rdbg/test_shop.py.test_hangs.db" in out
    assert traces(folder) == ["test_shop.py.test_hangs.db"]
    shown = rdbg(folder, "replay", "-e", "goto end", "-e", "p n").stdout.decode()
    assert ".rdbg/test_shop.py.test_hangs.db: " in shown and int(shown.split()[-1]) >= 5


DIES = {
    "exit": "os._exit(3)",
    "fault": "import ctypes; ctypes.string_at(0)",
    "kill": "time.sleep(1); os.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("way", DIES)
def test_a_test_that_dies_is_kept(way, folder):
    write(folder, "test_shop.py", f"import os, time\ndef test_dies():\n    n = 7\n    {DIES[way]}\n")
    done = pytests(folder, "--rdbg", "-p", "no:faulthandler")
    assert done.returncode not in (0, 1)
    # Nobody was left to name it, but it has the name of the test, and is found.
    shown = rdbg(folder, "replay", "-e", "goto end", "-e", "p n").stdout.decode()
    assert ".rdbg/test_shop.py.test_dies.db: " in shown and shown.endswith("\n7\n")
    assert leftovers(folder / ".rdbg") == []


@pytest.mark.parametrize("way", DIES)
def test_a_test_that_takes_its_worker_along_is_named(way, folder):
    write(
        folder,
        "test_shop.py",
        f"import os, time\ndef test_dies():\n    n = 7\n    {DIES[way]}\ndef test_lives(): pass\n",
    )
    done = pytests(folder, "--rdbg", "-n", "1", "-p", "no:faulthandler")
    out = done.stdout.decode()
    assert done.returncode == 1 and "1 failed, 1 passed" in out
    assert "test_shop.py::test_dies (did not end): rdbg replay .rdbg/test_shop.py.test_dies.db" in out
    shown = rdbg(folder, "replay", ".rdbg/test_shop.py.test_dies.db", "-e", "goto end", "-e", "p n")
    assert shown.stdout.decode().endswith("\n7\n")


SUBTESTS = """
import unittest

def halve(number):
    if number % 2:
        raise ValueError(number)
    return number // 2

class TestCase(unittest.TestCase):
    def test_unit(self):
        for number in (2, 3, 4, 5):
            with self.subTest(number=number):
                halve(number)

def test_fixture(subtests):
    for number in (2, 3, 4, 5):
        with subtests.test(number=number):
            halve(number)
"""


def test_it_opens_at_the_first_subtest_that_failed(folder):
    write(folder, "test_shop.py", SUBTESTS)
    done = pytests(folder, "--rdbg")
    assert done.returncode == 1
    has_fixture = b"fixture 'subtests' not found" not in done.stdout
    for name in ["TestCase.test_unit", *["test_fixture"] * has_fixture]:
        shown = rdbg(folder, "replay", f".rdbg/test_shop.py.{name}.db", "-e", "p number").stdout.decode()
        assert "in halve" in shown and shown.endswith("\n3\n"), shown


def test_a_test_that_passes_is_not_synchronised(folder):
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    write(folder, "test_shop.py", "import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test(n): assert n >= 0\n")
    command = [strace, "-f", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o", "calls"]
    done = run([*command, *PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rdbg"], folder)
    assert done.returncode == 0, done.stdout.decode()
    assert "sync(" not in (folder / "calls").read_text()
    assert os.listdir(folder / ".rdbg") == [".gitignore"]


def test_a_forked_child_of_a_test_leaves_its_parents_trace_alone(folder):
    write(
        folder,
        "test_shop.py",
        "import os\ndef test():\n    if not os.fork():\n        os._exit(0)\n    os.wait()\n    n = 5\n    assert 0\n",
    )
    pytests(folder, "--rdbg")
    assert info(folder, ".rdbg/test_shop.py.test.db")["ending"] == "uncaught AssertionError"
    shown = rdbg(folder, "replay", "-e", "p n").stdout.decode()
    assert shown.endswith("\n5\n")
