"""What a program can ask the interpreter about itself is answered as in an unrecorded run."""

import json
import sys

import pytest
from harness import PYTHON, ROOT, assert_same, assert_sound, bare, info, outcome, rdbg, record, run, write

HOSTILE = (ROOT / "tests" / "python" / "fingerprint.py").read_text()


@pytest.mark.parametrize("start", [["app.py"], ["-m", "app"], ["-c", "import runpy; runpy.run_path('app.py')"]])
def test_nothing_of_the_recorder_is_seen(start, tmp_path):
    write(tmp_path, "app.py", HOSTILE)
    plain = outcome(bare(tmp_path, *start, "one", "-x"))
    seen = outcome(record(tmp_path, *start, "one", "-x"))
    young = []
    for done in (plain, seen):
        first, _, done["stdout"] = done["stdout"].partition(b"\n")
        young.append(int(first.split()[-1]))
        done["stdout"] = done["stdout"].decode().splitlines()
        if start[0] != "app.py":
            # A module's name, or a text, is made ready by other objects than those of a script.
            assert done["stdout"].pop(0).startswith("collections")
        if sys.version_info < (3, 13):
            # 3.12 counts calls of C functions with frames of Python: one or two fit less.
            done["stdout"] = [line for line in done["stdout"] if not line.startswith("depth ")]
    assert start[0] != "app.py" or abs(young[0] - young[1]) <= 400, young
    assert seen == plain
    assert_sound(tmp_path)


def test_a_command_is_shown_in_tracebacks_as_ever(tmp_path):
    assert_same(tmp_path, "-c", "def f():\n    return 1 / 0\nf()")
    assert_same(tmp_path, "-c", "    x = 1\n\n    print(x)\n", trace="u.db")


def test_flags_of_the_interpreter_are_passed_on(tmp_path):
    write(tmp_path, "app.py", "import sys\nprint(sys.orig_argv[1:], sys.flags, sys.argv)\n")
    flags = ["-X", "dev", "-O", "-W", "error"]
    plain = run([*PYTHON, *flags, "app.py", "a"], tmp_path)
    import rdbg as package

    script = f"{package.__path__[0]}/_run.py"
    request = {"mode": "script", "program": "app.py", "output": "t.db", "quiet": True}
    seen = run([*PYTHON, *flags, script, json.dumps(request), "a"], tmp_path)
    assert outcome(seen) == outcome(plain)


def test_code_that_is_given_as_text(tmp_path):
    code = "import sys\nprint(sys.orig_argv, sys.argv, sorted(sys.modules), sys.path[0])\n"
    assert_same(tmp_path, "-c", code, "x y")


def test_the_programs_own_import_of_rdbg_works(tmp_path):
    write(tmp_path, "app.py", "import rdbg, sys\nrdbg.mark('here')\nprint(rdbg.recording(), 'rdbg._rdbg' in sys.modules)\n")
    done = record(tmp_path, "app.py")
    assert done.stdout.decode().split()[1:] == ["True"], done.stderr.decode()
    assert b"here" in rdbg(tmp_path, "replay", "t.db", "-e", "marks").stdout


@pytest.mark.parametrize(
    "start, replaces",
    [
        (["-m", "no_such_module"], False),
        (["-m", "package.no_such"], True),
        (["-m", "package"], True),
        (["folder"], True),
        (["gone.py"], False),
        (["-c", "x ="], False),
    ],
)
def test_what_cannot_begin_leaves_no_trace(start, replaces, tmp_path):
    write(tmp_path, "package/__init__.py", "print('the package is imported')\n")
    (tmp_path / "folder").mkdir()
    plain = bare(tmp_path, *start)
    assert outcome(record(tmp_path, *start, trace=None, options=())) == outcome(plain)
    assert not list(tmp_path.glob("*.db*"))
    if not replaces:
        # What needs no code of the program to be known replaces nothing.
        assert record(tmp_path, "-c", "pass").returncode == 0
        before = (tmp_path / "t.db").read_bytes()
        assert outcome(record(tmp_path, *start, options=("--force",))) == outcome(plain)
        assert (tmp_path / "t.db").read_bytes() == before


CHILDREN = """
import multiprocessing, os, subprocess
def nothing(): pass
if __name__ == "__main__":
    subprocess.run(["true"])
    subprocess.Popen("/bin/true").wait()
    subprocess.run(["echo"], stdout=subprocess.DEVNULL, preexec_fn=nothing)
    if not os.fork():
        os._exit(0)
    os.wait()
    for method in ("fork", "spawn"):
        child = multiprocessing.get_context(method).Process(target=nothing)
        child.start()
        child.join()
"""


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_children_that_are_not_recorded_are_named(options, tmp_path):
    write(tmp_path, "app.py", CHILDREN)
    done = record(tmp_path, "app.py", options=options)
    said = done.stderr.decode().splitlines()[-1]
    assert ", without 6 child processes (2 of true, echo, os.fork, 2 of multiprocessing): t.db; open it" in said


def test_children_of_which_only_the_system_tells(tmp_path):
    done = record(tmp_path, "-c", "import os\nos.system('true')", options=())
    assert ", without child processes: t.db; open it with" in done.stderr.decode()
    done = record(tmp_path, "-c", "pass", trace="u.db", options=())
    assert b"without" not in done.stderr


BREAKPOINT = """
def work(number):
    total = number + 1
    breakpoint()
    later = total * 2
    return later
print(work(1))
"""


def test_breakpoint_stops_in_its_own_frame(tmp_path):
    write(tmp_path, "app.py", BREAKPOINT)
    typed = "p total\nu\np __name__\nd\nn\nn\np later\nc\n"
    plain = bare(tmp_path, "app.py", stdin=typed).stdout.decode()
    seen = record(tmp_path, "app.py", stdin=typed).stdout.decode()
    # Where CPython tells another tool's instructions to nobody, it is the line after: README, Limits.
    for said in (plain, seen):
        assert "app.py(4)work()" in said or "app.py(5)work()" in said
        assert "(Pdb) 2\n" in said and "'__main__'" in said and said.endswith("4\n")
    if sys.version_info[:2] != (3, 13):
        assert seen == plain
    assert info(tmp_path)["ending"] == "exit 0"
