"""Names are names: of the trace, of the script, of folders, whatever they are made of."""

import os
import subprocess

import pytest
from harness import PYTHON, RDBG, assert_sound, dump, environment, info, rdbg, record, write


@pytest.mark.parametrize("name", ["file:imp.db", ":memory:", "file::memory:?cache=shared", "a b%20c?.db", "-.db"])
def test_output_is_a_path(name, tmp_path):
    write(tmp_path, "app.py", "print('hello')\n")
    done = record(tmp_path, "app.py", trace=None, options=["--quiet", f"--output={name}"])
    assert (done.returncode, done.stdout) == (0, b"hello\n"), done
    assert sorted(path.name for path in tmp_path.glob("*")) == sorted([name, "app.py"])
    assert_sound(tmp_path, name if name[0] != "-" else f"./{name}")


def test_a_name_does_not_lead_into_a_database_of_the_program(tmp_path):
    import sqlite3

    own = tmp_path / "imp.db"
    sqlite3.connect(own).execute("CREATE TABLE mine (a)").connection.close()
    before = own.read_bytes()
    write(tmp_path, "app.py", "print('hello')\n")
    assert record(tmp_path, "app.py", trace="file:imp.db").returncode == 0
    assert own.read_bytes() == before
    assert record(tmp_path, "app.py", trace="imp.db", options=["--force"]).returncode == 125
    assert own.read_bytes() == before


def test_an_empty_file_is_filled(tmp_path):
    write(tmp_path, "app.py", "print('hello')\n")
    (tmp_path / "t.db").touch(0o644)
    opened = rdbg(tmp_path, "info", "t.db")
    assert opened.returncode == 65 and b"it is empty; recording never started" in opened.stderr
    done = record(tmp_path, "app.py")
    assert (done.returncode, done.stdout) == (0, b"hello\n")
    assert_sound(tmp_path)
    assert record(tmp_path, "app.py").returncode == 125, "it is not empty any more"


def test_a_log_without_its_trace_is_left_alone(tmp_path):
    write(tmp_path, "app.py", "print('hello')\n")
    write(tmp_path, "t.db-wal", "of another")
    done = record(tmp_path, "app.py")
    assert done.returncode == 125 and b"belongs to a trace that is not here any more" in done.stderr
    assert [path.name for path in tmp_path.glob("t.db*")] == ["t.db-wal"]
    write(tmp_path, "trace.db-wal", "of another")
    assert record(tmp_path, "app.py", trace=None).returncode == 0
    assert (tmp_path / "trace-2.db").exists() and not (tmp_path / "trace.db").exists()


def test_names_that_are_no_text(tmp_path):
    folder = os.fsencode(tmp_path) + b"/f\xe4"
    os.mkdir(folder)
    script, trace = folder + b"/caf\xe9.py", folder + b"/t\xff.db"
    with open(script, "w") as file:
        file.write("import sys\nprint(ascii(sys.argv), ascii(__file__))\n")
    plain = subprocess.run([*PYTHON, script, b"\xfe"], cwd=folder, capture_output=True, env=environment())
    command = [*RDBG, "record", "--quiet", "-o", trace, script, b"\xfe"]
    done = subprocess.run(command, cwd=folder, capture_output=True, env=environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, plain.stderr)
    os.rename(trace, os.fsencode(tmp_path) + b"/t.db")
    assert_sound(tmp_path)
    assert info(tmp_path)["program"].endswith("/f\\xe4/caf\\xe9.py")
    assert dump(tmp_path)[1]["file"].endswith("/f\\xe4/caf\\xe9.py")
    listed = rdbg(tmp_path, "replay", "t.db", "-e", "source").stdout
    assert b"print(ascii(sys.argv), ascii(__file__))" in listed, listed
