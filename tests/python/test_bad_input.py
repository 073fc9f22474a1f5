"""Readers refuse what is no trace: right status, one line, file untouched."""

import os
import random
import sqlite3

import pytest
from harness import rdbg, record, write

READERS = [("info",), ("verify",), ("dump",), ("replay", "-e", "where")]


def empty(path):
    path.write_bytes(b"")


def random_bytes(path):
    path.write_bytes(random.Random(3).randbytes(5000))


def text(path):
    path.write_text("hello\n" * 100)


def foreign_database(path):
    with sqlite3.connect(path) as db:
        db.execute("create table t(x)")
        db.execute("insert into t values (1)")
    db.close()


def header_only(path):
    path.write_bytes(trace_bytes(path)[:100])


def newer(path):
    """A trace whose format version is from the future."""
    data = bytearray(trace_bytes(path))
    data[60:64] = (2**31 - 2).to_bytes(4, "big")
    path.write_bytes(data)


def other_application(path):
    data = bytearray(trace_bytes(path))
    data[68:72] = b"\x12\x34\x56\x78"
    path.write_bytes(data)


def trace_bytes(path):
    """The bytes of a small good trace, recorded beside `path`."""
    write(path.parent, "app.py", "x = [1]\nx.append(2)\nprint(x)\n")
    done = record(path.parent, "app.py", trace="good.db")
    assert done.returncode == 0, done.stderr.decode()
    return (path.parent / "good.db").read_bytes()


def assert_clean_refusal(done, status):
    """One plain line on stderr, nothing on stdout."""
    message = done.stderr.decode()
    assert done.returncode == status, message
    assert done.stdout == b""
    assert len(message.strip().splitlines()) == 1, message
    assert "panicked" not in message and "Traceback" not in message


BAD = [empty, random_bytes, text, foreign_database, header_only, newer, other_application]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0])
@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_not_a_readable_trace(make, reader, tmp_path):
    path = tmp_path / "bad.db"
    make(path)
    before = path.read_bytes()
    done = rdbg(tmp_path, reader[0], path, *reader[1:], timeout=20)
    assert_clean_refusal(done, 65)
    assert path.read_bytes() == before


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0])
def test_no_such_file_and_directory(reader, tmp_path):
    missing = rdbg(tmp_path, reader[0], "none.db", *reader[1:], timeout=20)
    assert_clean_refusal(missing, 66)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "folder").mkdir()
    assert_clean_refusal(rdbg(tmp_path, reader[0], "folder", *reader[1:], timeout=20), 66)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0])
def test_what_is_no_file_is_refused_at_once(reader, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link", "a", "/dev/zero", "/dev/null", "/dev/tty", "."):
        assert_clean_refusal(rdbg(tmp_path, reader[0], name, *reader[1:], timeout=20), 66)


def test_what_lies_beside_a_trace_is_not_waited_for_nor_written_through(tmp_path):
    trace_bytes(tmp_path / "bad.db")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for make in (os.mkfifo, lambda path: path.symlink_to(precious)):
        beside = [tmp_path / f"good.db{ending}" for ending in ("-wal", "-journal", "-shm", ".marks")]
        for path in beside:
            make(path)
        done = rdbg(tmp_path, "replay", "good.db", "--at", "end", "-e", "mark here", "-e", "p x", timeout=20)
        assert b"[1, 2]" in done.stdout, done.stdout
        assert rdbg(tmp_path, "verify", "good.db", timeout=20).returncode == 0
        for path in beside:
            path.unlink()
    assert precious.read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [["record"], ["no-such-command"], ["dump"], ["info", "--no-such-option", "t.db"], ["dump", "t.db", "--depth", "x"]],
    ids=" ".join,
)
def test_wrong_usage(arguments, tmp_path):
    done = rdbg(tmp_path, *arguments, timeout=20)
    assert done.returncode == 2
    assert b"panicked" not in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize("eighths", range(1, 8))
def test_truncated(eighths, tmp_path):
    """A cut trace is refused or shown as far as it goes; it never crashes a reader."""
    data = trace_bytes(tmp_path / "bad.db")
    cut = data[: len(data) * eighths // 8]
    (tmp_path / "bad.db").write_bytes(cut)
    for reader in READERS[:3]:
        done = rdbg(tmp_path, reader[0], "bad.db", timeout=20)
        assert done.returncode in (0, 1, 65), done.stderr.decode()
        assert b"panicked" not in done.stderr and b"Traceback" not in done.stderr
    assert (tmp_path / "bad.db").read_bytes() == cut


@pytest.mark.parametrize("seed", range(20))
def test_flipped_bytes(seed, tmp_path):
    """Damage is reported, or what is shown equals the original; never something else."""
    chance = random.Random(seed)
    data = bytearray(trace_bytes(tmp_path / "bad.db"))
    data[chance.randrange(100, len(data))] ^= 1 << chance.randrange(8)
    (tmp_path / "bad.db").write_bytes(data)
    good = rdbg(tmp_path, "dump", "good.db")
    done = rdbg(tmp_path, "dump", "bad.db", timeout=20)
    assert b"panicked" not in done.stderr and b"Traceback" not in done.stderr
    if done.returncode == 0:
        assert done.stdout == good.stdout
    else:
        assert done.returncode in (1, 65), done.stderr.decode()
