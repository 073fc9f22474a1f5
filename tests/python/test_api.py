"""Recording a part of a program: `record`, `start`, `stop`, `mark`. Each test runs a program of its own."""

import pytest
from harness import assert_sound, bare, dump, info, leftovers, rdbg, write

FREE = "[sys.monitoring.get_tool(n) for n in range(6)] == [None] * 6"


def program(folder, text):
    """Run a program under plain Python; what it prints, as lines."""
    path = write(folder, "app.py", "import rdbg, sys\n" + text)
    done = bare(folder, path)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode().splitlines()


def lines(events, function):
    """Of the line events of a function: line and names of variables with their texts."""
    texts = {}
    for event in events:
        if event["event"] == "line" and event["func"] == function:
            shown = {name: value.get("repr") for name, value in event["locals"].items()}
            texts[event["line"]] = shown
    return texts


def test_a_block_is_recorded_with_the_frames_that_run(tmp_path):
    out = program(tmp_path, """
def inner(n):
    with rdbg.record("t.db") as recording:
        total = n + 1
    return recording.path, total

def outer():
    held = [1, 2]
    return inner(len(held))

print(outer()[1])
print(rdbg.recording(), """ + FREE + """, sys.monitoring.get_events(3))
""")
    assert out == ["3", "None True 0"]
    assert_sound(tmp_path)
    events = dump(tmp_path)
    first = events[0]
    assert (first["func"], first["depth"], first["line"]) == ("inner", 2, 5)
    assert first["locals"]["n"]["repr"] == "2"
    done = rdbg(tmp_path, "replay", "t.db", "-e", "up", "-e", "p held")
    assert b"[1, 2]" in done.stdout
    assert info(tmp_path)["ending"] == "the block ended"
    assert leftovers(tmp_path) == []


def test_a_thread_and_a_generator_that_began_before(tmp_path):
    program(tmp_path, """
import threading

def numbers():
    for number in (10, 20, 30):
        yield number

def work():
    inside = [1]
    ready.set()
    go.wait()
    inside.append(2)

ready, go = threading.Event(), threading.Event()
thread = threading.Thread(target=work, name="worker")
thread.start()
ready.wait()
source = numbers()
next(source)
with rdbg.record("t.db"):
    second = next(source)
    go.set()
    thread.join()
""")
    assert_sound(tmp_path)
    events = dump(tmp_path)
    resumed = [event for event in events if event["func"] == "numbers"]
    assert [event["event"] for event in resumed] == ["resume", "line", "line", "yield"]
    assert resumed[1]["locals"]["number"]["repr"] == "10"
    assert resumed[-1]["value"]["repr"] == "20"
    worker = [event for event in events if event["thread_name"] == "worker"]
    assert worker[0]["depth"] == 0 and worker[0]["func"] == "work"
    assert worker[0]["locals"]["inside"]["len"] == 1
    assert worker[-1]["event"] == "return"


def test_recordings_follow_one_another(tmp_path):
    out = program(tmp_path, """
def work(number):
    return [number] * 2

for number in range(20):
    with rdbg.record(f"t{number}.db"):
        work(number)
print(""" + FREE + """)
""")
    assert out == ["True"]
    for number in (0, 19):
        events = dump(tmp_path, f"t{number}.db")
        ends = [event["value"] for event in events if event["event"] == "return" and event["func"] == "work"]
        assert [[item["repr"] for item in end["items"]] for end in ends] == [[str(number)] * 2]
        assert [event["pos"] for event in events] == list(range(len(events)))


def test_exceptions_pass_through(tmp_path):
    out = program(tmp_path, """
error = KeyError("x")
try:
    with rdbg.record("t.db"):
        raise error
except KeyError as caught:
    print(caught is error, caught.__context__, len(list(sys.exc_info())))
try:
    with rdbg.record("u.db"):
        sys.exit(4)
except SystemExit as caught:
    print(caught.code)
print(""" + FREE + """)
""")
    assert out == ["True None 3", "4", "True"]
    assert info(tmp_path)["ending"] == "KeyError left the block"
    assert info(tmp_path, "u.db")["ending"] == "SystemExit left the block"


def test_functions_are_decorated(tmp_path):
    out = program(tmp_path, """
import asyncio, inspect

@rdbg.record
def fact(n: int) -> int:
    "Doc."
    return 1 if n < 2 else n * fact(n - 1)

@rdbg.record("gen.db")
def pairs(n):
    got = yield n
    yield got

@rdbg.record("co.db")
async def wait():
    await asyncio.sleep(0)
    return 5

@rdbg.record("agen.db")
async def ticks():
    got = yield 1
    yield got

async def drive():
    source = ticks()
    return [await source.asend(None), await source.asend("sent"), await source.aclose()]

class Shop:
    @rdbg.record("method.db")
    def price(self):
        return 9

print(fact(4), fact.__name__, fact.__doc__, inspect.signature(fact))
print(list(pairs(3)), asyncio.run(wait()), asyncio.run(drive()), Shop().price())
print(inspect.isgeneratorfunction(pairs), inspect.iscoroutinefunction(wait), inspect.isasyncgenfunction(ticks))
print(""" + FREE + """)
""")
    assert out == ["24 fact Doc. (n: int) -> int", "[3, None] 5 [1, 'sent', None] 9", "True True True", "True"]
    starts = [event for event in dump(tmp_path, "trace.db") if event["event"] == "start" and event["func"] == "fact"]
    assert len(starts) == 4
    for trace, function in [("gen.db", "pairs"), ("co.db", "wait"), ("agen.db", "ticks"), ("method.db", "Shop.price")]:
        assert function in {event["func"] for event in dump(tmp_path, trace)}, trace
    assert not (tmp_path / "trace-2.db").exists()


def test_marks_are_found(tmp_path):
    program(tmp_path, """
rdbg.mark("unheard")
def work():
    count = 1
    rdbg.mark("in the middle")
    count = 2
    return count
rdbg.start("t.db", level="lines")
work()
rdbg.stop()
rdbg.mark("unheard")
""")
    marks = [event for event in dump(tmp_path) if event["event"] == "mark"]
    assert [(m["name"]["repr"], m["line"], m["func"]) for m in marks] == [("'in the middle'", 6, "work")]
    done = rdbg(tmp_path, "replay", "t.db", "-e", "marks", "-e", "goto in the middle", "-e", "p count")
    assert done.returncode == 0, done.stdout
    shown = done.stdout.decode()
    assert f"in the middle @{marks[0]['pos']} (by the program)" in shown
    assert shown.rstrip().endswith("1")


def test_levels_and_marks_without_values(tmp_path):
    program(tmp_path, """
def work(n):
    for n in range(n):
        rdbg.mark(f"round {n}")
    return n
with rdbg.record("t.db", locals=False, level="calls"):
    work(2)
    work(2)
""")
    assert_sound(tmp_path)
    events = dump(tmp_path)
    assert [e["name"]["repr"] for e in events if e["event"] == "mark"] == ["'round 0'", "'round 1'"] * 2
    assert len([e for e in events if e["event"] == "line" and e["func"] == "work"]) == 2


def test_what_cannot_be_is_refused_in_one_line(tmp_path):
    out = program(tmp_path, """
def attempt(act):
    try:
        act()
    except (rdbg.RecordError, TypeError) as error:
        print(type(error).__name__, error)

def nested():
    with rdbg.record("a.db"):
        rdbg.start("b.db")

attempt(nested)
attempt(rdbg.stop)
attempt(lambda: rdbg.record("x.db", max_size="3"))
attempt(lambda: rdbg.record("x.db", maxsize="3MB"))
attempt(lambda: rdbg.record("x.db", include=3))
attempt(lambda: rdbg.start("a.db"))
attempt(lambda: rdbg.start("no/such/t.db"))
attempt(lambda: rdbg.record("x.db")(int))
attempt(lambda: rdbg.mark(3))
for number in (3, 4, 5):
    sys.monitoring.use_tool_id(number, f"tool {number}")
attempt(lambda: rdbg.start("x.db"))
""")
    assert "is being recorded; end that recording with rdbg.stop() first" in out[0]
    assert out[1] == "RecordError nothing is recorded by rdbg.start(); call it first"
    assert out[2] == "RecordError max_size: the least is 1MB"
    assert out[3].startswith("RecordError maxsize: there is no such key; there are all, ")
    assert out[4].startswith("RecordError include: say a list of globs")
    assert "a.db: exists already" in out[5]
    assert out[6].startswith("RecordError ") and "no/such/t.db" in out[6]
    assert out[7].startswith("TypeError rdbg.record() decorates functions, not classes")
    assert out[8].startswith("TypeError")
    assert out[9].startswith("RecordError sys.monitoring has no free tool id (tool 3 holds 3, tool 4 holds 4,")
    assert len(out) == 10
    assert not (tmp_path / "x.db").exists()
    assert leftovers(tmp_path) == []


def test_start_in_one_thread_and_stop_in_another(tmp_path):
    out = program(tmp_path, """
import threading
def begin():
    rdbg.start("t.db")
thread = threading.Thread(target=begin)
thread.start()
thread.join()
total = sum([1, 2])
path = rdbg.stop()
print(total, """ + FREE + """)
""")
    assert out == ["3 True"]
    assert_sound(tmp_path)
    assert {event["func"] for event in dump(tmp_path)} == {"begin", "<module>"}


def test_a_forked_child_goes_its_own_way(tmp_path):
    out = program(tmp_path, """
import os, warnings
def child():
    print(rdbg.recording(), """ + FREE + """, flush=True)
    with rdbg.record("child.db"):
        mine = 1
    return mine
with rdbg.record("t.db"):
    pid = os.fork()
    if not pid:
        child()
    else:
        os.waitpid(pid, 0)
if not pid:
    os._exit(0)
print("parent")
""")
    assert out == ["None True", "parent"]
    assert_sound(tmp_path)
    assert_sound(tmp_path, "child.db")
    assert {event["func"] for event in dump(tmp_path)} == {"<module>"}


@pytest.mark.parametrize("end", ["pass", "raise SystemExit", "import os; os._exit(0)"])
def test_a_process_that_ends_while_it_is_recorded(tmp_path, end):
    program(tmp_path, f"""
import time
rdbg.start("t.db")
for number in range(3):
    total = number
time.sleep(1)
{end}
""")
    done = rdbg(tmp_path, "info", "t.db")
    how = b"os._exit" if "_exit" in end else b"the process ended while it was recorded"
    assert done.returncode == 0 and how in done.stdout
    assert [e for e in dump(tmp_path) if e["event"] == "line"][-1]["locals"]["total"]["repr"] == "2"


def test_a_generator_outlives_the_recording(tmp_path):
    out = program(tmp_path, """
def numbers():
    yield 1
    yield 2
with rdbg.record("t.db"):
    source = numbers()
    next(source)
print(next(source), """ + FREE + """)
with rdbg.record("u.db"):
    last = next(source, None)
""")
    assert out == ["2 True"]
    assert_sound(tmp_path)
    assert_sound(tmp_path, "u.db")
    assert [e["event"] for e in dump(tmp_path, "u.db") if e["func"] == "numbers"] == ["resume", "return"]


def test_other_tools_keep_working(tmp_path):
    out = program(tmp_path, """
seen = []
E = sys.monitoring.events
sys.monitoring.use_tool_id(1, "coverage")
sys.monitoring.register_callback(1, E.LINE, lambda code, line: seen.append(line) or sys.monitoring.DISABLE)
def work():
    return 1
sys.monitoring.set_local_events(1, work.__code__, E.LINE)
traced = []
def tracer(frame, event, argument):
    if frame.f_code is work.__code__ and event == "line" and not rdbg.recording() and not traced:
        traced.append(rdbg.start("t.db"))
    return tracer
sys.settrace(tracer)
work()
sys.settrace(None)
work()
rdbg.stop()
print(len(seen) >= 1, sys.monitoring.get_tool(1), len(traced))
""")
    assert out == ["True coverage 1"]
    assert_sound(tmp_path)
    assert "work" in {event["func"] for event in dump(tmp_path)}


def test_importing_costs_the_program_nothing(tmp_path):
    out = program(tmp_path, """
rdbg_modules = sorted(name for name in sys.modules if "rdbg" in name)
print(rdbg_modules, "json" in sys.modules, "functools" in sys.modules and "inspect" in sys.modules)
""")
    assert out[0].startswith("['rdbg'] False")
