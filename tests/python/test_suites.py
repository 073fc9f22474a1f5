"""Other people's test suites give the same results recorded and bare.

CPython's own modules are run where the interpreter ships its `test` package.
Packages are taken as source archives from the package index, kept under
`target/suites`, and skipped where neither the cache nor the index has them.
"""

import importlib.util
import re
import shutil
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree

import pytest
from harness import PYTHON, ROOT, assert_sound, bare, record

CACHE = ROOT / "target" / "suites"
# Those of tests/transparency that are fast and differ in nothing.
CPYTHON = [
    "test_heapq",
    "test_textwrap",
    "test_bisect",
    "test_contextlib",
    "test_dataclasses",
    "test_frame",
    "test_exception_group",
    "test_sys_settrace",
    "test_generators",
]
PACKAGES = {
    "toolz": ("toolz==1.2.0", "toolz"),
    "jinja2": ("jinja2==3.1.6", "tests"),
}
LIMIT = 300


def verdict(text):
    """What unittest printed, without times, seeds and load figures.

    A module that was slow is named once more, with its time.
    """
    text = re.sub(r"(in )?\d+(\.\d+)? ?(ms|s|sec|seconds)\b", "TIME", text)
    text = re.sub(r"0:\d\d:\d\d( load avg: [\d.]+)?|mem: [\d.]+ \w+", "TIME", text)
    varying = ("random seed", "Total duration", "passed TIME")
    lines = [line for line in text.splitlines() if not any(words in line for words in varying)]
    return "\n".join(lines)


@pytest.mark.parametrize("module", CPYTHON)
def test_cpython(module, tmp_path):
    if importlib.util.find_spec(f"test.{module}") is None:
        pytest.skip("NOT RUN: this interpreter ships without its tests")
    arguments = ("-m", "test", "--randseed", "1", module)
    plain = bare(tmp_path, *arguments, timeout=LIMIT)
    seen = record(tmp_path, *arguments, options=("--quiet", "--include", f"test.{module}"), timeout=LIMIT)
    assert seen.returncode == plain.returncode
    assert verdict(seen.stdout.decode()) == verdict(plain.stdout.decode())
    assert verdict(seen.stderr.decode()) == verdict(plain.stderr.decode())
    assert_sound(tmp_path)


def source_tree(name):
    """The unpacked source archive of a package, fetched once."""
    folder = CACHE / name
    if not folder.exists():
        requirement = PACKAGES[name][0]
        downloads = CACHE / f"{name}-download"
        fetch = [*PYTHON, "-m", "pip", "download", "-q", "--no-deps"]
        fetch += ["--no-binary", name, "-d", str(downloads), requirement]
        done = subprocess.run(fetch, capture_output=True, text=True)
        archives = sorted(downloads.glob("*.tar.gz")) if downloads.exists() else []
        if not archives:
            pytest.skip(f"NOT RUN: no source archive of {requirement}: {done.stderr.strip()[-200:]}")
        unpacked = CACHE / f"{name}-unpacked"
        with tarfile.open(archives[0]) as archive:
            archive.extractall(unpacked, filter="data")
        next(unpacked.iterdir()).rename(folder)
        shutil.rmtree(unpacked)
    return folder


def results(report):
    """Test id -> outcome, from a JUnit report."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = sorted(child.tag for child in case if child.tag in ("failure", "error", "skipped"))
        found[(case.get("classname"), case.get("name"))] = outcome or ["passed"]
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_package(name, tmp_path):
    tree = tmp_path / name
    shutil.copytree(source_tree(name), tree)
    missing = [need for need in {"toolz": [], "jinja2": ["markupsafe", "trio"]}[name] if not importlib.util.find_spec(need)]
    if missing:
        pytest.skip(f"NOT RUN: not installed in this environment: {', '.join(missing)}")
    search = str(tree / "src") if (tree / "src").is_dir() else str(tree)
    pytest_run = ("-m", "pytest", "-q", "-p", "no:cacheprovider", PACKAGES[name][1])
    plain = bare(tree, *pytest_run, "--junitxml=plain.xml", timeout=LIMIT, PYTHONPATH=search)
    seen = record(
        tree,
        *pytest_run,
        "--junitxml=seen.xml",
        options=("--quiet", "--include", name),
        trace=tmp_path / "t.db",
        timeout=LIMIT,
        PYTHONPATH=search,
    )
    assert seen.returncode == plain.returncode, seen.stdout.decode()[-2000:] + seen.stderr.decode()[-2000:]
    expected = results(tree / "plain.xml")
    assert expected, plain.stdout.decode()[-2000:]
    assert results(tree / "seen.xml") == expected
    assert_sound(tmp_path)
