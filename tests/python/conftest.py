"""Make `harness` importable wherever pytest was started, run programs once for all tests, tell what was not run."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """`recorded(NAME, OPTIONS)`: a program of tests/programs, run bare and recorded once for all tests."""
    from recorded import Recordings

    base = tmp_path_factory.getbasetemp()
    # The workers of pytest-xdist have folders of their own below one that they share.
    return Recordings(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


def pytest_terminal_summary(terminalreporter):
    """Skips that say NOT RUN are of what this machine lacks; tests/run repeats them at the end."""
    if listed := os.environ.get("RDBG_NOT_RUN"):
        with open(listed, "a") as out:
            for report in terminalreporter.stats.get("skipped", ()):
                if "NOT RUN" in (reason := report.longrepr[2]):
                    print(reason.removeprefix("Skipped: "), file=out)
