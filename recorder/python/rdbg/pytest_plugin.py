"""``pytest --rdbg``: each test that fails leaves a trace in ``.rdbg/``, and says how to open it.

Importing this costs every run of pytest, so the recorder is loaded only where it is asked for.
"""

import os
import re
import shlex

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
        config.pluginmanager.register(Teller(), "rdbg-teller")


class Recorder:
    """Records each test from the start of its setup to the end of its teardown."""

    def __init__(self, config, keeps_all):
        self.keeps_all = keeps_all
        self.folder = config.rootpath / FOLDER
        self.worker = getattr(config, "workerinput", {}).get("workerid", "")
        self.recording = None
        self.has_failed = False
        self.how = ""
        self.trouble = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        from rdbg._errors import RecordError
        from rdbg._record import record

        path = self.new_path(item.nodeid)
        self.has_failed = False
        self.how = "the test ended"
        self.trouble = None
        try:
            self.recording = record(path, quiet=True)
            self.recording._own = folders(item.config)
            self.recording._is_fresh = True
            self.recording.__enter__()
        except (RecordError, OSError) as error:
            self.recording = None
            self.trouble = str(error)
        try:
            return (yield)
        finally:
            self.end()

    def new_path(self, nodeid):
        """A free path in the folder, which is made if need be and kept out of git."""
        self.folder.mkdir(exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        name = safe_name(nodeid)
        if self.worker:
            name = f"{name}-{self.worker}"
        path = self.folder / f"{name}.db"
        number = 1
        while path.exists():
            number += 1
            path = self.folder / f"{name}-{number}.db"
        return path

    def end(self):
        """End the recording; a trace that nobody asked for goes."""
        recording, self.recording = self.recording, None
        if recording is None:
            return
        recording._finish(self.how)
        if not self.has_failed and not self.keeps_all:
            os.unlink(recording.path)

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
                # The debugger opens where it was raised.
                self.how = f"uncaught {call.excinfo.typename}"
        if has_failed or (self.keeps_all and report.when == "teardown"):
            path = os.path.relpath(self.recording.path)
            report.user_properties.append((_KEY, path))
            if has_failed:
                report.sections.append(("rdbg", command(path)))
        return report


class Teller:
    """Tells of the traces at the end of the run."""

    def pytest_terminal_summary(self, terminalreporter):
        told = {}
        for reports in terminalreporter.stats.values():
            for report in reports:
                for key, path in getattr(report, "user_properties", ()):
                    if key == _KEY:
                        told.setdefault(path, report.nodeid)
        if told:
            terminalreporter.section("rdbg: recorded tests")
            for path, nodeid in told.items():
                terminalreporter.write_line(f"{nodeid}: {command(path)}")


def command(path):
    """What to type to open a trace."""
    return f"rdbg replay {shlex.quote(path)}"


def safe_name(nodeid):
    """A node id as a file name: what file systems and shells take, and not too long."""
    name = re.sub(r"[^\w.=-]+", "-", nodeid.replace("::", "."), flags=re.ASCII).strip("-.")
    return name[-LONGEST:].strip("-.") or "test"


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
