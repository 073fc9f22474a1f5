"""Run a program unrecorded, and print what tracebacks it leaves: ``tracebacks.py PROGRAM``.

The last line of standard output is a list: the traceback of what ended the program, then those of
threads, then those of tasks; each is a list of function and line, outermost frame first.
"""

import asyncio.base_events
import json
import os
import runpy
import sys
import sysconfig
import threading
import traceback

STANDARD = sysconfig.get_path("stdlib")


def origin(error):
    """The exception itself, or the first part of a group that was raised."""
    for part in getattr(error, "exceptions", ()):
        if (found := origin(part)).__traceback__ is not None:
            return found
    return error


def entries(error):
    """Where an exception was, in code that is recorded."""
    frames = traceback.extract_tb(origin(error).__traceback__)
    outside = (STANDARD, "<frozen", os.path.abspath(__file__))
    return [[frame.name, frame.lineno] for frame in frames if not frame.filename.startswith(outside)]


def main(path):
    """Run it, and print what came of it."""
    threads, tasks, program = [], [], []

    def handle(_loop, context):
        if "exception" in context:
            tasks.append(entries(context["exception"]))

    threading.excepthook = lambda args: threads.append(entries(args.exc_value))
    asyncio.base_events.BaseEventLoop.call_exception_handler = handle
    sys.argv = [path]
    try:
        runpy.run_path(path, run_name="__main__")
    except BaseException as error:
        if not (isinstance(error, SystemExit) and error.code in (None, 0)):
            program.append(entries(error))
    print()
    print(json.dumps([*program, *threads, *tasks]), flush=True)
    # Not what the program does when the interpreter ends.
    os._exit(0)


main(sys.argv[1])
