"""`yield from` and `await`: what they hand on to is recorded, or C code that changes things meanwhile."""

import functools
import itertools
import operator
import types


class Stop(Exception):
    pass


def inner(items):
    got = yield len(items)
    items.append(got)
    try:
        yield items
    except Stop:
        items.append("stopped")
        yield "stopped"
    return items[-1]


def outer(items, log):
    first = yield from inner(items)
    log.append(first); second = yield from inner(items)
    operator.iadd(log, [second]); third = yield from inner(items); operator.iadd(log, [third])
    operator.iadd(log, [(yield from inner(items)), (yield from inner(log))])
    items[0] = yield from inner(log)
    return operator.iadd(log, [(yield from inner([]))])


def through_c(items, log):
    yield from iter(functools.partial(items.pop), 3)
    yield from map(log.append, [1, 2]); log.append(3)
    yield from itertools.chain(map(log.append, [4]), inner(items), map(items.append, [5]))
    n = yield from itertools.starmap(items.insert, [(0, "x"), (1, "y")])
    both = zip(inner(log), map(items.append, range(9)))
    yield from both
    return n


def switching(items, log):
    """The same line hands on to what is recorded, and to what is not."""
    for source in [inner(items), map(log.append, [6, 7]), inner(log), [8, 9], map(items.append, "ab")]:
        yield from source
    while True: log.append((yield from map(items.append, "c"))); break
    yield [(n, log) for n in items if operator.iadd(log, [n])][:1]


SOURCES = []


class Hidden:
    """It takes from a list by C code, and gives what is recorded."""

    __iter__ = SOURCES.pop
    __await__ = SOURCES.pop


class Plain:
    def __init__(self, items):
        self.items = items

    def __await__(self):
        self.items.append("awaited")
        return map(self.items.append, [1, 2])


class Written(Plain):
    def __await__(self):
        got = yield self.items
        self.items.append(got)
        return len(self.items)


def hidden(items):
    SOURCES.extend([inner(items), inner(items)])
    source = Hidden()
    yield from source
    yield from source; items.append(len(SOURCES))
    SOURCES.extend([inner(items), inner(items), inner(items)])
    sources = [source]
    yield from sources[0]
    yield from Hidden()
    for n in Hidden(): items.append(len(SOURCES))


@types.coroutine
def old_style(items):
    yield from inner(items)


async def leaf(items, n):
    items.append(n)
    if n % 2:
        await Written(items)
    return n


async def branch(items, log):
    a = await leaf(items, 1)
    b = await leaf(items, 2) + await leaf(log, 3)
    operator.iadd(log, [await leaf(items, 4)]); c = await Plain(log); operator.iadd(items, [c])
    log[0] = await old_style(items)
    SOURCES.append(inner(items))
    source = Hidden()
    await source; items.append(len(SOURCES))
    every = [await leaf(items, n) for n in range(3)]
    log[await leaf(items, 5)] += await leaf(log, 6)
    return operator.iadd(every, [a, b, c, await leaf(await leaf_of(items), 7)])


async def leaf_of(items):
    return items


class Ticks:
    def __init__(self, items):
        self.items = items

    async def __aenter__(self):
        await leaf(self.items, 8)
        return self

    async def __aexit__(self, *_):
        self.items.append(await leaf(self.items, 9))

    def __aiter__(self):
        return self

    async def __anext__(self):
        if len(self.items) > 20:
            raise StopAsyncIteration
        return await leaf(self.items, len(self.items))


async def asking(items):
    async with Ticks(items) as ticks:
        async for n in ticks:
            items.append(n); await leaf(items, 10)
    return [n async for n in Ticks(items[:18])]


def drive(routine, throw_at, sends=True):
    seen = []
    for turn in range(60):
        try:
            seen.append(routine.throw(Stop()) if turn in throw_at else routine.send(turn if turn and sends else None))
        except StopIteration as stop:
            seen.append(stop.value)
            break
        except Stop:
            seen.append("ended")
            break
    routine.close()
    return seen


def main():
    for throw_at in [(), (2,), (2, 5), (1,)]:
        items, log = [1, 2, 3, 4], [0] * 9
        print(len(drive(outer(items, log), throw_at)), len(items), len(log))
        print(len(drive(switching(items, log), throw_at, False)), len(items), len(log))
        print(len(drive(hidden(items), throw_at)), len(items), len(SOURCES))
        SOURCES.clear()
        print(len(drive(branch(items, log), throw_at, False)), len(items), len(log))
        SOURCES.clear()
        print(len(drive(asking(items[:4]), throw_at)))
        items, log = [1, 2, 3, 4], [0] * 9
        print(len([*through_c(items, log)]), len(items), len(log))


main()
