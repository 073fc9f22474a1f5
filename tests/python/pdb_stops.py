"""Drive the real pdb with random commands: `python pdb_stops.py OUT.jsonl SEED COMMANDS PROGRAM LINES`.

Sets breakpoints on three of LINES (with commas) and writes one JSON line for each command,
with the stop that followed: kind, line, function and the `repr` of each local that consists
of built-in values. The last line has no stop if the program ended. Nothing of pdb's stepping is replaced; what it does *otherwise
than rdbg on purpose* is passed over or not asked for, as told here:

CALL     pdb rests where a function is called, before its first line: it shows no more
         than that line does. Passed over.
UNWIND   pdb rests at the "return" of a frame that an exception leaves. rdbg rests at the
         raise and then at the raise in the caller; the frame's end is a stop of `r` alone.
         Passed over after any other command.
REPEAT   `sys.settrace` reports a line again when a loop within the line goes round.
         Such events are hidden from pdb.
SILENT   `sys.settrace` reports a StopIteration that was never raised, without a
         traceback. Passed over.
END      At a frame's end, pdb's `n`, `r` and `unt` mean `s`; rdbg's mean the caller's
         next line. There only `s` and `c` are given.
YIELD    pdb's `n`, `r` and `unt` stay in a generator or coroutine until somebody resumes
         it; rdbg also rests where it yields. There only `s` and `c` are given.
LATER    pdb's `unt` passes by exceptions on earlier lines; rdbg rests at them: they may
         be why the later line is never reached. After an exception in the frame since,
         such an `unt` is followed no further.
UNRUN    rdbg knows the code that ran: a breakpoint on a line that never did is moved to the next
         that did, and says so. pdb never stops there. LINES are such as ran.
FOREIGN  pdb steps into code of other modules, which rdbg does not record. Skipped, by
         pdb's own means.
"""

import bdb
import dis
import json
import os
import pdb
import random
import sys
import types

PLAIN = (type(None), bool, int, float, complex, str, bytes)
GENERATOR = 0x20 | 0x80 | 0x200
LONG = 120


def is_plain(value, depth=3):
    """Whether the value consists of a few built-in values, whose `repr` runs no code of the program."""
    if type(value) in PLAIN:
        return type(value) not in (str, bytes) or (len(value) < LONG and b"#" not in ascii(value).encode())
    if not depth or type(value) not in (list, tuple, dict) or len(value) > 6:
        return False
    items = [*value, *value.values()] if type(value) is dict else value
    if "__return__" in items:
        # What pdb itself put into a namespace.
        return False
    return all(is_plain(item, depth - 1) for item in items)


def opcode(frame):
    return dis.opname[frame.f_code.co_code[frame.f_lasti]]


def jumps_back(code):
    """Where jumps back stand, and where they go to: CPython 3.12 is at the latter when it tells, later ones at the former."""
    jumps = [one for one in dis.get_instructions(code) if "JUMP_BACKWARD" in one.opname]
    return {one.offset for one in jumps} | {one.argval for one in jumps}


def yields(frame):
    # From 3.13 on, a frame that yields is already at the instruction with which it will go on.
    return opcode(frame) in ("YIELD_VALUE", "RESUME" if sys.version_info >= (3, 13) else "")


def returns(frame):
    """Whether a frame at its end returns, rather than that an exception leaves it."""
    return opcode(frame) in ("RETURN_VALUE", "RETURN_CONST")


def plain_locals(frame):
    """Name → repr of the locals that can be compared."""
    found = {}
    for name, value in frame.f_locals.items():
        if not name.startswith(("__", ".")) and is_plain(value):
            text = repr(value)
            if len(text) < LONG:
                found[name] = text
    return found


class Driver(pdb.Pdb):
    """A pdb that gets its commands from a seed and writes down where it stops."""

    def __init__(self, out, seed, commands):
        super().__init__(skip=["*"], nosigint=True, readrc=False, stdin=None, stdout=sys.stderr)
        self.out = out
        self.random = random.Random(seed)
        self.left = commands
        self.command = "start"
        self.kind = "line"
        self.last_line = {}
        self.is_lost = False
        self.is_unwound = False
        self.raised = set()

    def is_skipped_module(self, module_name):
        """FOREIGN: everything but the program."""
        # Text that is run in a namespace of its own belongs to no module; rdbg records it.
        return module_name not in ("__main__", None)

    def dispatch_line(self, frame):
        """REPEAT: where a loop goes round, the line that the frame reported last is not shown to pdb again."""
        is_same = self.last_line.get(id(frame)) == frame.f_lineno
        is_repeat = is_same and frame.f_lasti in jumps_back(frame.f_code)
        self.raised.discard(id(frame))
        self.last_line[id(frame)] = frame.f_lineno
        return self.trace_dispatch if is_repeat else super().dispatch_line(frame)

    def dispatch_return(self, frame, argument):
        is_unwound = id(frame) in self.raised or not (yields(frame) or returns(frame))
        self.raised.discard(id(frame))
        if is_unwound or not yields(frame):
            self.last_line.pop(id(frame), None)
        self.is_unwound = is_unwound
        return super().dispatch_return(frame, argument)

    def dispatch_exception(self, frame, argument):
        # SILENT
        if argument[2] is None:
            return self.trace_dispatch
        self.raised.add(id(frame))
        # LATER
        self.is_lost = self.is_lost or self.command == "unt" and frame is self.stopframe and not self.stop_here(frame)
        return super().dispatch_exception(frame, argument)

    def user_call(self, frame, argument_list):
        """CALL"""
        if self.stop_here(frame):
            self.pass_over()

    def pass_over(self):
        """Go on from a stop that is not to be seen: no command was given here, though pdb of 3.14 rests at no line that
        one was given at."""
        self.set_step()
        self.cmdframe = None

    def user_line(self, frame):
        self.kind = "line"
        super().user_line(frame)

    def user_return(self, frame, return_value):
        if self.is_unwound and self.command != "r":
            # UNWIND
            self.pass_over()
            return
        self.kind = "return"
        super().user_return(frame, return_value)

    def user_exception(self, frame, exc_info):
        self.kind = "raise"
        super().user_exception(frame, exc_info)

    def interaction(self, frame, traceback):
        """A stop: write it down and give the next command."""
        self.setup(frame, traceback)
        self.note({
            "kind": self.kind,
            "line": frame.f_lineno,
            "func": frame.f_code.co_qualname,
            "locals": plain_locals(frame),
        })  # fmt: skip
        self.left -= 1
        if self.left < 0:
            os._exit(0)
        self.command = self.choose(frame)
        self.onecmd(self.command)

    def note(self, stop):
        if self.is_lost:
            os._exit(0)
        self.out.write(json.dumps({"command": self.command, "stop": stop}) + "\n")
        self.out.flush()

    def choose(self, frame):
        """A command; END and YIELD say where there is less to choose from."""
        if self.kind == "return" or frame.f_code.co_flags & GENERATOR:
            return self.random.choice("sssc")
        if self.kind == "raise":
            return self.random.choice("ssnc")
        return self.random.choice(["s", "s", "s", "n", "n", "n", "r", "unt", "c"])

    def message(self, msg):
        """pdb's own words are not needed."""

    error = message

    def print_stack_entry(self, frame_lineno, prompt_prefix=""):
        """pdb's own words are not needed."""


def main():
    """Run one program under pdb."""
    out, seed, commands, program, ran = sys.argv[1:]
    program = os.path.abspath(program)
    with open(program, "rb") as source:
        code = compile(source.read(), program, "exec", dont_inherit=True)
    driver = Driver(open(out, "w", encoding="utf-8"), seed, int(commands))
    lines = driver.random.sample([int(line) for line in ran.split(",")], 3)
    for line in lines:
        driver.set_break(program, line)
    driver.out.write(json.dumps({"breakpoints": lines}) + "\n")
    module = types.ModuleType("__main__")
    module.__file__ = program
    sys.modules["__main__"] = module
    sys.argv[:] = [program]
    sys.path[0] = os.path.dirname(program)
    try:
        driver.run(code, module.__dict__)
    except bdb.BdbQuit:
        pass
    except SystemExit:
        pass
    except BaseException:
        # An uncaught exception of the program: its trace is not asked for.
        pass
    driver.note(None)
    os._exit(0)


if __name__ == "__main__":
    main()
