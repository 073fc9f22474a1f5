"""Every program of tests/programs behaves alike recorded and bare, and its trace is true."""

import pytest
from harness import ORACLE, PROGRAMS, PYTHON, assert_same, assert_sound, dump, run

# The oracle's callbacks are Python functions: they need stack that one program uses up, and make
# objects, so that the collector runs at other times in the other.
BEYOND_ORACLE = {"recursion_error", "collected"}
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_run_is_unchanged_and_trace_sound(name, tmp_path):
    assert_same(tmp_path, PROGRAMS / f"{name}.py")
    assert_sound(tmp_path)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BEYOND_ORACLE])
def test_trace_equals_oracle(name, tmp_path):
    from compare import differences, load

    program = PROGRAMS / f"{name}.py"
    assert_same(tmp_path, program)
    real = run([*PYTHON, ORACLE / "oracle.py", tmp_path / "oracle.jsonl", program], tmp_path)
    assert b"oracle.py" not in real.stderr, real.stderr.decode()
    trace = dump(tmp_path, "t.db", "--depth", "3")
    found = []
    for text in differences(trace, load(tmp_path / "oracle.jsonl")):
        found.append(text)
        if len(found) == 5:
            break
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_positions_count_up(name, tmp_path):
    assert_same(tmp_path, PROGRAMS / f"{name}.py")
    positions = [event["pos"] for event in dump(tmp_path, "t.db", "--depth", "0")]
    assert positions == list(range(positions[0], positions[0] + len(positions)))
