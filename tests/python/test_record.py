"""`rdbg record` is transparent: the program sees and shows what it would without it."""

import os
import signal
import stat

import pytest
from harness import PYTHON, assert_same, assert_sound, bare, dump, info, leftovers, rdbg, record, write

SURROUNDINGS = """
import sys, os, signal, threading, warnings
print(sys.argv, repr(sys.path[0]), len(sys.path))
print(__name__, __file__, __spec__ and __spec__.name, __package__, __loader__ is not None)
print(sys.modules["__main__"].__dict__ is globals(), sorted(globals()))
print(sys.gettrace(), sys.getprofile(), threading.active_count(), [t.name for t in threading.enumerate()])
print([m for m in ("sqlite3", "json", "typing", "logging") if m in sys.modules])
print(sys.flags, sys.getrecursionlimit(), sys.getswitchinterval(), sys.warnoptions)
print({s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGSEGV)})
print(sys.stdout.isatty(), sys.stdout.line_buffering, sys.stdin.encoding)
print([k for k in os.environ if k.upper().startswith("RDBG")])
"""


def test_surroundings_of_a_script(tmp_path):
    write(tmp_path, "app.py", SURROUNDINGS)
    assert_same(tmp_path, "app.py", "one", "-o", "--help", "two words")
    assert_sound(tmp_path)


def test_script_in_another_folder_imports_its_neighbour(tmp_path):
    write(tmp_path, "deep/app.py", SURROUNDINGS + "import neighbour\nprint(neighbour.__file__)\n")
    write(tmp_path, "deep/neighbour.py", "x = 1\n")
    assert_same(tmp_path, "deep/app.py")
    files = {os.path.basename(event["file"]) for event in dump(tmp_path)}
    assert files == {"app.py", "neighbour.py"}


def test_module_package_and_code(tmp_path):
    write(tmp_path, "pkg/__init__.py", "")
    write(tmp_path, "pkg/__main__.py", SURROUNDINGS + "from . import part\n")
    write(tmp_path, "pkg/part.py", SURROUNDINGS)
    assert_same(tmp_path, "-m", "pkg", "a", "-c")
    assert_same(tmp_path, "-m", "pkg.part", "-m", trace="u.db")
    code = SURROUNDINGS.replace("__file__", "globals().get('__file__')")
    assert_same(tmp_path, "-c", code, "x", "-m", trace="v.db")


def test_folder_and_zip_with_main(tmp_path):
    import zipfile

    write(tmp_path, "folder/__main__.py", SURROUNDINGS)
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", SURROUNDINGS)
    assert_same(tmp_path, "folder", "x")
    assert_same(tmp_path, "app.zip", "x", trace="u.db")


@pytest.mark.parametrize(
    "argument", ["", "0", "7", "256", "-1", "None", "'text'", "1.5", "True", "[1]"]
)
def test_exit_codes(argument, tmp_path):
    write(tmp_path, "app.py", f"import sys\nprint('out')\nsys.exit({argument})\n")
    assert_same(tmp_path, "app.py")
    assert_sound(tmp_path)


FAILURES = {
    "uncaught": "def f(x):\n    return 1 / x\nf(0)\n",
    "chained": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e\n",
    "group": "raise ExceptionGroup('g', [ValueError(1), TypeError('t')])\n",
    "keyboard": "raise KeyboardInterrupt\n",
    "syntax": "x = 1\ny = (\n",
    "tabs": "if 1:\n\tx = 1\n        y = 2\n",
    "null": "x = 1\0\n",
    "coding": "# coding: no-such-codec\n",
    "hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[0], a[2].tb_frame.f_code.co_name)\n1/0\n",
    "warning": "import warnings\nwarnings.warn('careful')\ndef f(): x = '\\d'\n",
    "bad repr": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E\n",
    "in thread": "import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()\nprint('on')\n",
    "unraisable": "class D:\n    def __del__(self): 1/0\nD()\nprint('on')\n",
    "stack": "import traceback\ndef f(): traceback.print_stack()\nf()\n",
    "atexit": "import atexit\natexit.register(lambda: 1/0)\natexit.register(print, 'bye')\n",
    "recursion": "def f(): f()\ntry: f()\nexcept RecursionError as e: print(e)\n",
    "os exit": "import os, sys\nprint('x', flush=True)\nos._exit(9)\n",
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_look_alike(name, tmp_path):
    write(tmp_path, "app.py", FAILURES[name])
    assert_same(tmp_path, "app.py")


@pytest.mark.parametrize("missing", [["none.py"], ["-m", "no_such_mod"], ["-m", "no_such.mod"], ["-c", "x ="]])
def test_what_cannot_start_says_what_python_says(missing, tmp_path):
    assert_same(tmp_path, *missing)


def test_not_utf8(tmp_path):
    (tmp_path / "app.py").write_bytes(b"x = '\xff'\n")
    assert_same(tmp_path, "app.py")


def test_stdin(tmp_path):
    write(tmp_path, "app.py", "import sys\nname = input('who? ')\nprint(name, sys.stdin.read())\n")
    assert_same(tmp_path, "app.py", stdin="ann\nrest\nof it\n")
    assert_same(tmp_path, "app.py", stdin="", trace="u.db")


def test_atexit_runs_after_main_and_is_recorded(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import atexit\ndef bye(n):\n    m = n + 1\n    print('bye', m)\n"
        "atexit.register(bye, 1)\natexit.register(bye, 2)\nprint('main')\n",
    )
    assert_same(tmp_path, "app.py")
    starts = [event["func"] for event in dump(tmp_path) if event["event"] == "start"]
    assert starts == ["<module>", "bye", "bye"]


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_multiprocessing(method, tmp_path):
    write(
        tmp_path,
        "app.py",
        "import multiprocessing as mp\n"
        "class Data:\n    def __init__(self, n): self.n = n\n"
        "def work(data, queue): queue.put((__name__, data.n * 2))\n"
        "if __name__ == '__main__':\n"
        f"    context = mp.get_context({method!r})\n"
        "    queue = context.Queue()\n"
        "    child = context.Process(target=work, args=(Data(4), queue))\n"
        "    child.start(); print(queue.get()); child.join(); print(child.exitcode)\n"
        f"    with context.Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n",
    )
    assert_same(tmp_path, "app.py")
    assert_sound(tmp_path)


def test_fork_leaves_the_parents_trace_alone(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import os, sys\nx = 1\npid = os.fork()\nif pid == 0:\n    x = 'child'\n    os._exit(3)\n"
        "_, status = os.waitpid(pid, 0)\ncode = os.waitstatus_to_exitcode(status)\nprint(x, code)\n",
    )
    assert_same(tmp_path, "app.py", PYTHONWARNINGS="error")
    assert_sound(tmp_path)
    values = {e["locals"]["x"]["repr"] for e in dump(tmp_path) if "x" in e.get("locals", {})}
    assert values == {"1"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV])
def test_death_by_signal(number, tmp_path):
    write(tmp_path, "app.py", f"import os\nx = 1\nprint(x, flush=True)\nos.kill(os.getpid(), {int(number)})\n")
    plain = assert_same(tmp_path, "app.py")
    assert plain.returncode == -number
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0


def test_signal_handler_of_the_program(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import os, signal\ndef handler(number, frame):\n    name = signal.Signals(number).name\n"
        "    print('got', name)\nsignal.signal(signal.SIGUSR1, handler)\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\nprint('after')\n",
    )
    assert_same(tmp_path, "app.py")


APP = "x = [1]\nx.append(2)\nprint(x)\n"


def test_output_names_count_up(tmp_path):
    write(tmp_path, "app.py", APP)
    for name in ("trace.db", "trace-2.db", "trace-3.db"):
        assert record(tmp_path, "app.py", trace=None).returncode == 0
        assert_sound(tmp_path, name)
    assert sorted(p.name for p in tmp_path.glob("*.db")) == ["trace-2.db", "trace-3.db", "trace.db"]


def test_existing_output_is_refused_unless_forced(tmp_path):
    write(tmp_path, "app.py", APP)
    assert record(tmp_path, "app.py").returncode == 0
    before = (tmp_path / "t.db").read_bytes()
    refused = record(tmp_path, "app.py")
    assert (refused.returncode, refused.stdout) == (125, b"")
    assert b"--force" in refused.stderr
    assert (tmp_path / "t.db").read_bytes() == before
    assert record(tmp_path, "app.py", options=("--quiet", "--force")).returncode == 0
    assert_sound(tmp_path)


def test_force_never_replaces_what_is_no_trace(tmp_path):
    write(tmp_path, "app.py", APP)
    (tmp_path / "t.db").write_text("precious")
    refused = record(tmp_path, "app.py", options=("--quiet", "--force"))
    assert (refused.returncode, refused.stdout) == (125, b"")
    assert (tmp_path / "t.db").read_text() == "precious"


def test_output_folder_must_exist(tmp_path):
    write(tmp_path, "app.py", APP)
    refused = record(tmp_path, "app.py", trace="none/t.db")
    assert (refused.returncode, refused.stdout) == (125, b"")
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "none").exists()


def test_summary_and_quiet(tmp_path):
    write(tmp_path, "app.py", APP)
    loud = record(tmp_path, "app.py", options=())
    assert loud.stdout == b"[1, 2]\n"
    lines = loud.stderr.decode().strip().splitlines()
    assert len(lines) == 1
    assert "t.db" in lines[0] and "rdbg replay" in lines[0] and "event" in lines[0]
    quiet = record(tmp_path, "app.py", trace="u.db")
    assert quiet.stderr == b""


def test_trace_is_one_private_file(tmp_path):
    write(tmp_path, "app.py", APP)
    before = os.umask(0)
    try:
        assert record(tmp_path, "app.py").returncode == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "t.db").stat().st_mode) == 0o600
    assert leftovers(tmp_path) == []
    content = (tmp_path / "t.db").read_bytes()
    for command in (["dump"], ["info"], ["verify"], ["replay"]):
        extra = ["-e", "where"] if command == ["replay"] else []
        assert rdbg(tmp_path, *command, "t.db", *extra).returncode == 0
    assert (tmp_path / "t.db").read_bytes() == content
    assert sorted(p.name for p in tmp_path.iterdir()) == ["app.py", "t.db"]


def test_info_keys(tmp_path):
    write(tmp_path, "app.py", APP)
    record(tmp_path, "app.py", "arg")
    known = info(tmp_path)
    keys = "program argv cwd python platform started seconds ending events lines threads files bytes left_out"
    assert set(keys.split()) <= set(known)
    events = dump(tmp_path)
    assert known["events"] == len(events)
    assert known["lines"] == sum(event["event"] == "line" for event in events)
    assert known["bytes"] == (tmp_path / "t.db").stat().st_size


def test_environment_stays_out(tmp_path):
    write(tmp_path, "app.py", APP)
    record(tmp_path, "app.py", CANARY_NAME="canary-value-4711")
    assert b"canary-value-4711" not in (tmp_path / "t.db").read_bytes()


def test_program_that_uses_monitoring_and_tracing_itself(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import sys\nseen = []\ndef f():\n    return 1\n"
        "sys.settrace(lambda frame, event, arg: seen.append(event))\nf()\nsys.settrace(None)\n"
        "sys.setprofile(lambda *a: seen.append(a[1]))\nf()\nsys.setprofile(None)\n"
        "m = sys.monitoring\nm.use_tool_id(0, 'x')\n"
        "m.register_callback(0, m.events.PY_START, lambda *a: seen.append('start'))\n"
        "m.set_events(0, m.events.PY_START)\nf()\nm.set_events(0, 0)\nm.free_tool_id(0)\nprint(seen)\n",
    )
    assert_same(tmp_path, "app.py")


def test_interpreter_under_test(tmp_path):
    write(tmp_path, "app.py", "import sys\nprint(sys.executable, sys.version, sys.prefix)\n")
    assert assert_same(tmp_path, "app.py").stdout.startswith(PYTHON[0].encode())
    assert bare(tmp_path, "app.py").returncode == 0


def test_an_interpreter_of_which_not_all_is_known_is_refused(tmp_path):
    """The unit tests of the recorder show that each wrong offset is noticed; here, what is said then."""
    write(
        tmp_path,
        "sitecustomize.py",
        "import sys\nif sys.argv[0].endswith('_run.py'):\n"
        "    from rdbg import _rdbg\n"
        "    def refuse(): raise RuntimeError('CPython 3.99 does not keep the code of a frame where rdbg expects it; '\n"
        "                                     'nothing is recorded')\n"
        "    _rdbg.check_layout = refuse\n",
    )
    write(tmp_path, "app.py", "print('ran')\n")
    done = record(tmp_path, "app.py", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (125, b""), done
    said = b"rdbg: CPython 3.99 does not keep the code of a frame where rdbg expects it; nothing is recorded\n"
    assert done.stderr == said
    assert not (tmp_path / "t.db").exists()
