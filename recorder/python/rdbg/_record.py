"""Record a part of a program: a block, a function, or what runs between ``start`` and ``stop``."""

import functools
import inspect
import os
import sys

from rdbg import _rdbg
from rdbg._errors import RecordError

_OWN = os.path.dirname(os.path.abspath(__file__))
# Whether this interpreter keeps everything where the recorder looks for it.
_is_checked = False
# The number of the recording that `start` began.
_started = None


def recording():
    """Return the path of the trace that is being written, or ``None``.

    >>> recording() is None
    True
    """
    path = _rdbg.recording()
    return None if path is None else os.fspath(path)


def start(output=None, **options):
    """Begin to record this process; returns the path of the trace.

    All threads are recorded, and the frames that run already. ``options`` are those of
    `record`. Raises `RecordError` if something is recorded already, or nothing can be.

    >>> path = start("started.db")
    >>> total = sum([1, 2, 3])
    >>> stop() == path
    True
    """
    global _started
    number = _begin(output, options)
    _started = number
    return recording()


def stop():
    """End the recording that `start` began, from any thread; returns the path of the trace.

    In a process that was forked meanwhile it returns ``None``: the trace is the parent's.
    """
    global _started
    number, _started = _started, None
    if number is None:
        raise RecordError("nothing is recorded by rdbg.start(); call it first")
    return _end(number, "stopped")


class record:
    """Record a block, or every call of a function, into a trace.

    ``output`` is the file; without it ``trace.db``, or ``trace-2.db`` and so on. A file that
    exists is an error, unless ``force=True`` and it is a trace. The options are those of
    ``rdbg record``: ``include`` and ``exclude`` (a glob or a list of them), ``all``, ``locals``,
    ``max_string``, ``max_items``, ``max_depth``, ``max_size``, ``ring``, ``level``, ``env``,
    ``quiet``, ``keep_on``; their defaults stand in ``[tool.rdbg]`` of pyproject.toml.

    >>> with record("block.db") as recording:
    ...     total = sum(n * n for n in range(3))
    >>> os.path.basename(recording.path)
    'block.db'

    As a decorator, with or without arguments, each call from outside of a recording makes a
    trace; calls within it (recursion, other threads) are part of that trace. The call of a
    generator function or of an ``async def`` function is recorded from its first step to its
    end, with whatever else runs meanwhile.

    >>> @record
    ... def double(number):
    ...     return 2 * number
    >>> double(4)
    8

    With ``keep_on="failure"`` nothing is left of a block that no exception leaves: ``path`` is
    ``None`` then. (A default for ``keep_on`` is about programs, and not about blocks.)

    What the program does is not changed: exceptions pass through as they are.
    """

    def __new__(cls, output=None, /, **options):
        self = super().__new__(cls)
        if callable(output) and not isinstance(output, os.PathLike):
            # The decorator without arguments.
            self.__init__(None, **options)
            return self(output)
        return self

    def __init__(self, output=None, /, **options):
        self._output = output
        self._options = options
        self._numbers = []
        # Folders of packages that record by this and are no part of the program.
        self._own = []
        # Whether the frames that run already are left out, and their code.
        self._is_fresh = False
        self.path = None
        _request(output, options)

    def __enter__(self):
        self._numbers.append(_begin(self._output, self._options, self._own, self._is_fresh))
        self.path = recording()
        return self

    def __exit__(self, kind, exception, _traceback):
        if exception is not None and not isinstance(exception, GeneratorExit):
            _rdbg.uncaught(exception)
        self._finish("the block ended" if kind is None else f"{_name(kind)} left the block")
        return False

    def _finish(self, how):
        path = _end(self._numbers.pop(), how)
        if path is None and not os.path.exists(self.path):
            # Such an end was not one to keep a trace for.
            self.path = None
        return path

    def _drop(self):
        """End the recording; no trace of it is left."""
        _rdbg.drop_trace(self._numbers.pop())

    def __call__(self, function):
        """Make a function whose calls are recorded."""
        if isinstance(function, (classmethod, staticmethod)):
            return type(function)(self(function.__func__))
        if not callable(function):
            name = type(function).__name__
            raise TypeError(f"rdbg.record() decorates functions, not {name}; decorate a method of it")
        if isinstance(function, type):
            name = function.__qualname__
            raise TypeError(f"rdbg.record() decorates functions, not classes; decorate a method of {name}")
        return _WRAPPERS[_kind(function)](self, function)

    def _call(self):
        """What records one call: nothing where a recording runs already."""
        if _rdbg.recording() is not None:
            return _NOTHING
        return record(self._output, **self._options)


class _Nothing:
    """Within a recording, a recorded function is a part of it."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


_NOTHING = _Nothing()


def _kind(function):
    for kind in ("asyncgen", "coroutine", "generator"):
        test = inspect.isasyncgenfunction if kind == "asyncgen" else getattr(inspect, f"is{kind}function")
        if test(function):
            return kind
    return "function"


def _wrap_function(recorder, function):
    @functools.wraps(function)
    def recorded(*args, **kwargs):
        with recorder._call():
            return function(*args, **kwargs)

    return recorded


def _wrap_coroutine(recorder, function):
    @functools.wraps(function)
    async def recorded(*args, **kwargs):
        with recorder._call():
            return await function(*args, **kwargs)

    return recorded


def _wrap_generator(recorder, function):
    @functools.wraps(function)
    def recorded(*args, **kwargs):
        with recorder._call():
            return (yield from function(*args, **kwargs))

    return recorded


def _wrap_asyncgen(recorder, function):
    @functools.wraps(function)
    async def recorded(*args, **kwargs):
        inner = function(*args, **kwargs)
        with recorder._call():
            step = inner.asend
            sent = None
            try:
                while True:
                    try:
                        value = await step(sent)
                    except StopAsyncIteration:
                        return
                    try:
                        step, sent = inner.asend, (yield value)
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step, sent = inner.athrow, error
            finally:
                await inner.aclose()

    return recorded


_WRAPPERS = {
    "function": _wrap_function,
    "coroutine": _wrap_coroutine,
    "generator": _wrap_generator,
    "asyncgen": _wrap_asyncgen,
}


def _name(kind):
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"


def _request(output, options):
    """The options as the recorder takes them, checked, with the defaults of pyproject.toml."""
    given = dict(options)
    if output is not None:
        given["output"] = output
    for name in ("include", "exclude"):
        if isinstance(given.get(name), str):
            given[name] = [given[name]]
    given.setdefault("quiet", True)
    program = sys.argv[0] if getattr(sys, "argv", None) and sys.argv[0] else "<interactive>"
    try:
        return _rdbg.request(list(given.items()), program)
    except ValueError as error:
        raise RecordError(str(error)) from None


def _begin(output, options, own=(), is_fresh=False):
    global _is_checked
    try:
        if not _is_checked:
            _rdbg.check_layout()
            _is_checked = True
        standard = [os.path.dirname(os.__file__)]
        argv = [str(word) for word in getattr(sys, "argv", [])]
        request = _request(output, options)
        return _rdbg.begin(request, argv, [], standard, [_OWN, *own], is_fresh)
    except RuntimeError as error:
        raise RecordError(str(error)) from None


def _end(number, how):
    done = _rdbg.finish(number, how)
    return None if done is None else os.fspath(done[0])
