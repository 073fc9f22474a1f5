"""``%load_ext rdbg``, then ``%%rdbg`` above a cell: records it, and says what it changed."""

import os
import shlex

from rdbg import _rdbg
from rdbg._errors import RecordError, TraceError
from rdbg._record import record
from rdbg._trace import Object
from rdbg._trace import open as open_trace

# Variables that are listed, and characters of a value.
MOST = 20
WIDTH = 60
# What IPython itself keeps among the variables of a session.
HELP = """%%rdbg [FILE]

Record this cell, and list what it changed: variables, the line that changed each last, and
exceptions. The trace goes to FILE, otherwise to trace.db, or trace-2.db and so on; it opens
with `rdbg replay FILE`. Options stand in [tool.rdbg] of pyproject.toml."""
_SHELL = {"In", "Out", "exit", "quit", "get_ipython", "open"}


def load_ipython_extension(shell):
    """Called by ``%load_ext rdbg``."""

    def rdbg(line, cell):
        _run(shell, line, cell)

    rdbg.__doc__ = HELP
    shell.register_magic_function(rdbg, "cell", "rdbg")


def _run(shell, line, cell):
    words = shlex.split(line)
    if words and words[0] in ("-h", "--help", "help", "?"):
        print(HELP)
        return
    if len(words) > 1 or words and words[0].startswith("-"):
        print("rdbg: say %%rdbg or %%rdbg FILE, or %%rdbg --help; options stand in [tool.rdbg] of pyproject.toml")
        return
    recording = record(*words)
    try:
        recording.__enter__()
    except RecordError as error:
        print(f"rdbg: {error}; the cell was not run")
        return
    try:
        # Errors of the cell are shown by the shell, as without the magic.
        error = shell.run_cell(cell).error_in_exec
        if error is not None:
            _rdbg.uncaught(error)
    finally:
        recording.__exit__(None, None, None)
    path = os.path.relpath(recording.path)
    try:
        lines = summary(open_trace(path))
    except TraceError as error:
        lines = [f"rdbg: {error}"]
    print("\n".join([*lines, f"open it with: rdbg replay {shlex.quote(path)}"]))


def summary(trace):
    """What a recording changed, one line each."""
    lines = [f"rdbg: {len(trace)} events in {trace.path}"]
    for event in trace.exceptions[:MOST]:
        trace.goto(event.position)
        value = event.value
        text = trace.show(f"#{value.id}") if isinstance(value, Object) else repr(value)
        lines.append(f"  @{event.position} {_short(text)} raised at {_place(event)}")
    changed = list(_changes(trace))
    for name, text, by in changed[:MOST]:
        lines.append(f"  {name} = {_short(text)}, by @{by.position} {_place(by)}")
    if len(changed) > MOST:
        lines.append(f"  … and {len(changed) - MOST} more variables")
    return lines


def _changes(trace):
    """Variables that the recording changed: name, last value as text, and the event that did it."""
    # The shell runs each statement of a cell as a module of its own, over the same names.
    starts = [event for event in trace if event.kind == "start" and event.function == "<module>"]
    if not starts:
        return
    depth = min(event.depth for event in starts)
    frames = {event.frame: (event, event) for event in starts if event.depth == depth}
    for event in trace:
        if event.frame in frames:
            frames[event.frame] = (frames[event.frame][0], event)
    frames = list(frames.values())
    for name in frames[-1][1].locals:
        if name.startswith("_") or name in _SHELL:
            continue
        for first, last in reversed(frames):
            trace.goto(last.position)
            try:
                text = trace.show(name)
                by = trace.last(name)
            except TraceError:
                continue
            # What is there when a frame starts was not made by it.
            if by.position > first.position:
                yield name, text, by
                break


def _place(event):
    return f"line {event.line} in {event.function}"


def _short(text):
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
