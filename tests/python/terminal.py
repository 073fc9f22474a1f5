"""A terminal for tests: a pseudo-terminal with rdbg in it, and a screen that shows what a person would see."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte
from harness import RDBG, environment

SECONDS = 60
PROMPT = "(rdbg) "
LEFT, UP, HOME, CTRL_C, CTRL_D, CTRL_R, CTRL_U, CTRL_W = "\x1b[D", "\x1b[A", "\x1b[H", "\x03", "\x04", "\x12", "\x15", "\x17"


class Terminal:
    """`rdbg replay`, or another command, in a terminal. Use as a context manager."""

    def __init__(self, cwd, *arguments, command="replay", columns=100, lines=40, **more):
        self.raw = b""
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        words = [*RDBG, command, *map(str, arguments)]
        # The history of commands belongs to the test.
        state = {"XDG_STATE_HOME": str(cwd / "state"), "TERM": "xterm-256color", **more}
        kept = {name: value for name, value in environment().items() if name not in ("NO_COLOR", "CLICOLOR_FORCE")}
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(words[0], words, {**kept, **state})
        self.resize(columns, lines)

    def __enter__(self):
        self.ready()
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def resize(self, columns, lines=40):
        """Give the terminal another size; the program is told by a signal."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def read(self):
        """Take in what was written, waiting a little for it; false at the end."""
        if not select.select([self.master], [], [], 0.05)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    def until(self, holds, what):
        """Read until something holds."""
        late = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < late, f"no {what} in:\n{self.text()}"
            if not self.read():
                assert holds(), f"rdbg ended, no {what} in:\n{self.text()}"

    def text(self):
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self.screen.display).strip("\n")

    def row(self):
        """The line on which the cursor is."""
        return self.screen.display[self.screen.cursor.y].rstrip()

    def is_editing(self):
        """Whether the line editor has the terminal: then Ctrl-C is a key and no signal."""
        return not termios.tcgetattr(self.master)[3] & termios.ISIG

    def ready(self):
        """Wait for an empty prompt."""
        self.until(lambda: self.is_editing() and self.row() == PROMPT.strip(), "prompt")

    def type(self, keys):
        """Press keys."""
        os.write(self.master, keys.encode())

    def shows(self, text):
        """Wait until the line with the cursor is this."""
        self.until(lambda: self.row() == text, text)

    def enter(self, keys=""):
        """Type a command; what was printed until the next prompt, as lines without the echo."""
        self.type(keys)
        if keys:
            self.until(lambda: self.row().endswith(keys), keys)
        self.screen.reset()
        self.raw = b""
        self.type("\r")
        self.until(lambda: b"\n" in self.raw, "new line")
        self.ready()
        return [line for line in self.text().split("\n") if line.strip() and not line.startswith(PROMPT.strip())]

    def ended(self):
        """Wait for the end of rdbg; its status."""
        while self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)
