"""The recorder does no harm: what is the program's stays the program's, whatever it does to its process.

Each program runs bare and recorded; both must end alike, with the same output.
"""

import os
import resource
import signal
import subprocess

import pytest
from harness import RDBG, assert_same, assert_sound, bare, dump, environment, info, outcome, rdbg, record, write

WORK = """
import time

def work(seconds):
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        count += 1
        time.sleep(0.001)
    return count
"""

# What a program may do to descriptors. After each of them it writes a file of its own and reads it back.
DESCRIPTORS = {
    "close all": "os.closerange(3, 4096)",
    "put its own over all": "null = os.open('/dev/null', os.O_RDWR)\nfor n in range(3, 64): os.dup2(null, n)",
    "close and reopen at once": """
for n in range(3, 64):
    try:
        os.close(n)
    except OSError:
        continue
    os.open(f'own-{n}.txt', os.O_RDWR | os.O_CREAT)
""",
    "limit them": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))",
    "fork": "if os.fork() == 0:\n    os.closerange(3, 4096)\n    os._exit(0)\nos.wait()",
}
REPORT = """
fd = os.open("report.csv", os.O_RDWR | os.O_CREAT)
with open(fd, "w+") as report:
    report.write("id,name\\n1,alice\\n")
    report.flush()
    work(0.5)
    report.seek(0)
    print(fd, len(report.read()))
print(sorted(name for name in os.listdir() if not name.startswith(("t.db", "__"))))
for name in os.listdir():
    if name.startswith("own-"):
        print(name, os.path.getsize(name))
"""


@pytest.mark.parametrize("act", DESCRIPTORS)
def test_descriptors(act, tmp_path):
    program = f"import os\n{WORK}\n{DESCRIPTORS[act]}\n{REPORT}"
    folders = [tmp_path / "bare", tmp_path / "recorded"]
    for folder in folders:
        write(folder, "app.py", program)
    plain, seen = bare(folders[0], "app.py"), record(folders[1], "app.py")
    assert outcome(seen) == outcome(plain)
    assert (folders[1] / "report.csv").read_bytes() == b"id,name\n1,alice\n"
    # Recording goes on: the last line is there.
    assert_sound(folders[1])
    assert info(folders[1])["ending"] == "exit 0"
    assert dump(folders[1])[-1]["event"] == "return"


def test_descriptors_have_the_numbers_they_would_have(tmp_path):
    write(
        tmp_path,
        "app.py",
        f"import os\n{WORK}\n"
        "first = os.open('/dev/null', 0)\nwork(0.3)\nsecond = os.open('/dev/null', 0)\n"
        "print(first, second, sorted(os.listdir('/proc/self/fd')))\n"
        "print(os.popen('ls /proc/self/fd').read())\n",
    )
    assert_same(tmp_path, "app.py")


@pytest.mark.parametrize(
    "act",
    [
        "os.remove('t.db')",
        "os.remove('t.db-wal')",
        "os.truncate('t.db', 0)",
        "open('t.db', 'w').write('mine')",
        "os.rename('t.db', 'u.db'); open('t.db', 'w').write('mine')",
        "os.remove('t.db-wal'); open('t.db-wal', 'w').write('mine')",
        "open('t.db-journal', 'w').write('mine')",
        "os.chdir('..'); os.rename(here, here + '-moved')",
        "import shutil; os.chdir('..'); shutil.rmtree(here); os.mkdir(here); open(here + '/t.db', 'w').write('mine')",
    ],
)
def test_files(act, tmp_path):
    """Whatever becomes of the trace, nothing but it is written to, and the program does not notice."""
    folder = tmp_path / "in"
    program = f"import os\n{WORK}\nhere = os.getcwd()\nwork(0.1)\nif os.path.exists('t.db'):\n    {act}\nwork(0.3)\nprint('done')\n"
    write(folder, "app.py", program)
    done = record(folder, "app.py", options=[])
    assert (done.returncode, done.stdout) == (0, b"done\n"), done
    said = done.stderr.decode()
    assert said.count("\n") == 1 and said.startswith("rdbg: "), said
    found = [path for path in tmp_path.rglob("t.db*") if path.read_bytes() == b"mine"]
    # What the program writes into the trace itself is nobody else's.
    is_in_trace = act.startswith("open('t.db', 'w')")
    assert is_in_trace or len(found) == ("mine" in act), (act, said)
    for path in tmp_path.rglob("*.db"):
        opened = rdbg(path.parent, "info", path.name)
        assert opened.returncode in (0, 1, 65) and b"panicked" not in opened.stderr, opened


def test_a_blocked_signal_is_the_programs(tmp_path):
    write(
        tmp_path,
        "app.py",
        f"import os, signal\n{WORK}\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])\nwork(0.1)\n"
        "for number in (signal.SIGUSR1, signal.SIGTERM):\n"
        "    os.kill(os.getpid(), number)\n    work(0.1)\n"
        "print(signal.sigpending())\n"
        "print(signal.sigwait([signal.SIGUSR1]), signal.sigwait([signal.SIGTERM]))\n",
    )
    assert_same(tmp_path, "app.py")
    assert_sound(tmp_path)


def test_signals_show_as_they_are(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import faulthandler, os, signal, subprocess, sys\n"
        "for number in sorted(signal.valid_signals()):\n"
        "    if number not in (signal.SIGKILL, signal.SIGSTOP):\n        print(number, signal.getsignal(number))\n"
        "print(faulthandler.is_enabled(), os._exit, os._exit.__doc__, os.execv, os.execve.__name__)\n"
        "print(sys.getrefcount(os._exit), os._exit == os._exit)\n"
        "if os.fork() == 0:\n    signal.raise_signal(signal.SIGTERM)\n"
        "print(os.wait()[1])\n"
        "if os.fork() == 0:\n    os._exit(7)\n"
        "print(os.wait()[1])\n"
        "print(subprocess.run([sys.executable, '-c', 'import os; os.abort()']).returncode)\n",
    )
    assert_same(tmp_path, "app.py")
    assert_sound(tmp_path)


# A limit on the size of files raises SIGXFSZ, a closed standard error SIGPIPE; both may be deadly again.
DEADLY = f"""
import os, resource, signal
{WORK}
for number in (signal.SIGXFSZ, signal.SIGPIPE):
    signal.signal(number, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for _ in range(100_000):
    pieces = [object()]
print(True, flush=True)
"""


def test_signals_of_the_recorders_writing_reach_nobody(tmp_path):
    write(tmp_path, "app.py", DEADLY)
    reader, writer = os.pipe()
    os.close(reader)
    command = [*RDBG, "record", "-o", "t.db", "app.py"]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=writer, env=environment(), timeout=60)
    os.close(writer)
    assert (done.returncode, done.stdout) == (0, b"True\n")
    # There may be no room for the ending.
    ending = info(tmp_path)["ending"]
    assert ending.startswith("recording stopped: ") or ending.endswith("or its disk was full")


def test_what_is_said_goes_to_standard_error_or_nowhere(tmp_path):
    """The program gives number 2 to a file of its own."""
    write(tmp_path, "app.py", "import os\nos.close(2)\nfile = open('own.txt', 'w')\nprint(file.fileno())\n")
    done = record(tmp_path, "app.py", options=[])
    assert (done.returncode, done.stdout, done.stderr) == (0, b"2\n", b"")
    assert (tmp_path / "own.txt").read_bytes() == b""
    assert_sound(tmp_path)


OUT_OF_MEMORY = f"""
import resource, sys
{WORK}
def pile(kept):
    while True:
        kept.append(bytearray(50_000))
work(0.05)
with open("/proc/self/statm") as file:
    now = int(file.read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[1]), -1))
kept = []
try:
    pile(kept)
except MemoryError:
    kept.clear()
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
print("went on", work(0.01) > 0)
"""


@pytest.mark.parametrize("room", [100_000, 1_000_000, 5_000_000, 20_000_000, 60_000_000])
def test_out_of_memory(room, tmp_path):
    write(tmp_path, "app.py", OUT_OF_MEMORY)
    done = record(tmp_path, "app.py", str(room), options=[])
    assert (done.returncode, done.stdout) == (0, b"went on True\n"), done
    assert done.stderr.startswith(b"rdbg: ") and done.stderr.count(b"\n") == 1, done.stderr
    assert rdbg(tmp_path, "verify", "t.db").returncode == 0


def test_the_number_of_an_exit_is_the_processs(tmp_path):
    for code, expected in [("Code.BAD", 4), ("Code.OK", 0), ("True", 1), ("2**70", 255), ("-1", 255), ("'text'", 1)]:
        write(
            tmp_path,
            "app.py",
            f"import enum, sys\nclass Code(enum.IntEnum):\n    OK = 0\n    BAD = 4\nsys.exit({code})\n",
        )
        done = record(tmp_path, "app.py", options=["--quiet", "--force"])
        assert done.returncode == expected == bare(tmp_path, "app.py").returncode
        assert info(tmp_path)["ending"] == f"exit {expected}", code


def test_a_trace_that_is_being_recorded_is_not_replaced(tmp_path):
    write(tmp_path, "app.py", f"{WORK}\nprint('ready', flush=True)\nwork(60)\n")
    command = [*RDBG, "record", "--quiet", "-o", "t.db", "app.py"]
    first = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, env=environment())
    try:
        assert first.stdout.readline() == b"ready\n"
        second = record(tmp_path, "app.py", options=["--force"])
        assert (second.returncode, second.stdout) == (125, b"")
        assert b"is being recorded right now" in second.stderr
    finally:
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == -signal.SIGTERM
        first.stdout.close()
    assert_sound(tmp_path)
    assert info(tmp_path)["ending"] == "killed by SIGTERM"


def test_recordings_at_once_in_one_folder(tmp_path):
    write(tmp_path, "app.py", "print(sum(range(1000)))\n")
    many = [
        subprocess.Popen([*RDBG, "record", "--quiet", "app.py"], cwd=tmp_path, stdout=subprocess.PIPE, env=environment())
        for _ in range(8)
    ]
    for one in many:
        assert (one.communicate(timeout=60)[0], one.returncode) == (b"499500\n", 0)
    traces = sorted(path.name for path in tmp_path.glob("*.db*"))
    assert len(traces) == 8
    for trace in traces:
        assert_sound(tmp_path, trace)


def test_no_thread_can_be_started(tmp_path):
    """As a user of whom there may be no more processes; root is not limited."""
    if os.geteuid() == 0:
        pytest.skip("root may have as many processes as it likes")
    write(tmp_path, "app.py", "print('hello')\n")

    def limit():
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

    command = [*RDBG, "record", "-o", "t.db", "app.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment(), preexec_fn=limit, timeout=60)
    assert done.returncode == 125 and b"no thread for the writer" in done.stderr
