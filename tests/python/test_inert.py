"""Whatever of a trace reaches a terminal, a pipe or an editor steers nothing there."""

import json
import subprocess

import pytest
from dap_client import Client
from harness import RDBG, environment, rdbg, record, write

# Clears the screen, fills the clipboard, sets the title, turns the text around, and the same in one byte less.
CANARY = "\x1b[2J\x1b]52;c;aGk=\x07\x1b]0;title\x07\x1b]8;;http://x\x07\u202e\u2066\x9b2J\x7f"
STEERING = ["\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066"]
NAME = "app" + CANARY.replace("/", "") + ".py"

PROGRAM = f"""
import threading, types
canary = {CANARY!r}  # {CANARY.replace(chr(7), "")}
Odd = type("Odd" + canary, (Exception,), {{"__module__": "__main__"}})
class Thing: pass
thing = Thing()
setattr(thing, "field" + canary, canary)
thing.__dict__[canary] = {{canary: [canary]}}
def work(x):
    return x
work.__code__ = work.__code__.replace(co_name="work" + canary, co_qualname="work" + canary)
thread = threading.Thread(target=work, args=(1,), name="thread" + canary)
thread.start()
thread.join()
work(thing)
print(len(canary))
raise Odd("message" + canary)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("inert")
    write(path, NAME, PROGRAM)
    record(path, NAME)
    assert (path / "t.db").exists()
    return path


def assert_inert(said, where):
    text = said.decode() if isinstance(said, bytes) else said
    found = {character: text[max(0, text.index(character) - 60) :][:120] for character in STEERING if character in text}
    assert not found, (where, found)


COMMANDS = """where|list|longlist|source|locals|args|p canary|p thing|pp thing|pp vars(thing)|p thing.x|whatis thing|info
threads|thread 2|exceptions|history canary|last thing|first thing|why thing|why canary|find "message"|calls work*|display thing
trace 3 "{canary}"|break work|catch Odd|continue|reverse-continue|rs|n|retval|marks|mark a\x1b[2Jb|marks|goto \x1b[2J|\x1b[2J|p \x1b[2J
break \x1b[2J:3|x.\u202e|print(canary)|f"{canary}"|str(thing)|canary + 1|{canary}|help \x1b[2J|watch canary|tbreak 5 if \u202e|undisplay \x07"""


def test_the_debugger(folder):
    commands = [word for line in COMMANDS.split("\n") for command in line.split("|") for word in ("-e", command)]
    done = rdbg(folder, "replay", "t.db", *commands)
    assert done.stdout.count(b"\\x1b[2J") > 20, done.stdout
    assert_inert(done.stdout + done.stderr, "replay")


@pytest.mark.parametrize("words", [("info",), ("info", "--json"), ("dump",), ("verify",), ("verify", "--json")])
def test_other_readers(folder, words):
    done = rdbg(folder, words[0], "t.db", *words[1:])
    assert_inert(done.stdout + done.stderr, words)
    if words[0] == "dump":
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert any(event["func"] == "work" + CANARY for event in events)


@pytest.mark.parametrize("reader", ["info", "dump", "verify", "replay"])
def test_names_on_the_command_line(folder, reader):
    for name in (f"none{CANARY.replace('/', '')}.db", NAME):
        done = rdbg(folder, reader, name)
        assert done.returncode in (65, 66)
        assert_inert(done.stdout + done.stderr, reader)


def test_damage(folder):
    bad = folder / ("bad" + CANARY.replace("/", "") + ".db")
    data = bytearray((folder / "t.db").read_bytes())
    for at in range(len(data) // 2, len(data), 997):
        data[at] ^= 0xFF
    bad.write_bytes(data)
    for reader in ("info", "dump", "verify"):
        done = rdbg(folder, reader, bad.name)
        assert_inert(done.stdout + done.stderr, reader)


def test_the_recorder(folder):
    """Its own words; the program's output and its traceback are the program's."""
    done = subprocess.run(
        [*map(str, RDBG), "record", "-o", "x" + CANARY.replace("/", "") + ".db", "-c", "x = 1"],
        cwd=folder,
        env=environment(),
        capture_output=True,
    )
    assert done.stderr.startswith(b"rdbg: ")
    assert_inert(done.stdout + done.stderr, "record")


def test_an_editor(folder):
    with Client(folder) as client:
        heard = []
        hear = client.hear

        def listening():
            message = hear()
            heard.append(message)
            return message

        client.hear = listening
        client.begin(trace="t.db")
        client.ask("threads")
        frame = client.stack()[0]
        for scope in client.ask("scopes", frameId=frame["id"])["scopes"]:
            for variable in client.variables(scope["variablesReference"]).values():
                if variable["variablesReference"]:
                    client.variables(variable["variablesReference"])
        client.ask("exceptionInfo", threadId=1)
        client.ask("loadedSources")
        client.ask("modules")
        for expression in ("thing", "canary", "list", "why thing", "locals", "exceptions"):
            client.ask("evaluate", expression=expression, frameId=frame["id"], context="repl")
        client.ask("timeline", buckets=10)
        client.ask("history", expression="canary", frameId=frame["id"], limit=5)
        client.go("stepBack")
        assert len(heard) > 15
        for message in heard:
            for text in texts(message):
                assert_inert(text, message.get("command") or message.get("event"))


def texts(value):
    """Every text in a message."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
