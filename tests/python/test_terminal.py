"""A session in a terminal: editing, history, completion, Ctrl-C, another size, colours."""

import os
import re
import shutil
import subprocess
import time

import pytest
from harness import RDBG, environment, rdbg, record, write
from terminal import CTRL_C, CTRL_D, CTRL_R, CTRL_U, CTRL_W, HOME, LEFT, SECONDS, UP, Terminal

PROGRAM = """\
class Account:
    def __init__(self, owner):
        self.owner_of_account = owner

def work(rounds):
    account = Account("ann")
    total = 0
    for number in range(rounds):
        total += number
    return account, total

work(20000)
"""
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
# True nowhere, and slow to say so: more than a minute for the whole run.
NEVER = "len([x for x in range(400) if x == -1]) > 0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the program and its trace."""
    cwd = tmp_path_factory.mktemp("terminal")
    write(cwd, "app.py", PROGRAM)
    assert record(cwd, "app.py").returncode == 0
    return cwd


@pytest.fixture
def terminal(folder, tmp_path):
    with Terminal(folder, "t.db", XDG_STATE_HOME=str(tmp_path)) as opened:
        yield opened


def test_a_line_is_edited(terminal):
    assert terminal.enter("p 1 + 13") == ["14"]
    terminal.type("p 1 + 13" + LEFT + "\x7f")
    terminal.shows("(rdbg) p 1 + 3")
    assert terminal.enter() == ["4"]
    terminal.type("1 + 1" + HOME + "p 2 * ")
    terminal.shows("(rdbg) p 2 * 1 + 1")
    terminal.type(CTRL_U)
    terminal.shows("(rdbg) 1 + 1")
    assert terminal.enter() == ["2"]
    terminal.type("p one two" + CTRL_W)
    terminal.shows("(rdbg) p one")


def test_letters_of_all_kinds_are_one_key_each(terminal):
    terminal.type('p "é日" + "x' + LEFT + "\x7f" + LEFT + LEFT + LEFT + LEFT + "\x7f")
    terminal.shows('(rdbg) p "é" + x')


def test_history_is_kept_within_and_between_sessions(folder, tmp_path):
    with Terminal(folder, "t.db", XDG_STATE_HOME=str(tmp_path)) as first:
        first.enter("p 11")
        first.enter("p 22")
        first.type(UP + UP)
        first.shows("(rdbg) p 11")
        assert first.enter() == ["11"]
        first.type("q\r")
        assert first.ended() == 0
    with Terminal(folder, "t.db", XDG_STATE_HOME=str(tmp_path)) as second:
        second.type(UP + UP)
        second.shows("(rdbg) p 11")
        second.type(CTRL_U + CTRL_R + "22")
        second.until(lambda: "p 22" in second.row(), "found command")
        assert second.enter() == ["22"]


def test_commands_and_names_are_completed(terminal):
    terminal.enter("b app.py:10")
    terminal.enter("c")
    terminal.type("reverse-con\t")
    terminal.shows("(rdbg) reverse-continue")
    terminal.type(CTRL_U + "p acc\t")
    terminal.shows("(rdbg) p account")
    # Several fit: the second Tab lists them.
    terminal.type(CTRL_U + "reverse-\t\t")
    terminal.until(lambda: {"reverse-next", "reverse-finish"} <= set(terminal.text().split()), "list of commands")


def test_an_empty_line_repeats(terminal):
    first = terminal.enter("s")
    second = terminal.enter()
    assert first[0].startswith("@") and second[0].startswith("@") and first[0] != second[0]


def test_ctrl_c_drops_the_line_and_ctrl_d_ends(terminal):
    terminal.type("p 1 / 0")
    terminal.shows("(rdbg) p 1 / 0")
    terminal.type(CTRL_C)
    terminal.ready()
    assert terminal.enter("p 5") == ["5"]
    terminal.type(CTRL_D)
    assert terminal.ended() == 0


def test_ctrl_c_stops_a_search_where_it_began(terminal):
    terminal.enter(f"b app.py:9 if {NEVER}")
    terminal.enter("goto @50")
    before = terminal.enter("where"), terminal.enter("p number")
    terminal.type("c\r")
    # Once Ctrl-C makes a signal again, the search has the terminal.
    terminal.until(lambda: not terminal.is_editing(), "search")
    terminal.type(CTRL_C)
    terminal.ready()
    assert (terminal.enter("where"), terminal.enter("p number")) == before
    assert terminal.enter("s")[0].startswith("@51 ")


def test_a_line_longer_than_the_terminal(terminal):
    terminal.resize(columns=40)
    digits = " + ".join(["11"] * 12)
    terminal.type(f"p {digits}")
    # The terminal breaks the line where it must; nothing of it is lost.
    terminal.until(lambda: "".join(terminal.screen.display).rstrip().endswith(f"p {digits}"), "whole line")
    terminal.resize(columns=90)
    terminal.type("\x7f\x7f22")
    assert terminal.enter()[-1] == "143"


def output(folder, *arguments, **more):
    """What a terminal gets until rdbg ends."""
    opened = Terminal(folder, *arguments, **more)
    opened.ended()
    os.close(opened.master)
    return opened.raw


def test_colours_are_for_terminals_that_want_them(folder):
    commands = ["-e", "b app.py:10", "-e", "c", "-e", "locals", "-e", "list"]
    assert COLOUR.search(output(folder, "t.db", *commands))
    assert not COLOUR.search(output(folder, "t.db", *commands, NO_COLOR="1"))
    assert not COLOUR.search(output(folder, "t.db", *commands, TERM="dumb"))
    assert not COLOUR.search(output(folder, "t.db", *commands, TERM="dumb", CI="1"))


def test_colours_are_not_for_pipes(folder):
    commands = ["-e", "b app.py:10", "-e", "c", "-e", "list"]
    assert not COLOUR.search(rdbg(folder, "replay", "t.db", *commands).stdout)
    assert COLOUR.search(rdbg(folder, "replay", "t.db", *commands, CLICOLOR_FORCE="1").stdout)


# Some seconds in which nothing is written, and an unfinished line on the screen.
LONG = """
import time

print("so far:", end=" ", flush=True)
end = time.monotonic() + 5
while time.monotonic() < end:
    time.sleep(0.01)
print("done")
"""


def test_progress_of_a_long_recording(tmp_path):
    program = write(tmp_path, "long.py", LONG)
    opened = Terminal(tmp_path, program, command="record")
    shown = re.compile(r"so far: +rdbg: \d\.\d million events, [\d.]+ kB, \d s")
    opened.until(lambda: shown.fullmatch(opened.row()), "progress")
    assert opened.screen.cursor.x == len("so far: ")
    assert opened.ended() == 0
    os.close(opened.master)
    assert opened.text().startswith("so far: done")
    assert b"million" not in output(tmp_path, "--quiet", program, command="record")


@pytest.mark.skipif(not shutil.which("tmux"), reason="NOT RUN: tmux is not installed")
def test_in_tmux(folder, tmp_path):
    tmux = ["tmux", "-S", str(tmp_path / "socket")]
    command = " ".join([*RDBG, "replay", "t.db"])
    start = [*tmux, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", str(folder), command]
    subprocess.run(start, check=True, env=environment(XDG_STATE_HOME=str(tmp_path)))
    try:
        subprocess.run([*tmux, "send-keys", "p 6 * 7", "Enter"], check=True)
        shown = ""
        late = time.monotonic() + SECONDS
        while "42" not in shown.split("\n") and time.monotonic() < late:
            time.sleep(0.05)
            shown = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True).stdout
        assert "42" in shown.split("\n"), shown
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True)
