"""`pytest --rdbg`: what fails leaves a trace, and says so."""

import json

import pytest
from harness import PYTHON, rdbg, run, write

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
    assert b"test_shop.py::test_passes: rdbg replay .rdbg/" in done.stdout
    # Nothing is overwritten.
    pytests(folder, "--rdbg=all", "-k", "passes or many")
    assert len(traces(folder)) == 6


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
