"""All that a program can ask the interpreter about itself: the same with a recorder in it.

Prints one line for each question. Run by test_unnoticed.py, with arguments of no meaning.
"""

import gc
import sys

print("young objects", gc.get_count()[0])
print("collections", gc.get_count()[1:], gc.get_threshold(), gc.get_stats())
print("modules", sorted(sys.modules))
print("folders", sorted(sys.path_importer_cache))
print("path", sys.path, sys.meta_path, len(sys.path_hooks))
print("flags", sys.flags, sys.warnoptions, sys._xoptions)
print("arguments", sys.argv, sys.orig_argv)
print("tracing", sys.gettrace(), sys.getprofile(), [sys.monitoring.get_tool(number) for number in range(3)])
print("hooks", *(getattr(sys, f"{name}hook") is getattr(sys, f"__{name}hook__") for name in ("except", "display")))
print("references", [sys.getrefcount(thing) for thing in ([], {}, print, gc)])

import atexit  # noqa: E402
import builtins  # noqa: E402
import contextlib  # noqa: E402
import os  # noqa: E402
import random  # noqa: E402
import resource  # noqa: E402
import signal  # noqa: E402
import threading  # noqa: E402
import traceback  # noqa: E402
import warnings  # noqa: E402
import weakref  # noqa: E402

with open(__file__) as file:
    print("descriptors", sorted(os.listdir("/proc/self/fd"), key=int), file.fileno())
print("threads", threading.active_count(), [thread.name for thread in threading.enumerate()], len(sys._current_frames()))
print("signals", {number: signal.getsignal(number) for number in signal.valid_signals()})
print("mask", signal.pthread_sigmask(signal.SIG_BLOCK, []))
print("limits", [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT")])
print("process", os.getcwd(), os.umask(0o22), sorted(os.environ), sys.getswitchinterval(), sys.getrecursionlimit())
print("streams", *((s.line_buffering, s.write_through, s.encoding, s.errors) for s in (sys.stdout, sys.stderr)))
print("main", sorted(globals()), __name__, __spec__, __package__, __file__)
print("filters", [entry[:3] for entry in warnings.filters])
print("exit functions", atexit._ncallbacks())
print("frame", sys._getframe().f_back, sys._getframe().f_lineno)


def depth_of(dive):
    """How deep something came before RecursionError, and its text."""
    deepest = [0]
    try:
        dive(deepest, 0)
    except RecursionError as error:
        return deepest[0], str(error)


def calls(deepest, depth):
    deepest[0] = depth
    calls(deepest, depth + 1)


def keys(deepest, depth):
    deepest[0] = depth
    sorted([1], key=lambda _: keys(deepest, depth + 1))


class Attributes:
    def __init__(self, deepest):
        self.deepest = deepest

    def __getattr__(self, name):
        self.deepest[0] += 1
        return getattr(self, name)


def attributes(deepest, _):
    Attributes(deepest).missing


def representations(deepest, _):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    repr(nested)


for dive in (calls, keys, attributes, representations):
    print("depth", dive.__name__, depth_of(dive))


class Mortal:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("  freed", self.name)


def lifetimes():
    first = Mortal(1)
    reference = weakref.ref(first, lambda _: print("  callback"))
    print("  held", sys.getrefcount(first), reference() is first)
    again, items, table = first, [first], {1: first}
    print("  held", sys.getrefcount(first), sys.getrefcount(items), sys.getrefcount(table))
    del again
    items.clear()
    table.clear()
    first = 2
    print("  after 1")
    Mortal(3)
    print("  after 3")
    [Mortal(4), Mortal(5)]
    print("  after 5")
    for each in (Mortal(6), Mortal(7)):
        print("  held", sys.getrefcount(each))
    del each
    print("  after 7", first)
    print("  referrers", [type(holder).__name__ for holder in gc.get_referrers(items)])
    return Mortal(8)


def raises():
    local = Mortal(9)
    raise ValueError(local)


def generates():
    local = Mortal(10)
    yield local
    yield 2


print("lifetimes")
lifetimes()
kept = lifetimes()
try:
    raises()
except ValueError as error:
    print("  caught", sys.getrefcount(error), sys.getrefcount(error.args[0]))
print("  after 9")
generator = generates()
print("  held", sys.getrefcount(next(generator)), next(generator))
del generator
print("  after 10")
cycle = Mortal(11)
cycle.itself = cycle
del cycle
print("collected", gc.collect(), gc.get_count())
collections = []
gc.callbacks.append(lambda *said: collections.append(said))
many = []


def allocates():
    for number in range(20_000):
        many.append([number])


allocates()
gc.callbacks.clear()
print("collections", collections, gc.get_count())

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("one")
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    print("warnings", [str(warning.message) for warning in caught])


def namespaces():
    one = 1
    early, late = locals(), locals()
    print("locals", early is late, sorted(early), one)
    two = 2
    print("locals", sorted(early), two, sys._getframe().f_locals is sys._getframe().f_locals)


namespaces()
print("locals", locals() is globals())
real_import = builtins.__import__


def told_import(name, globals=None, locals=None, fromlist=(), level=0):
    if name == "colorsys":
        print("import", name, globals is namespaces.__globals__, locals, fromlist, level)
    return real_import(name, globals, locals, fromlist, level)


def imports():
    import colorsys

    return colorsys


builtins.__import__ = told_import
imports()
builtins.__import__ = real_import
random.seed(1)
print("random", random.random())
with contextlib.suppress(ZeroDivisionError):
    1 / 0
try:
    raises()
except ValueError:
    traceback.print_stack()
    traceback.print_exc()
print("exception", sys.exc_info(), sys.exception())
for number in (1, 2):
    atexit.register(print, "exit function", number)
sys.stdout.write("no end of line")
raise KeyError("at the end")
