"""A time-travel debugger: record a program once, then walk through it in both directions.

``record`` records a block or a function, ``start`` and ``stop`` what runs between them, ``mark``
names a moment, ``open`` reads a trace. Everything is loaded when it is asked for first, so that
``import rdbg`` costs nothing and shows nothing to the program that is recorded.

When pytest itself is recorded, it finds this package imported already, and need not be warned of
that: PYTEST_DONT_REWRITE.
"""

__all__ = ["RecordError", "TraceError", "mark", "open", "record", "recording", "start", "stop"]

_HOMES = {
    "RecordError": "_errors",
    "TraceError": "_errors",
    "mark": "_rdbg",
    "open": "_trace",
    "record": "_record",
    "recording": "_record",
    "start": "_record",
    "stop": "_record",
    "load_ipython_extension": "_magic",
}


def __getattr__(name):
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rdbg' has no attribute {name!r}")
    # Not importlib, which the program may not have imported.
    module = __import__(f"{__name__}.{home}", None, None, [name])
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_HOMES])
