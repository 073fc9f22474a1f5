"""Frames begin over and over: their first lines are told whatever leads there, and once each."""

import signal
import sys
import threading


def plain(x): return x + 1


def spread(
    x,
    y=2,
):
    """The first line is behind this text."""
    return [
        x,
        y,
    ]


def loop_first(x):
    while x:
        x -= 1
    return x


def one_line_loop(x):
    for _ in range(x): x += 1
    return x


def raises(x):
    raise ValueError(x)


def guarded(x):
    try:
        return 1 // x
    except ZeroDivisionError:
        return None


def changes(items):
    items.append(len(items))
    return items


def generator(items):
    items.append("begun")
    yield items
    items.append("gone on")


def recursive(n, seen):
    seen.append(n)
    if n:
        recursive(n - 1, seen)
    seen.append(-n)


def cells(x):
    def inner():
        nonlocal x
        x += 1
        return x

    return inner() + inner()


def starred(*arguments, **named):
    arguments += (1,)
    named["a"] = arguments
    return named


class Shape:
    def __init__(self, size):
        self.size = size

    @property
    def area(self):
        return self.size**2


def interrupted():
    caught = []

    def handler(number, frame):
        caught.append(number)

    before = signal.signal(signal.SIGUSR1, handler)
    for n in range(4):
        signal.raise_signal(signal.SIGUSR1)
        plain(n)
    signal.signal(signal.SIGUSR1, before)
    return caught


def main():
    shared = []
    for n in range(4):
        plain(n)
        spread(n)
        spread([n], y=[shared])
        loop_first(n)
        one_line_loop(n)
        try:
            raises(n)
        except ValueError as error:
            shared.append(str(error))
        guarded(n)
        changes(shared)
        changes([n])
        list(generator(shared))
        recursive(n, shared)
        cells(n)
        starred(n, b=shared)
        Shape(n).area
        if n == 2:
            # What was switched off is switched on again, for all who asked.
            sys.monitoring.restart_events()
    assert len(interrupted()) == 4
    other = threading.Thread(target=recursive, args=(3, shared))
    other.start(); other.join()
    print(len(shared), shared[-1])


main()
