"""The first line of a frame is told with its start: never twice, never late, in any thread."""

from collections import defaultdict

from harness import dump, record

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
