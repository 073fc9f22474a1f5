"""`rdbg record COMMAND`: a command is looked up, and recorded as it would run."""

import os
import sys
from pathlib import Path

import pytest
from harness import RDBG, assert_sound, dump, info, outcome, run, write

TOLD = """
import os, sys
print(sys.argv, sys.path[:2], sys.orig_argv, sys.executable, sys.prefix, __name__, globals().get("__file__"))
print(sys.flags, sys.warnoptions, sys._xoptions, __spec__ and __spec__.name)
sys.exit(len(sys.argv))
"""
SCRIPTS = {
    "tool": f"#!{sys.executable}\n",
    "isolated": f"#!{sys.executable} -Es\n",
    "by-env": "#!/usr/bin/env python\n",
    "by-shell": f"#!/bin/sh\n'''exec' '{sys.executable}' \"$0\" \"$@\"\n' '''\n",
}


def command(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def place(tmp_path):
    """A folder with programs, and one on PATH with commands, `python` being the interpreter under test."""
    for name, line in SCRIPTS.items():
        command(tmp_path / "bin" / name, line + TOLD)
    command(tmp_path / "bin" / "shell", "#!/bin/sh\necho no Python\n")
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    write(tmp_path, "app.py", TOLD)
    write(tmp_path, "pkg/__init__.py", "")
    write(tmp_path, "pkg/__main__.py", TOLD)
    # A folder that Python cannot run is not what is meant.
    (tmp_path / "tool").mkdir()
    return tmp_path


def path_of(place):
    # Beside the interpreter, so that `python` in it is the virtual environment's.
    return os.pathsep.join([os.path.dirname(sys.executable), str(place / "bin"), os.environ["PATH"]])


def assert_same(place, *words):
    options = {"PATH": path_of(place)}
    plain = run(words, place, **options)
    seen = run([*RDBG, "record", "--quiet", "-o", "t.db", "--force", *words], place, **options)
    assert outcome(seen) == outcome(plain)
    assert b"__main__" in plain.stdout
    assert_sound(place)
    return plain


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_console_script_by_name(name, place):
    plain = assert_same(place, name, "-q", "two words")
    assert plain.returncode == 3
    assert info(place)["program"] == str(place / "bin" / name)
    assert {Path(event["file"]).name for event in dump(place)} == {name}


def test_a_console_script_by_path(place):
    assert_same(place, "bin/tool", "x")
    assert_same(place, place / "bin/isolated", "x")


@pytest.mark.parametrize(
    "words",
    [
        ["app.py", "-c", "x"],
        ["-u", "-X", "dev", "-Wdefault", "app.py"],
        ["-m", "pkg", "-m"],
        ["-I", "-c", TOLD, "-q"],
        ["-OO", "pkg"],
    ],
)
def test_python_with_its_options(words, place):
    assert_same(place, "python", *words)
    assert_same(place, sys.executable, *words)


def test_pytest_is_recorded_as_it_runs(place):
    write(place, "tests/test_sum.py", "def test_sum():\n    total = 1 + 1\n    assert total == 3\n")
    done = run([*RDBG, "record", "pytest", "-q", "-p", "no:cacheprovider", "tests"], place, PATH=path_of(place))
    assert done.returncode == 1, done.stderr.decode()
    assert b"assert 2 == 3" in done.stdout
    lines = [event for event in dump(place, "trace.db") if event.get("func") == "test_sum" and "locals" in event]
    assert lines[-1]["locals"]["total"] == {"type": "int", "repr": "2"}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["shell", "-c"], 125, "is not a Python program (run by /bin/sh); name the script"),
        (["env", "python", "app.py"], 125, "is not a Python program (a native program)"),
        (["python"], 2, "this runs no program that could be recorded"),
        (["python", "-i", "app.py"], 2, "python -i goes on at a prompt"),
    ],
)
def test_what_cannot_be_recorded_is_not_run(words, status, said, place):
    done = run([*RDBG, "record", *words], place, PATH=path_of(place))
    assert done.returncode == status
    assert done.stdout == b""
    assert done.stderr.decode().startswith("rdbg: ") and said in done.stderr.decode()
    assert not list(place.glob("trace*"))


def test_another_interpreter_has_to_have_rdbg(place):
    """One that looks like Python, and has no rdbg."""
    command(place / "other" / "python3", "#!/bin/sh\nexit 1\n")
    command(place / "bin" / "foreign", f"#!{place}/other/python3\n{TOLD}")
    done = run([*RDBG, "record", "foreign"], place, PATH=path_of(place))
    assert done.returncode == 125
    other = f"{place}/other/python3"
    text = f"rdbg: {other} cannot import rdbg; install it there: {other} -m pip install rdbg\n"
    assert done.stderr.decode() == text


def test_the_interpreter_that_is_asked_for_is_taken(place):
    """`--python` wins over what the script says, by whatever name it is given."""
    command(place / "bin" / "foreign", f"#!{place}/other/python3\n{TOLD}")
    shim = place / "shims" / "python3"
    command(shim, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for python in (sys.executable, shim):
        words = ["--quiet", "-o", "t.db", "--force", "--python", python, "foreign", "--python", "x"]
        done = run([*RDBG, "record", *words], place, PATH=path_of(place))
        assert done.returncode == 3, done.stderr.decode()
        assert f"'{place}/bin/foreign', '--python', 'x'" in done.stdout.decode()


def test_a_free_threaded_build_is_refused(place):
    """What the interpreter says of its build counts, and the program is not run."""
    write(place, "as-if/sitecustomize.py", "import sys\nsys.abiflags = 't'\n")
    shim = place / "free" / "python3.13t"
    command(shim, f'#!/bin/sh\nPYTHONPATH={place}/as-if exec "{sys._base_executable}" "$@"\n')
    command(place / "bin" / "foreign", f"#!{shim}\n{TOLD}")
    for words in (["foreign"], [shim, "app.py"], ["--python", shim, "app.py"]):
        done = run([*RDBG, "record", *words], place, PATH=path_of(place))
        assert (done.returncode, done.stdout) == (125, b"")
        said = f"rdbg: {shim} is a free-threaded build of CPython, which rdbg does not support yet; "
        assert done.stderr.decode() == said + "record the program with a build that has the GIL\n"
