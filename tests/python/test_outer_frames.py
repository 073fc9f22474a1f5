"""Frames that wait below the running one show what is there now, too."""

import rdbg
from harness import assert_sound, record, write

SHARED = """
def outer():
    count, box = 0, []

    def inner(n):
        nonlocal count, box
        count += n
        box = [count, box]
        if n:
            inner(n - 1)
        del box
        box = n

    def twice(n):
        inner(n)
        return [inner(n) for _ in range(2)], count

    twice(3)
    many = (box for _ in range(2))
    next(many)
    box = [count]
    return count, box, twice, many

outer()
"""

CANCELLED = """
import asyncio

async def inner(log):
    try:
        await asyncio.sleep(60)
    finally:
        log.append("inner")

async def outer(log):
    await inner(log)

async def main():
    task = asyncio.create_task(outer([]))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass

asyncio.run(main())
"""


def shown(value):
    return value if not hasattr(value, "items") else (value, value.items)


def test_they_show_what_inner_functions_bind(tmp_path):
    record(tmp_path, write(tmp_path, "app.py", SHARED))
    assert_sound(tmp_path)
    seen = set()
    for event in rdbg.open(tmp_path / "t.db"):
        # At a start, arguments and what comes with them are yet to be bound.
        running = event.frames[-1].locals if event.kind != "start" else {}
        for name in {"count", "box"} & set(running):
            held = [frame.locals.get(name) for frame in event.frames if frame.function != "<module>"]
            held = [shown(value) for value in held if value is not None]
            assert all(value == held[0] for value in held), (event, name, held)
            seen.add((name, len(held)))
    assert {("count", 6), ("box", 5), ("box", 2)} <= seen, seen


def test_the_last_change_is_found_in_the_inner_function(tmp_path):
    record(tmp_path, write(tmp_path, "app.py", SHARED))
    trace = rdbg.open(tmp_path / "t.db")
    waits = [event for event in trace if event.function == "outer.<locals>.twice" and event.kind == "return"][-1]
    trace.goto(waits.position)
    assert waits.locals["count"] == 18
    trace.last("count")
    # There, `inner(0)` adds nothing: that is a store all the same, and the last one.
    found = trace[trace.position]
    assert (found.function, found.line, found.locals["n"]) == ("outer.<locals>.inner", 7, 0)


def test_awaiting_frames_are_below_what_is_cancelled(tmp_path):
    record(tmp_path, write(tmp_path, "app.py", CANCELLED))
    assert_sound(tmp_path)
    events = list(rdbg.open(tmp_path / "t.db"))
    kept = [event for event in events if event.function == "inner" and event.line == 8]
    assert [[frame.function for frame in event.frames] for event in kept] == [["<module>", "outer", "inner"]] * len(kept)
    assert {event.kind for event in kept} >= {"line"}
