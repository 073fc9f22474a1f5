"""No expression takes much memory or time, however few characters ask for it."""

import subprocess
import sys

import pytest
from harness import RDBG, environment, record, write

# Megabytes that a reader may take, whatever it is asked.
MOST = 512
PROGRAM = "x = 3\nname = 'ann' * 1000\nlist_ = list(range(1000))\nprint(x)\n"

TOO_MUCH = [
    "[[0]*10**5]*10**5",
    "[[[0]*10**3]*10**3]*10**3",
    "((((((0,)*99,)*99,)*99,)*99,)*99,)*99",
    "[list_]*10**7",
    "[[*range(10**6)] for _ in range(10**6)]",
    "[name*10**5 for _ in range(10**5)]",
    "['a'*10**7 for _ in range(10**7)]",
    "[[0]*10**6+[1] for _ in range(1000)]",
    "sum([[[0]*10**4]]*10**4, [])",
    "list(map(list, [range(10**6)]*100))",
    "[sorted(range(10**6)) for _ in range(100)]",
    "{(n, m): [0]*1000 for n in range(1000) for m in range(1000)}",
    "[name[n:]*1000 for n in range(10**5)]",
    "[*range(10**10)]",
    "list(range(10**8))",
    "'a'*10**10",
    "name.replace('', name*10**4)",
    "(name*100).join([name]*10**5)",
    "name.center(10**10)",
    "name.zfill(10**10)",
    "f'{x:1000000000}'",
    "f'{x:.1000000000f}'",
    "f'{name:{10**9}}'",
    "format(x, '0>1000000000')",
    "9**9**9",
    "1 << 10**10",
    "2**(10**7)",
    "int('9'*10**6)",
    "str(2**20000)",
    "b'a'*10**10",
    "[b'a'*10**7]*100 + [b'a'*10**7 for _ in range(100)]",
    "(name*3000).split('a') * 10**3 * 10**3",
    "['abc'.split('b')*10**4 for _ in range(10**4)]",
    "list(zip(*[range(10**6)]*50))",
    "[list(enumerate(range(10**6))) for _ in range(50)]",
    "max([[0]*10**6 for _ in range(10**4)])",
    "{*range(10**6)} | {*range(10**6, 10**7)}",
    "[set(range(10**6)) & set(range(10**6)) for _ in range(10**3)]",
    "any([0]*10**5 == [1]*10**5 for _ in range(10**7))",
    "(lambda f: f(f))(lambda f: f(f))",
    "(lambda a: [a, a])((lambda a: [a, a])((lambda a: [a]*10**3)((lambda a: [a]*10**3)([0]*10**3))))",
    "[" * 90 + "0" + "]*9" * 90,
    "repr([[0]*10**4]*10**4)",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("limits")
    write(path, "app.py", PROGRAM)
    assert record(path, "app.py").returncode == 0
    return path


# A child starts as a copy of who starts it, and is charged with that: so one that is small starts it.
STARTER = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss // 1024, end="")
"""


def measured(folder, *words):
    """Status, output and megabytes of a reader."""
    command = [sys.executable, "-I", "-S", "-c", STARTER, *map(str, RDBG), *words]
    done = subprocess.run(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _, numbers = done.stdout.decode().rpartition("\n")
    status, megabytes = map(int, numbers.split())
    return status, said + "\n", megabytes


@pytest.mark.parametrize("expression", TOO_MUCH)
def test_what_asks_for_too_much_is_refused(folder, expression):
    status, said, megabytes = measured(folder, "replay", "t.db", "--at", "end", "-e", f"p {expression}", "-e", "p x + 1")
    assert status == 1, said
    assert said.endswith("4\n"), said[-500:]
    assert said.count("*** ") == 1 and len(said) < 2000, said[:500]
    assert megabytes < MOST, megabytes


def test_what_is_large_and_fits_is_computed(folder):
    asked = {
        "len([0]*10**6)": "1000000",
        "len(str(10**4000))": "4001",
        "sum(range(10**6))": "499999500000",
        "len([[n, n] for n in range(10**5)])": "100000",
        "len('a'*5*10**6)": "5000000",
        "len([list_]*10**3)": "1000",
    }
    commands = [word for expression in asked for word in ("-e", f"p {expression}")]
    status, said, _ = measured(folder, "replay", "t.db", "--at", "end", *commands)
    assert status == 0 and said.splitlines()[-len(asked) :] == list(asked.values()), said


def test_python_sees_the_same_limits(folder):
    code = (
        "import rdbg\n"
        "trace = rdbg.open('t.db')\n"
        "try:\n    trace.evaluate('[[0]*10**5]*10**5')\n"
        "except Exception as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment(), capture_output=True, timeout=120)
    assert b"more than 256 MB" in done.stdout, done
