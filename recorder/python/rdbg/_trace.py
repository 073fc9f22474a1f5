"""Read a trace: events, frames, values as they were, and the whole run's history."""

import os
from collections import namedtuple
from collections.abc import Sequence

from rdbg import _rdbg
from rdbg._errors import TraceError

Thread = namedtuple("Thread", "number name")
Mark = namedtuple("Mark", "name position")
Crash = namedtuple("Crash", "what type traceback")
Moment = namedtuple("Moment", "position is_bound value since")
Info = namedtuple("Info", "program argv cwd python platform started ending seconds events")


class Unknown:
    """What was not recorded, and why; it is never equal to a value."""

    def __init__(self, reason):
        self.reason = reason

    def __repr__(self):
        return f"<unknown: {self.reason}>"


class Cut:
    """A ``str`` or ``bytes`` of which only the beginning was recorded."""

    truncated = True

    def __init__(self, start, length):
        self.start = start
        self._length = length

    def __len__(self):
        return self._length

    def __repr__(self):
        return f"<{type(self.start).__name__} of {self._length}, cut: {self.start!r}>"


class Object:
    """An object of the program as it was at a position; a view, which runs nothing of it.

    Two views are equal if they show the same object: its ``id`` is its identity in the trace.
    Sequences and sets have ``items``, dicts ``pairs``, instances ``fields``; ``len()`` is the true
    length even where the contents were cut (``truncated``).
    """

    def __init__(self, reader, position, number):
        self._reader = reader
        self.position = position
        self.id = number
        self._parts = None

    def _part(self, name, default=None):
        if self._parts is None:
            self._parts = _asked(self._reader.object, self.position, self.id)
        return self._parts.get(name, default)

    @property
    def type(self):
        """The name of its class, with its module unless that is builtins or __main__."""
        return self._part("type")

    @property
    def kind(self):
        """How it holds what it holds: list, tuple, set, dict, instance, exception, opaque …"""
        return self._part("kind")

    @property
    def items(self):
        """The items of a sequence or set, in order."""
        return list(self._part("items", ()))

    @property
    def pairs(self):
        """Keys and values of a dict, in order of insertion."""
        return list(self._part("pairs", ()))

    @property
    def fields(self):
        """The attributes by name."""
        return dict(self._part("fields"))

    @property
    def truncated(self):
        """Whether a limit cut the contents."""
        return self._part("truncated")

    @property
    def unknown(self):
        """Why the contents were not recorded, or ``None``."""
        return self._part("unknown")

    @property
    def value(self):
        """The atom that an instance of a subclass of int, str … is, or a bytearray's bytes."""
        return self._part("base")

    def __len__(self):
        length = self._part("length")
        if length is not None:
            return length
        for name in ("pairs", "items", "base"):
            part = self._part(name)
            if part is not None and hasattr(part, "__len__"):
                return len(part)
        raise TypeError(f"{self.type} has no length")

    def __bool__(self):
        # Not by its length: it is a view of something that is there.
        return True

    def __iter__(self):
        if self.kind == "dict":
            return iter([key for key, _ in self.pairs])
        return iter(self.items)

    def __getitem__(self, key):
        if self.kind == "dict":
            for other, value in self.pairs:
                if type(other) is type(key) and other == key:
                    return value
            raise KeyError(key)
        if isinstance(key, str):
            return self.fields[key]
        return self.items[key]

    def __eq__(self, other):
        if not isinstance(other, Object):
            return NotImplemented
        return self._reader is other._reader and self.id == other.id

    def __hash__(self):
        return hash((id(self._reader), self.id))

    def __repr__(self):
        text = self._part("text")
        return text if text is not None else f"<{self.type} #{self.id} at @{self.position}>"


class Frame:
    """A frame of the stack at a position."""

    def __init__(self, reader, position, level, row):
        self._reader = reader
        self.position = position
        self.level = level
        self.file, self.line, self.function, self.id = row

    @property
    def locals(self):
        """Its bound variables by name, as they were at this position."""
        return dict(_asked(self._reader.locals, self.position, self.level))

    def __repr__(self):
        return f"<frame {self.function} {os.path.basename(self.file)}:{self.line}>"


class Event:
    """One thing that happened."""

    def __init__(self, reader, position):
        self._reader = reader
        self.position = position
        row = _asked(reader.event, position)
        self.kind, self.thread, self.file, self.line, self.function, self.frame, self.depth = row

    @property
    def value(self):
        """What is returned, yielded, raised or handled, or a mark's name; else ``None``."""
        return _asked(self._reader.carried, self.position)

    @property
    def frames(self):
        """The stack of its thread, outermost frame first."""
        rows = _asked(self._reader.frames, self.position)
        return [Frame(self._reader, self.position, level, row) for level, row in enumerate(rows)]

    @property
    def locals(self):
        """The variables of the frame it happened in."""
        return self.frames[-1].locals

    def __repr__(self):
        place = f"{os.path.basename(self.file)}:{self.line}"
        return f"<@{self.position} {self.kind} {place} in {self.function}>"


class Events(Sequence):
    """Events in order; each is read when it is asked for."""

    def __init__(self, reader, positions):
        self._reader = reader
        self._positions = positions

    def __len__(self):
        return len(self._positions)

    def __getitem__(self, at):
        if isinstance(at, slice):
            return Events(self._reader, self._positions[at])
        return Event(self._reader, self._positions[at])

    def __repr__(self):
        return f"<{len(self)} events>"


class Trace:
    """A recorded run, and a place in it.

    >>> import rdbg
    >>> with rdbg.record("trace-doc.db"):
    ...     total = 0
    ...     for price in [3, 4]:
    ...         total += price
    ...     rdbg.mark("added")
    >>> trace = rdbg.open("trace-doc.db")
    >>> trace.marks[0].name
    'added'
    >>> trace.goto(trace.marks[0].position).locals["total"]
    7
    >>> trace.evaluate("total * 2")
    14
    """

    def __init__(self, path):
        self.path = os.fspath(path)
        make = _Maker()
        try:
            self._reader = _rdbg.Reader(self.path, make.object, Cut, Unknown)
        except ValueError as error:
            raise TraceError(str(error)) from None
        make.reader = self._reader
        self._range = range(*self._reader.range())

    @property
    def info(self):
        """What was recorded, and how it ended (``None``: the recorder was killed)."""
        *header, ending = self._reader.header()
        how, seconds = ending or (None, None)
        return Info(*header, how, seconds, len(self._range))

    @property
    def events(self):
        """All events, in the one order of all threads."""
        return Events(self._reader, self._range)

    @property
    def threads(self):
        """The threads, in order of their first event."""
        return [Thread(*row) for row in _asked(self._reader.threads)]

    @property
    def marks(self):
        """The moments that the program named by ``rdbg.mark``, in order."""
        return [Mark(*row) for row in _asked(self._reader.marks)]

    @property
    def exceptions(self):
        """Where exceptions were raised: the first event of each."""
        found, seen = [], set()
        for event in self.events:
            if event.kind == "raise":
                value = event.value
                key = value if isinstance(value, Object) else event.position
                if key not in seen:
                    seen.add(key)
                    found.append(event)
        return found

    @property
    def crashes(self):
        """Exceptions that nobody caught: that of the program first, then of threads, then of tasks.

        Each tells what it ended, its type, and its traceback: events, outermost frame first, of
        which the last is where it was raised.
        """
        rows = _asked(self._reader.crashes)
        return [Crash(what, name, Events(self._reader, way)) for what, name, way in rows]

    def __len__(self):
        return len(self._range)

    def __iter__(self):
        return iter(self.events)

    def __getitem__(self, position):
        """The event at a position, or those of a slice of positions."""
        if isinstance(position, slice):
            start, stop, step = position.start, position.stop, position.step or 1
            low, high = self._range.start, self._range.stop
            start = low if start is None else min(max(start, low), high)
            stop = high if stop is None else min(max(stop, low), high)
            return Events(self._reader, range(start, stop, step))
        if position not in self._range:
            last = self._range.stop - 1
            raise TraceError(f"there is no @{position}; positions go from @{self._range.start} to @{last}")
        return Event(self._reader, position)

    @property
    def position(self):
        """Where one is."""
        return self._reader.position()

    @property
    def here(self):
        """The event at the present position."""
        return Event(self._reader, self.position)

    def goto(self, place):
        """Go to a position, to a mark by its name, or to the ``"crash"``; returns the event."""
        if isinstance(place, str):
            if place == "crash":
                _asked(self._reader.seek_crash)
                return self.here
            named = [mark.position for mark in self.marks if mark.name == place]
            if not named:
                raise TraceError(f"there is no mark {place!r}; see trace.marks")
            place = named[0]
        _asked(self._reader.seek, place)
        return self.here

    def step(self, back=False):
        """Go to the next step of the thread, into calls; ``None`` where there is none."""
        return self._go("into", back)

    def next(self, back=False):
        """Go to the next step over calls; ``None`` where there is none."""
        return self._go("over", back)

    def finish(self, back=False):
        """Go to the end of the frame, or back to the line that called it."""
        return self._go("out", back)

    def last(self, expression):
        """Go to the step that last changed the value of an expression; returns the event."""
        _asked(self._reader.last, expression)
        return self.here

    def _go(self, motion, back):
        before = self.position
        after = _asked(self._reader.go, motion, back)
        return None if after == before else self.here

    def evaluate(self, expression):
        """The value of an expression of Python at the present position; runs no recorded code."""
        return _asked(self._reader.evaluate, expression)

    def show(self, expression):
        """The value of an expression as text, as the debugger prints it; ``#17`` is an object."""
        return _asked(self._reader.show, expression)

    def history(self, expression):
        """Every value that an expression had, as seen from the present position.

        ``since`` is None, or the position after which the value changed, where code that was not recorded
        changed it and that was found later.
        """
        return [Moment(*row) for row in _asked(self._reader.history, expression)]

    def __repr__(self):
        return f"<trace {self.path}: {len(self)} events>"


class _Maker:
    """Makes views; it learns of the reader once that is there."""

    reader = None

    def object(self, position, number):
        return Object(self.reader, position, number)


def _asked(question, *arguments):
    """The answer of the reader; what it cannot answer is a `TraceError`."""
    try:
        return question(*arguments)
    except (ValueError, OverflowError) as error:
        raise TraceError(str(error)) from None


def open(path):
    """Open a trace; see `Trace`.

    >>> open("no-such.db")
    Traceback (most recent call last):
    rdbg._errors.TraceError: no-such.db: no such trace; record one with `rdbg record`
    """
    return Trace(path)
