"""A slow and obvious recorder: `python oracle.py OUT.jsonl PROGRAM.py [ARGS…]`.

It runs PROGRAM as `python PROGRAM.py` would and writes one JSON line for each
event, in the format of `rdbg dump --depth 3`. Nothing is remembered from one
event to the next but the numbers of frames and threads: every LINE event reads
every local afresh and writes it out whole. What rdbg reconstructs from changes
is compared with this.

Only code whose file is PROGRAM itself is recorded, and what PROGRAM makes of
text at run time (`exec`, the methods of a dataclass): code of no file that has
PROGRAM's globals, or globals of no module and a recorded caller. A program that needs the
last frames of the recursion limit, or that ends by `os._exit`, is beyond it:
the callbacks are Python functions and the file is written at exit.
"""

import atexit
import ctypes
import importlib.machinery
import itertools
import json
import os
import sys
import threading
import types

import rendering
from rendering import render

TOOL = 5
CO_OPTIMIZED = 0x1

_get_var = ctypes.pythonapi.PyFrame_GetVar
_get_var.restype = ctypes.py_object
_get_var.argtypes = [ctypes.py_object, ctypes.py_object]


def variable_names(code):
    """Names of the frame's variables in slot order: locals, cells, free ones."""
    names = [*code.co_varnames]
    names += [name for name in code.co_cellvars if name not in names]
    names += [name for name in code.co_freevars if name not in names]
    return [name for name in names if not name.startswith(".")]


def bound_locals(frame):
    """(name, object) pairs of what is bound in `frame` now.

    Function frames are read one variable at a time: before 3.13 touching
    `f_locals` there refreshes the dict that the program's own `locals()` gave.
    """
    code = frame.f_code
    if code.co_flags & CO_OPTIMIZED:
        found = []
        for name in variable_names(code):
            try:
                found.append((name, _get_var(frame, name)))
            except NameError:
                pass
        return found
    namespace = frame.f_locals
    found = []
    if type(namespace).__name__ == "FrameLocalsProxy":
        # From 3.13 on this is what a module gives while a comprehension runs in it: a view
        # of the comprehension's variables alone.
        found = list(namespace.items())
        namespace = frame.f_globals
    if dict not in type.__dict__["__mro__"].__get__(type(namespace)):
        return []
    return [
        (name, value)
        for name, value in list(dict.items(namespace)) + found
        if type(name) is str and not (name.startswith("__") and name.endswith("__"))
    ]


class Oracle:
    """Callbacks of one recording, and the file they write to."""

    def __init__(self, out, program):
        self.out = out
        self.program = program
        self.positions = itertools.count()
        self.serials = itertools.count(1)
        self.frames = {}
        self.threads = {}
        self.lock = threading.Lock()

    def thread(self):
        """Number and name of the running thread, numbered as they appear.

        The thread object is looked up, not asked for: `current_thread()` would
        register a stand-in for a thread that `threading` does not know. Threads
        are told apart by that object, since identifiers are used again.
        """
        found = threading._active.get(threading.get_ident())
        name = found._name if found is not None else "unknown"
        key = id(found) if found is not None else threading.get_native_id()
        kept, number = self.threads.get(key, (None, None))
        if number is None or kept is not found:
            number = len(self.threads) + 1
            # A thread object kept alive cannot lend its address to another.
            self.threads[key] = (found, number)
        return number, name

    def is_recorded(self, frame):
        """Whether the code of `frame` is the program's own."""
        name = frame.f_code.co_filename
        if name == self.program:
            return True
        if not name.startswith("<") or name.startswith("<frozen "):
            return False
        module = frame.f_globals.get("__name__", "")
        if module:
            return module == "__main__"
        return frame.f_back is not None and self.is_recorded(frame.f_back)

    def serial(self, frame, begins):
        """The number of `frame`; a frame that begins always gets a new one."""
        key = id(frame)
        if begins or key not in self.frames:
            self.frames[key] = next(self.serials)
        return self.frames[key]

    def write(self, event, frame, begins=False, ends=False, **more):
        """Write one event of `frame`; `more` holds line, locals, value, exception."""
        depth = -1
        outer = frame
        while outer is not None:
            depth += self.is_recorded(outer)
            outer = outer.f_back
        with self.lock:
            number, name = self.thread()
            record = {
                "pos": next(self.positions),
                "event": event,
                "thread": number,
                "thread_name": name,
                "file": frame.f_code.co_filename,
                "line": more.pop("line", frame.f_lineno),
                "func": frame.f_code.co_qualname,
                "depth": depth,
                "frame": self.serial(frame, begins),
                **more,
            }
            if ends:
                del self.frames[id(frame)]
            if not self.out.closed:
                self.out.write(json.dumps(record) + "\n")

    def on_line(self, _code, line):
        frame = sys._getframe(1)
        if not self.is_recorded(frame):
            return sys.monitoring.DISABLE
        shown = {name: render(value) for name, value in bound_locals(frame)}
        self.write("line", frame, line=line, locals=shown)

    def on_start(self, _code, _offset):
        frame = sys._getframe(1)
        if not self.is_recorded(frame):
            return sys.monitoring.DISABLE
        self.write("start", frame, begins=True)

    def on_resume(self, _code, _offset):
        frame = sys._getframe(1)
        if not self.is_recorded(frame):
            return sys.monitoring.DISABLE
        self.write("resume", frame)

    def on_return(self, _code, _offset, value):
        frame = sys._getframe(1)
        if not self.is_recorded(frame):
            return sys.monitoring.DISABLE
        self.write("return", frame, ends=True, value=render(value))

    def on_yield(self, _code, _offset, value):
        frame = sys._getframe(1)
        if not self.is_recorded(frame):
            return sys.monitoring.DISABLE
        self.write("yield", frame, value=render(value))

    # Exception events may not be disabled before 3.15: they are only ignored.

    def on_throw(self, _code, _offset, exception):
        frame = sys._getframe(1)
        if self.is_recorded(frame):
            self.write("throw", frame, exception=render(exception))

    def on_raise(self, _code, _offset, exception):
        frame = sys._getframe(1)
        if self.is_recorded(frame):
            self.write("raise", frame, exception=render(exception))

    def on_handle(self, _code, _offset, exception):
        frame = sys._getframe(1)
        if self.is_recorded(frame):
            self.write("handle", frame, exception=render(exception))

    def on_unwind(self, _code, _offset, exception):
        frame = sys._getframe(1)
        if self.is_recorded(frame):
            self.write("unwind", frame, ends=True, exception=render(exception))

    def begin(self):
        """Register every callback and switch the events on."""
        monitoring = sys.monitoring
        events = monitoring.events
        callbacks = {
            events.LINE: self.on_line,
            events.PY_START: self.on_start,
            events.PY_RESUME: self.on_resume,
            events.PY_RETURN: self.on_return,
            events.PY_YIELD: self.on_yield,
            events.PY_THROW: self.on_throw,
            events.RAISE: self.on_raise,
            events.EXCEPTION_HANDLED: self.on_handle,
            events.PY_UNWIND: self.on_unwind,
        }
        monitoring.use_tool_id(TOOL, "rdbg oracle")
        for event, callback in callbacks.items():
            monitoring.register_callback(TOOL, event, callback)
        monitoring.set_events(TOOL, sum(callbacks))

    def end(self):
        """Stop recording and close the file; runs after the program's atexit handlers."""
        sys.monitoring.set_events(TOOL, 0)
        with self.lock:
            self.out.close()


def main_module(program):
    """A fresh `__main__` as `python PROGRAM` has it, put in place of ours."""
    module = types.ModuleType("__main__")
    module.__dict__.update(
        __builtins__=sys.modules["builtins"],
        __file__=program,
        __cached__=None,
        __loader__=importlib.machinery.SourceFileLoader("__main__", program),
    )
    sys.modules["__main__"] = module
    return module


def main():
    """Record one program, then end as it ended."""
    if "--keep" in sys.argv[1:2]:
        del sys.argv[1]
        rendering.kept = []
    if len(sys.argv) < 3:
        print("usage: oracle.py [--keep] OUT.jsonl PROGRAM.py [ARGS…]", file=sys.stderr)
        return 2
    program = os.path.abspath(sys.argv[2])
    out = open(sys.argv[1], "w", encoding="utf-8")  # noqa: SIM115 - closed at exit
    oracle = Oracle(out, program)
    atexit.register(oracle.end)
    with open(program, "rb") as source:
        code = compile(source.read(), program, "exec", dont_inherit=True)
    sys.argv[:] = sys.argv[2:]
    sys.path[0] = os.path.dirname(program)
    module = main_module(program)
    oracle.begin()
    try:
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        # The frame of this function is not the program's business.
        error.__traceback__ = error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
