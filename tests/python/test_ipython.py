"""`%%rdbg` in IPython, run without a terminal."""

from harness import assert_sound, bare, rdbg, write

DRIVER = """
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.colors = "NoColor"
shell.run_line_magic("load_ext", "rdbg")
for cell in CELLS:
    print("==", flush=True)
    shell.run_cell(cell)
"""


def session(folder, *cells):
    """What each cell prints."""
    path = write(folder, "driver.py", DRIVER.replace("CELLS", repr(cells)))
    done = bare(folder, path, IPYTHONDIR=str(folder / "ipython"))
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split("==\n")[1:]


def test_a_cell_is_recorded_and_tells_what_it_changed(tmp_path):
    out = session(
        tmp_path,
        "kept, old, same = [1], 1, 3",
        "%%rdbg cell.db\ndef add(items):\n    items.append(9)\nold = 2\nadd(kept)\n"
        "try:\n    {}['k']\nexcept KeyError:\n    pass\nnew = old + same",
        "print(new, kept)",
    )
    shown = out[1].splitlines()
    assert shown[0].startswith("rdbg: ") and shown[0].endswith(" events in cell.db")
    assert any("KeyError('k')" in line and line.endswith("raised at line 6 in <module>") for line in shown)
    changes = {line.split(" = ")[0].strip(): line for line in shown if " = " in line}
    assert set(changes) == {"add", "old", "kept", "new"}
    assert "[1, 9]" in changes["kept"] and changes["kept"].endswith("line 2 in add")
    assert " = 5, by @" in changes["new"] and changes["new"].endswith("line 9 in <module>")
    assert shown[-1] == "open it with: rdbg replay cell.db"
    assert out[2].strip() == "5 [1, 9]"
    assert_sound(tmp_path, "cell.db")
    listing = rdbg(tmp_path, "replay", "cell.db", "-e", "list").stdout.decode()
    assert "items.append(9)" in listing


def test_what_was_there_before_is_no_change(tmp_path):
    out = session(tmp_path, "before = [1]", "%%rdbg\nfresh = 1")
    assert "fresh = 1" in out[1] and "before" not in out[1]
    assert "rdbg replay trace.db" in out[1]


def test_an_error_in_a_cell_is_shown_as_ever(tmp_path):
    out = session(tmp_path, "%%rdbg t.db\nraise ValueError('x')", "%%rdbg t.db\nprint('ran')", "%%rdbg a b\n1",
                  "%%rdbg --help\nprint('not run')", "%%rdbg --ring 1MB\nprint('not run')")
    assert "ValueError: x" in out[0] and "open it with: rdbg replay t.db" in out[0]
    assert "t.db: exists already" in out[1] and "the cell was not run" in out[1]
    assert "say %%rdbg or %%rdbg FILE" in out[2]
    assert out[3].startswith("%%rdbg [FILE]") and "Record this cell" in out[3] and "not run" not in out[3]
    assert "say %%rdbg or %%rdbg FILE" in out[4] and "not run" not in out[4]
    assert not (tmp_path / "--help").exists() and not (tmp_path / "--ring").exists()
    assert_sound(tmp_path)
