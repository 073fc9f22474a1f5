"""The first line of a frame is told with its start: never twice, never late, in any thread."""

from collections import defaultdict

from harness import PYTHON, dump, record, run

PROGRAM = '''
import sys
import threading

SOURCE = """
def f(x):
    y = x + 1
    z = y * 2
    return z
"""


def run(f, go):
    go.wait()
    for n in range(3):
        f(n)


def main():
    # Up to 3.12, another thread can come between the start of a frame and its first line.
    sys.setswitchinterval(1e-6)
    for _ in range(150):
        names = {}
        exec(compile(SOURCE, __file__, "exec"), globals(), names)
        go = threading.Barrier(3)
        threads = [threading.Thread(target=run, args=(names["f"], go)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


main()
'''


def test_code_that_several_threads_run_for_the_first_time(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    record(tmp_path, "program.py")
    frames = defaultdict(list)
    for event in dump(tmp_path, "t.db", "--depth", "1"):
        if event["func"] == "f":
            frames[event["frame"]].append(event)
    assert len(frames) == 150 * 3 * 3
    for events in frames.values():
        assert [event["event"] for event in events] == ["start", "line", "line", "line", "return"]
        lines = [
            {name: int(value["repr"]) for name, value in event["locals"].items()}
            for event in events[1:4]
        ]
        x = lines[0]["x"]
        assert lines == [{"x": x}, {"x": x, "y": x + 1}, {"x": x, "y": x + 1, "z": 2 * x + 2}]


TWICE = """
import rdbg


def grown(x):
    y = x + 1
    return y


def given(items):
    for item in items:
        yield grown(item)


def work():
    found = []
    for n in range(3):
        found.append(grown(n))
    found.extend(given([1, 2]))
    return found


for number in range(3):
    with rdbg.record(f"{number}.db"):
        work()
"""


def test_a_process_that_records_again(tmp_path):
    # What the recording before has switched off must come again.
    (tmp_path / "twice.py").write_text(TWICE)
    done = run([*PYTHON, "twice.py"], tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    first, *others = [
        [(event["event"], event["func"], event["line"]) for event in dump(tmp_path, f"{n}.db")]
        for n in range(3)
    ]
    assert ("line", "grown", 6) in first and ("line", "given", 11) in first
    assert all(other == first for other in others)
