"""A part of `make faults`: some of the calls that can fail, some kills, some recordings at once."""

import platform
import shutil
import sys

import pytest
from harness import RDBG, ROOT

sys.path.insert(0, str(ROOT / "tests" / "faults"))
import run  # noqa: E402

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or not shutil.which("cc"), reason="needs Linux and a C compiler"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return run.library(tmp_path_factory.mktemp("built"))


@pytest.mark.parametrize("kind", run.KINDS)
@pytest.mark.parametrize("sticks", [False, True])
def test_calls_that_fail(kind, sticks, built):
    """The program does not notice, and what is left is a trace or plainly none."""
    numbers = [1, 2, 3, 5, 9] if kind != "alloc" else [1, 10, 100, 500, 2000]
    outcomes = [run.fault(RDBG, built, kind, number, sticks) for number in numbers]
    assert outcomes[0] is not None, "no such call was made"


@pytest.mark.parametrize("seed", range(6))
def test_kills(seed):
    _, lost = run.killed(RDBG, seed)
    assert lost < 1, f"{lost} s are lost"
