"""Every program of tests/programs behaves alike recorded and bare, and its trace is true."""

import pytest
from harness import ORACLE, PROGRAMS, PYTHON, assert_sound, run

# The oracle's callbacks are Python functions: they need stack that one program uses up, and make
# objects, so that the collector runs at other times in the other.
BEYOND_ORACLE = {"recursion_error", "collected"}
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_run_is_unchanged_and_trace_sound(name, recorded):
    ran = recorded(name)
    assert ran.seen == ran.bare
    assert_sound(ran.folder)
    positions = [event["pos"] for event in ran.dump()]
    assert positions == list(range(positions[0], positions[0] + len(positions)))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BEYOND_ORACLE])
def test_trace_equals_oracle(name, recorded, tmp_path):
    from compare import differences, load

    real = run([*PYTHON, ORACLE / "oracle.py", tmp_path / "oracle.jsonl", PROGRAMS / f"{name}.py"], tmp_path)
    assert b"oracle.py" not in real.stderr, real.stderr.decode()
    found = []
    for text in differences(recorded(name).dump(), load(tmp_path / "oracle.jsonl")):
        found.append(text)
        if len(found) == 5:
            break
    assert not found, "\n".join(found)
