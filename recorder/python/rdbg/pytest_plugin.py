"""``pytest --rdbg``: each test that fails leaves a trace in ``.rdbg/``, and says how to open it.

Importing this costs every run of pytest, so the recorder is loaded only where it is asked for.
"""

import os
import re
import shlex
import time
import zlib

import pytest

FOLDER = ".rdbg"
# Longer names of files are refused by file systems; the end of a node id tells most.
LONGEST = 120
_KEY = "rdbg"


def pytest_addoption(parser):
    group = parser.getgroup("rdbg", "time-travel debugging")
    # Two options without a value: one with an optional value would take the path that follows it.
    for option, kept, text in [
        ("--rdbg", "failed", "record every test; those that fail leave a trace in .rdbg/"),
        ("--rdbg=all", "all", "record every test, and keep every trace"),
    ]:
        group.addoption(option, dest="rdbg", action="store_const", const=kept, help=text)
    parser.addini("rdbg", "record every test: failed or all, as --rdbg", default="")


def pytest_configure(config):
    kept = config.getoption("rdbg") or config.getini("rdbg")
    if not kept:
        return
    if kept not in ("failed", "all"):
        raise pytest.UsageError(f"rdbg = {kept} in the configuration: say failed or all")
    # The workers of pytest-xdist run the tests; their head only tells what they report.
    is_head = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if not is_head:
        config.pluginmanager.register(Recorder(config, kept == "all"), "rdbg-recorder")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Teller(config), "rdbg-teller")


class Recorder:
    """Records each test from the start of its setup to the end of its teardown.

    The trace has the test's own name from the beginning, so that it is there, and known, whatever
    becomes of the process meanwhile. It replaces the test's trace of an earlier run; that of a test
    that passes is gone.
    """

    def __init__(self, config, keeps_all):
        self.keeps_all = keeps_all
        self.folder = config.rootpath / FOLDER
        self.own = folders(config)
        self.recording = None
        self.has_failed = False
        self.how = ""
        self.trouble = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self.begin(trace_of(self.folder, item.nodeid))
        is_over = False
        try:
            result = yield
            is_over = True
            return result
        except BaseException as error:
            # Ctrl-C, `pytest.exit`: the test did not come to an end.
            self.how = f"{type(error).__name__} ended the test"
            raise
        finally:
            self.end(self.has_failed or self.keeps_all or not is_over)

    def begin(self, path):
        from rdbg._errors import RecordError
        from rdbg._record import record

        self.has_failed = False
        self.how = "the test ended"
        self.trouble = None
        try:
            make(self.folder)
            recording = record(path, quiet=True, force=True)
            recording._own = self.own
            recording._is_fresh = True
            recording.__enter__()
            self.recording = recording
        except (RecordError, OSError) as error:
            self.trouble = str(error)

    def end(self, is_kept):
        recording, self.recording = self.recording, None
        if recording is None:
            return
        if is_kept:
            recording._finish(self.how)
        else:
            recording._drop()
        # Marks that were set in what was there before are of no use.
        marks = f"{recording.path}.marks"
        if os.path.exists(marks):
            os.unlink(marks)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if self.trouble and report.when == "setup":
            report.sections.append(("rdbg", f"not recorded: {self.trouble}"))
        if self.recording is None:
            return report
        has_failed = report.failed and not hasattr(report, "wasxfail")
        if has_failed and not self.has_failed:
            self.has_failed = True
            if call.excinfo is not None:
                # The debugger opens where it was raised: of subtests, in the first that failed.
                from rdbg import _rdbg

                _rdbg.uncaught(call.excinfo.value)
                self.how = f"uncaught {call.excinfo.typename}"
        if has_failed or (self.keeps_all and report.when == "teardown"):
            path = os.path.relpath(self.recording.path)
            report.user_properties.append((_KEY, path))
            if has_failed:
                report.sections.append(("rdbg", command(path)))
        return report


class Teller:
    """Tells of the traces at the end of the run, also of tests that did not come to an end."""

    def __init__(self, config):
        self.folder = config.rootpath / FOLDER
        self.began = time.time()
        # Tests that began and did not end: they, or what ran them, were interrupted or died.
        self.running = {}

    def pytest_runtest_logstart(self, nodeid):
        self.running[nodeid] = None

    def pytest_runtest_logfinish(self, nodeid):
        self.running.pop(nodeid, None)

    def pytest_terminal_summary(self, terminalreporter):
        told = {}
        for reports in terminalreporter.stats.values():
            for report in reports:
                for key, path in getattr(report, "user_properties", ()):
                    if key == _KEY:
                        told.setdefault(path, report.nodeid)
        for nodeid in self.running:
            path = trace_of(self.folder, nodeid)
            if path.exists() and path.stat().st_mtime >= self.began - 1:
                told.setdefault(os.path.relpath(path), f"{nodeid} (did not end)")
        if told:
            terminalreporter.section("rdbg: recorded tests")
            for path, nodeid in told.items():
                terminalreporter.write_line(f"{nodeid}: {command(path)}")


def make(folder):
    """The folder of the traces, which is kept out of git."""
    if not folder.exists():
        folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


def trace_of(folder, nodeid):
    """Where the trace of a test goes: always the same place."""
    return folder / f"{safe_name(nodeid)}.db"


def command(path):
    """What to type to open a trace."""
    return f"rdbg replay {shlex.quote(path)}"


def safe_name(nodeid):
    """A node id as a file name: what file systems and shells take, not too long, and its own."""
    name = re.sub(r"[^\w.=-]+", "-", nodeid.replace("::", "."), flags=re.ASCII).strip("-.")
    is_plain = re.fullmatch(r"[\w./]+(::\w+)*(\[[\w.]+\])?", nodeid, flags=re.ASCII)
    if is_plain and len(name) <= LONGEST:
        return name
    # Others could come to the same name.
    number = zlib.crc32(nodeid.encode(errors="backslashreplace"))
    return f"{name[-LONGEST:].strip('-.')}-{number:08x}"


def folders(config):
    """pytest's own packages, wherever they are installed: what is seen is the user's code."""
    import _pytest
    import pluggy

    modules = [_pytest, pluggy, pytest]
    if config.pluginmanager.hasplugin("xdist"):
        import execnet
        import xdist

        modules += [xdist, execnet]
    return [os.path.dirname(os.path.abspath(module.__file__)) for module in modules]
