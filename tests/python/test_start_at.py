"""`--start-at`, `--stop-at`, `--only`: a recording that begins late, ends early, or keeps to a function."""

import json

import pytest
from harness import PYTHON, assert_sound, bare, dump, info, leftovers, outcome, rdbg, record, run, write

BANK = """\
class Bank:
    def __init__(self):
        self.total = 0
        self.log = []

    def pay(self, amount):
        self.total += amount
        self.note(amount)
        return self.total

    def note(self, amount):
        self.log.append(amount)

def run(bank, count):
    for n in range(count):
        bank.pay(n)  # @call
    return bank.total  # @end

def outer():
    bank = Bank()
    secret = "alive"
    result = run(bank, 50)
    return result, secret

if __name__ == "__main__":
    print(outer())
"""
CALL = BANK.splitlines().index("        bank.pay(n)  # @call") + 1


def recorded(cwd, *options, program="app.py", **more):
    """Record a program, as it runs bare; return the events."""
    plain = bare(cwd, program, **more)
    done = record(cwd, program, options=("--quiet", "--force", *options), **more)
    assert outcome(done) == outcome(plain)
    assert_sound(cwd)
    return dump(cwd)


def test_at_a_line_where_something_holds(tmp_path):
    """All that is on the stack and alive is there from the first event."""
    write(tmp_path, "app.py", BANK)
    events = recorded(tmp_path, "--start-at", f"app.py:{CALL} if n == 40 and bank.total > 3")
    first = events[0]
    assert (first["event"], first["line"], first["func"], first["depth"]) == ("line", CALL, "run", 2)
    assert first["locals"]["n"] == {"type": "int", "repr": "40"}
    fields = first["locals"]["bank"]["fields"]
    assert fields["total"]["repr"] == "780" and fields["log"]["len"] == 40
    starts = [event["func"] for event in events if event["event"] == "start"]
    assert starts == ["Bank.pay", "Bank.note"] * 10
    told = rdbg(tmp_path, "replay", "t.db", "--at", "start", "-e", "up", "-e", "p secret").stdout.decode()
    assert "'alive'" in told
    left_out = {entry["rule"]: entry["path"] for entry in info(tmp_path)["left_out"]}
    assert left_out["--start-at"] == f"what ran before app.py:{CALL}"


@pytest.mark.parametrize("place", ["Bank.pay", "app.Bank.pay", "__main__.Bank.pay"])
def test_at_a_function(place, tmp_path):
    write(tmp_path, "app.py", BANK)
    events = recorded(tmp_path, "--start-at", f"{place} if amount == 45", "--stop-at", f"app.py:{CALL + 1}")
    assert [events[0][key] for key in ("event", "func", "depth")] == ["start", "Bank.pay", 3]
    assert events[1]["locals"]["amount"]["repr"] == "45"
    assert (events[-1]["event"], events[-1]["line"]) == ("line", CALL + 1), "the place is the last event"
    assert len([event for event in events if event["event"] == "start"]) == 10
    assert info(tmp_path)["ending"] == f"recording stopped: app.py:{CALL + 1} was reached (--stop-at)"


def test_stop_at_a_function(tmp_path):
    write(tmp_path, "app.py", BANK)
    events = recorded(tmp_path, "--stop-at", "Bank.note")
    assert [events[-1][key] for key in ("event", "func")] == ["start", "Bank.note"]
    done = record(tmp_path, "app.py", options=("--force", "--stop-at", "run"))
    said = b"rdbg: recording stopped: run was reached (--stop-at); t.db holds the first "
    assert done.stderr.startswith(said), done.stderr


def test_in_code_that_is_not_recorded(tmp_path):
    """A place may be in a library; what is recorded are the program's own frames."""
    write(tmp_path, "app.py", "import json\nfor n in range(5):\n    text = json.dumps([n])\nprint(text)\n")
    events = recorded(tmp_path, "--start-at", "json.dumps if obj == [3]")
    assert (events[0]["event"], events[0]["line"], events[0]["locals"]["n"]["repr"]) == ("line", 2, "3")
    line = json.dumps.__code__.co_firstlineno
    body = next(at for _, _, at in json.dumps.__code__.co_lines() if at and at > line)
    events = recorded(tmp_path, "--stop-at", f"json/__init__.py:{body}")
    assert events[-1]["line"] == 3 and events[-1]["locals"]["n"]["repr"] == "0"


def test_a_place_that_is_never_reached(tmp_path):
    write(tmp_path, "app.py", BANK)
    for place in ("nowhere", "app.py:4000", "other.py:3", "Bank.pay if amount < 0"):
        done = record(tmp_path, "app.py", options=("--start-at", place))
        where = place.partition(" if ")[0]
        said = f"rdbg: {where} was not reached, so nothing was recorded (--start-at)\n"
        assert done.stderr.decode() == said
        assert done.stdout == bare(tmp_path, "app.py").stdout
    assert {path.name for path in tmp_path.iterdir()} == {"app.py"}


@pytest.mark.parametrize("end", ["os._exit(3)", "os.abort()", "sys.exit(4)", "1 / 0", "os.fork() or os._exit(0)"])
def test_ends_before_it_is_reached(end, tmp_path):
    write(tmp_path, "app.py", f"import os, sys\nprint(1, flush=True)\n{end}\n")
    plain = bare(tmp_path, "app.py")
    assert outcome(record(tmp_path, "app.py", options=("-q", "--start-at", "nowhere"))) == outcome(plain)
    assert {path.name for path in tmp_path.iterdir()} == {"app.py"} and leftovers(tmp_path) == []


def test_a_condition_that_fails_is_said_and_recording_begins(tmp_path):
    write(tmp_path, "app.py", BANK)
    done = record(tmp_path, "app.py", options=("-q", "--start-at", "Bank.pay if amonut > 3"))
    said = (
        b"rdbg: Bank.pay: the condition of --start-at cannot be evaluated "
        b"(NameError: name 'amonut' is not defined); recording begins\n"
    )
    assert done.stderr == said
    assert dump(tmp_path)[1]["locals"]["amount"]["repr"] == "0"
    done = record(tmp_path, "app.py", trace="u.db", options=("-q", "--start-at", "run if a b"))
    assert done.returncode == 125 and done.stdout == b""
    assert b"rdbg: --start-at: a b is no expression: invalid syntax" in done.stderr


def test_a_condition_runs_in_the_program(tmp_path):
    """It may call what the program has; places that it passes itself do not count."""
    text = BANK.replace("def run(", "def is_large(bank):\n    return bank.pay(0) > 100\n\ndef run(")
    write(tmp_path, "app.py", text)
    done = record(tmp_path, "app.py", options=("-q", "--start-at", "Bank.pay if is_large(self)"))
    assert done.stderr == b"" and b"1225" in done.stdout
    # 0 + 1 + … + 14 is 105.
    assert dump(tmp_path)[1]["locals"]["amount"]["repr"] == "15"


def test_generators_tasks_and_threads(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import asyncio, threading\n"
        "def numbers(n):\n    for i in range(n):\n        yield i  # @yield\n"
        "async def work(n):\n    total = 0\n    for i in numbers(n):\n        total += i\n"
        "        await asyncio.sleep(0)\n    return total\n"
        "async def main():\n    return await asyncio.gather(*(work(n) for n in range(1, 9)))\n"
        "results = []\n"
        "def thread(n):\n    results.append(sum(asyncio.run(main())) + n)\n"
        "threads = [threading.Thread(target=thread, args=(n,)) for n in range(4)]\n"
        "for one in threads:\n    one.start()\n"
        "for one in threads:\n    one.join()\n"
        "print(sorted(results))\n",
    )
    for place in ("app.py:4 if i == 5", "work if n == 7", "app.py:9 if total == 10", "thread if n == 2"):
        events = recorded(tmp_path, "--start-at", place)
        assert len(events) > 50, place


def test_a_fork_meanwhile(tmp_path):
    write(
        tmp_path,
        "app.py",
        "import os\ndef work(n):\n    return n + 1\n"
        "for n in range(3):\n    if os.fork() == 0:\n        work(n)\n        os._exit(0)\n    os.wait()\n"
        "print(work(5))\n",
    )
    events = recorded(tmp_path, "--start-at", "work")
    assert [events[0]["event"], events[1]["locals"]["n"]["repr"]] == ["start", "5"]


def test_only_a_function(tmp_path):
    write(tmp_path, "app.py", BANK)
    events = recorded(tmp_path, "--only", "Bank.pay")
    assert {event["func"] for event in events} == {"Bank.pay"}
    # What it calls is not recorded; what that did shows.
    last = [event for event in events if event["event"] == "line"][-1]
    fields = last["locals"]["self"]["fields"]
    assert fields["log"]["len"] == 50 and fields["total"]["repr"] == "1225"
    events = recorded(tmp_path, "--only", "Bank", "--only", "outer")
    assert {event["func"] for event in events} == {"Bank", "Bank.__init__", "Bank.pay", "Bank.note", "outer"}


def test_only_takes_what_stands_in_a_function(tmp_path):
    text = "def outer(n):\n    def inner(k):\n        return k + n\n    return sum(inner(k) for k in range(n))\n"
    write(tmp_path, "app.py", text + "def other():\n    return 1\nprint(outer(3), other())\n")
    names = {event["func"] for event in recorded(tmp_path, "--only", "outer")}
    assert names == {"outer", "outer.<locals>.inner", "outer.<locals>.<genexpr>"}


def test_they_stand_in_the_project_but_not_for_blocks(tmp_path):
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\nstart_at = 'run'\nstop_at = 'nowhere'\nonly = 'outer'\n")
    write(tmp_path, "app.py", BANK)
    names = {event["func"] for event in recorded(tmp_path)}
    assert names == {"outer"}
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\nstart_at = 'run'\n")
    write(tmp_path, "block.py", "import rdbg\nwith rdbg.record('b.db'):\n    x = 1\nrdbg.record('c.db', start_at='x')\n")
    done = run([*PYTHON, "block.py"], tmp_path)
    assert b"start_at and stop_at are for programs; a block begins where it stands" in done.stderr
    assert len(dump(tmp_path, "b.db")) > 0
