"""Other people's test suites, bare and recorded: the results must be the same.

    python tests/transparency/run.py [--all] [--only NAME,…] [--quick]

`make transparency` calls it for each interpreter that the tests have an environment for.
For each suite it compares which tests ran and how each ended, the exit status, and whether
`rdbg verify` finds the trace sound. What differs must stand in `differences.toml` beside
this file, with the reason; an entry that nothing needs any more is named.
"""

import argparse
import fnmatch
import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))

from harness import environment  # noqa: E402

CACHE = HERE.parents[1] / "target" / "suites"
VERSION = "%d.%d" % sys.version_info[:2]
LIMIT = 1200

# CPython's own. What they have in common: they look at frames, lifetimes, tracing, threads or at
# how the language itself behaves.
CPYTHON = """
asyncgen atexit bdb bisect builtin class code collections compile contextlib contextlib_async copy
coroutines dataclasses decorators descr dict dis enum except_star exception_group exceptions frame
fstring functools gc generators genexps grammar heapq inspect itertools list listcomps monitoring
named_expressions operator patma pdb raise scope set signal string super sys sys_setprofile
sys_settrace textwrap threading traceback tracemalloc tuple unpack_ex weakref with
""".split()
# Those that run wherever the tests do: together a few seconds.
QUICK = "asyncgen atexit bisect contextlib coroutines dataclasses frame generators heapq sys_settrace textwrap with".split()


class Package:
    """The suite of a package, as its source archive has it."""

    def __init__(self, requirement, tests, needs=(), deselect=(), module=None):
        self.requirement = requirement
        self.tests = tests
        self.needs = needs
        self.deselect = deselect
        self.name = requirement.partition("==")[0]
        self.module = module or self.name


PACKAGES = [
    Package("toolz==1.2.0", "toolz"),
    Package("jinja2==3.1.6", "tests", ["markupsafe", "trio"]),
    Package("click==8.5.1", "tests"),
    Package("attrs==26.1.0", "tests", ["hypothesis", "cloudpickle", "pympler"], module="attr"),
    Package("marshmallow==4.4.0", "tests", ["simplejson"]),
    Package(
        "requests==2.34.2",
        "tests",
        ["pytest-httpbin", "pytest-mock", "trustme", "pysocks", "urllib3", "idna", "certifi", "charset_normalizer"],
        ["tests/test_requests.py::TestTimeout"],
    ),
]


def source_tree(package):
    """The unpacked source archive, fetched once; None where the package index is not to be had."""
    folder = CACHE / package.name
    if not folder.exists():
        downloads = CACHE / f"{package.name}-download"
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
        fetch += ["--no-binary", package.name, "-d", str(downloads), package.requirement]
        subprocess.run(fetch, capture_output=True)
        archives = sorted(downloads.glob("*.tar.gz")) if downloads.exists() else []
        if not archives:
            return None
        unpacked = Path(tempfile.mkdtemp(dir=CACHE))
        with tarfile.open(archives[0]) as archive:
            archive.extractall(unpacked, filter="data")
        next(unpacked.iterdir()).rename(folder)
        shutil.rmtree(unpacked)
    return folder


def results(report):
    """Test id -> how it ended, from a JUnit report."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = case.get("name") if case.get("classname") is None else f"{case.get('classname')}.{case.get('name')}"
        ends = sorted({child.tag for child in case if child.tag in ("failure", "error", "skipped")})
        known = found.setdefault(masked(name), [])
        known.append("+".join(ends) or "passed")
    return {name: sorted(ends) for name, ends in found.items()}


def masked(text):
    """Without addresses and folders that differ in every run."""
    return re.sub(r"0x[0-9a-fA-F]{6,}|/tmp/[\w/.-]+", "…", text)


def execute(command, cwd, **more):
    """Exit status and seconds; what is printed goes to files beside the reports."""
    begin = time.monotonic()
    with open(cwd / "printed", "wb") as printed:
        try:
            done = subprocess.run(
                [str(part) for part in command],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=environment(**more),
                timeout=LIMIT,
            )
            status = done.returncode
        except subprocess.TimeoutExpired:
            status = "timeout"
    return status, time.monotonic() - begin


class Outcome:
    """How a suite ended once."""

    def __init__(self, status, seconds, report):
        self.status = status
        self.seconds = seconds
        self.tests = results(report) if report.exists() else {}


def differences(plain, seen):
    """What differs: test id, or the word for all of the suite, and how."""
    if plain.status != seen.status:
        yield "(exit status)", f"{plain.status} -> {seen.status}"
    for name in sorted(plain.tests.keys() | seen.tests.keys()):
        one, other = plain.tests.get(name), seen.tests.get(name)
        if one != other:
            yield name, f"{one} -> {other}"


def both(arguments, includes, cwd, *, report, everything, **more):
    """A command bare and recorded, in a folder of its own each."""
    found = []
    for kind in ("plain", "seen"):
        work = cwd / kind
        command = [sys.executable]
        if kind == "seen":
            options = ["--all"] if everything else [word for name in includes for word in ("--include", name)]
            command += ["-m", "rdbg", "record", "--quiet", *options, "-o", cwd / "t.db"]
        status, seconds = execute([*command, *arguments], work, **more)
        found.append(Outcome(status, seconds, work / report))
    verified = subprocess.run([sys.executable, "-m", "rdbg", "verify", cwd / "t.db"], capture_output=True, text=True)
    return *found, verified.returncode == 0


def cpython(name, cwd, everything):
    """One module of CPython's own; None where the interpreter comes without them."""
    module = f"test.test_{name}"
    if importlib.util.find_spec(module) is None:
        return None
    for kind in ("plain", "seen"):
        (cwd / kind).mkdir()
    arguments = ("-m", "test", "--randseed", "1", "--junit-xml", "report.xml", f"test_{name}")
    return both(arguments, [module, f"{module}.*"], cwd, report="report.xml", everything=everything)


def package(one, cwd, everything):
    """The suite of a package; None where it, or what it needs, is not to be had."""
    tree = source_tree(one)
    if tree is None:
        return None
    have = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *one.needs]
    if one.needs and subprocess.run(have, capture_output=True).returncode:
        return None
    # It imports itself as installed, and finds its metadata.
    site = CACHE / f"{one.name}-{VERSION}"
    if not site.exists():
        put = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, one.requirement]
        if subprocess.run(put, capture_output=True).returncode:
            return None
    for kind in ("plain", "seen"):
        shutil.copytree(tree, cwd / kind)
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--junitxml=report.xml"]
    arguments += [f"--deselect={name}" for name in one.deselect]
    return both(
        (*arguments, one.tests),
        [one.module, f"{one.module}.*"],
        cwd,
        report="report.xml",
        everything=everything,
        PYTHONPATH=str(site),
    )


def allowed(suite):
    """The entries of the table for a suite and this version."""
    table = tomllib.loads((HERE / "differences.toml").read_text()).get("difference", ())
    return [entry for entry in table if entry["suite"] == suite and VERSION in entry["versions"]]


def judge(suite, ran):
    """Print a line for a suite; whether all that differs is known."""
    plain, seen, is_sound = ran
    entries = allowed(suite)
    needed, unknown = set(), []
    for name, how in differences(plain, seen):
        fitting = [at for at, entry in enumerate(entries) if any(fnmatch.fnmatchcase(name, one) for one in entry["tests"])]
        needed.update(fitting)
        if not fitting:
            unknown.append((name, how))
    slower = seen.seconds / max(plain.seconds, 0.01)
    print(f"{suite:24} {len(plain.tests):6} tests {len(entries) and len(needed):3} known differences {slower:6.1f}x", flush=True)
    for name, how in unknown:
        print(f"    DIFFERS {name}: {how}")
    for at, entry in enumerate(entries):
        if at not in needed and not entry.get("sometimes"):
            print(f"    no longer needed: {', '.join(entry['tests'])}")
    if not is_sound:
        print("    NOT SOUND: see rdbg verify")
    if not plain.tests:
        print("    NO TESTS: the suite did not run")
    return not unknown and is_sound and bool(plain.tests)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="record the standard library, too")
    parser.add_argument("--only", help="these suites, by name, with commas")
    parser.add_argument("--quick", action="store_true", help="a few fast modules of CPython's")
    chosen = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    names = QUICK if chosen.quick else [*CPYTHON, *(one.name for one in PACKAGES)]
    if chosen.only:
        names = chosen.only.split(",")
    known = {one.name: one for one in PACKAGES}
    failed, missing = [], []
    print(f"CPython {sys.version.split()[0]}")
    for name in names:
        with tempfile.TemporaryDirectory(prefix="transparency") as folder:
            cwd = Path(folder)
            ran = package(known[name], cwd, chosen.all) if name in known else cpython(name, cwd, chosen.all)
            suite = name if name in known else f"test_{name}"
            if ran is None:
                missing.append(suite)
            elif not judge(suite, ran):
                failed.append(suite)
    if missing:
        print(f"NOT RUN: {', '.join(missing)}")
    if failed:
        print(f"DIFFERENT: {', '.join(failed)}")
        sys.exit(1)
    print(f"{len(names) - len(missing)} suites give the same results, but for what the table says")


if __name__ == "__main__":
    main()
