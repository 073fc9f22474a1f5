"""`[tool.rdbg]` of pyproject.toml: the command, and the API, begin with it."""

import pytest
from harness import RDBG, bare, info, record, run, write

APP = "import json\nlong = 'x' * 100\njson.dumps([long])\n"


def test_the_command_reads_it_and_wins_over_it(tmp_path):
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\noutput = 'runs/kept.db'\nmax_string = 10\nquiet = true\n")
    (tmp_path / "deep" / "runs").mkdir(parents=True)
    write(tmp_path, "deep/app.py", APP)
    deep = tmp_path / "deep"
    for name in ("runs/kept.db", "runs/kept-2.db"):
        done = record(deep, "app.py", trace=None, options=[])
        assert (done.returncode, done.stderr) == (0, b"")
        shown = run([*RDBG, "replay", name, "-e", "goto end", "-e", "p len(long)", "-e", "p long"], deep).stdout
        assert b"100" in shown and b"x" * 11 not in shown
    record(deep, "app.py", options=["--max-string", "50"])
    shown = run([*RDBG, "replay", "t.db", "-e", "goto end", "-e", "p long"], deep).stdout
    assert b"x" * 11 in shown


def test_the_api_reads_it_and_wins_over_it(tmp_path):
    write(tmp_path, "pyproject.toml", "[tool.rdbg]\noutput = 'kept.db'\nring = '2MB'\nexclude = ['app']\n")
    write(tmp_path, "app.py", "import rdbg\nwith rdbg.record(exclude=[], max_size='3MB'):\n    x = 1\n")
    assert bare(tmp_path, "app.py").returncode == 0
    assert info(tmp_path, "kept.db")["events"] > 0


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[tool.rdbg]\nall = true\nincldue = []\n", 3, "tool.rdbg.incldue: there is no such key; there are all, "),
        ("[tool.rdbg]\n\nring = 'big'\n", 3, "tool.rdbg.ring: a size looks like 500MB or 2GB"),
        ("[tool.rdbg]\nlevel = 'words'\n", 2, 'tool.rdbg.level: say "lines" or "calls"'),
        ("[tool.rdbg]\ninclude = 3\n", 2, "tool.rdbg.include: say a list of globs"),
        ("[tool.rdbg]\nring = '2MB'\nmax_size = '2MB'\n", 3, "tool.rdbg.max_size: ring is set too"),
        ("[tool.rdbg\n", 1, ""),
        ("[tool.rdbg]\nlocals = = 3\n", 2, ""),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path, text, line, words):
    write(tmp_path, "pyproject.toml", text)
    write(tmp_path, "app.py", "import rdbg\ntry:\n    rdbg.record()\nexcept rdbg.RecordError as e:\n    print(e)\n")
    done = record(tmp_path, "app.py", options=[])
    expected = f"{tmp_path}/pyproject.toml:{line}: {words}"
    said = done.stderr.decode()
    assert done.returncode == 2 and said.startswith(f"rdbg: {expected}") and said.count("\n") == 1
    assert bare(tmp_path, "app.py").stdout.decode().startswith(expected)


def test_a_file_that_does_not_speak_of_rdbg_is_left_alone(tmp_path):
    write(tmp_path, "pyproject.toml", "this is [not toml\n")
    write(tmp_path, "app.py", APP)
    assert record(tmp_path, "app.py").returncode == 0
