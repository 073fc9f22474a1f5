"""Thousands of expressions, by rdbg over the recorded values and by CPython over the real ones."""

import collections
import random
import re

from expressions import PROGRAM, Maker
from harness import record, rdbg, write

COUNT = 6000
# What is said of values that CPython knows and the trace does not.
REFUSALS = re.compile(
    r"cannot evaluate|cannot be known|is not recorded|are not recorded|not supported|is recorded without|"
    r"looks at too many|takes too long|would have more|nested deeper|have no order|among the items|"
    r"which is not computed|is not known for|asks for too many|identity of atoms|may be a property|"
    r"unless \w+ makes up|depends on the locale|would be too long|too many digits to be written|not bound here"
)


def plain(value, depth=0):
    """A value of which `p` shows all, and that reads back: a form that compares exactly."""
    assert depth < 8
    if isinstance(value, float):
        return ("float", repr(value))
    if value is None or value is ... or type(value) in (int, bool, str, bytes, range):
        return (type(value).__name__, repr(value))
    if type(value) in (list, tuple):
        return (type(value).__name__, [plain(item, depth + 1) for item in value])
    if type(value) in (set, frozenset):
        return (type(value).__name__, sorted(repr(plain(item, depth + 1)) for item in value))
    if type(value) is dict:
        return ("dict", [(plain(key, depth + 1), plain(item, depth + 1)) for key, item in value.items()])
    raise TypeError(type(value))


def read(text, names):
    """The value that a line of `p` shows; identities follow values as ` #17`."""
    return plain(eval(re.sub(r"(?<=[\]\)\}]) #\d+$", "", text), dict(names)))


def expected(expression, names):
    """What CPython gives, in plain form; an exception; or nothing if `p` shows it in its own way."""
    try:
        value = eval(expression, dict(names))
        if type(value) in (zip, enumerate, reversed, map, type({}.items())) or "iterator" in type(value).__name__:
            value = list(value)
        value = value if type(value) is not type else None
    except RecursionError:
        return None
    except Exception as error:
        return error
    try:
        return plain(value) if len(repr(value)) < 900 else None
    except (TypeError, AssertionError, ValueError):
        return None


def made(names):
    maker = Maker(random.Random(20))
    wanted = {}
    while len(wanted) < COUNT:
        expression = maker.made(3)
        result = expected(expression, names) if expression not in wanted else None
        if result is not None and "\n" not in expression:
            wanted[expression] = result
    return wanted


def test_results_are_those_of_cpython(tmp_path, monkeypatch):
    monkeypatch.setattr("warnings.filters", [("ignore", None, Warning, None, 0)])
    write(tmp_path, "values.py", PROGRAM)
    assert record(tmp_path, "values.py").returncode == 0
    names = {"__name__": "__main__"}
    exec(PROGRAM, names)
    wanted = made(names)
    script = "".join(f"p {expression}\np 'end of' + ' {number}'\n" for number, expression in enumerate(wanted))
    write(tmp_path, "script.rdbg", "goto end\n" + script)
    done = rdbg(tmp_path, "replay", "t.db", "-x", "script.rdbg", timeout=300)
    lines = (done.stdout + done.stderr).decode().splitlines()
    assert any("end of 0" in line for line in lines), lines[:20]
    answers, answer = {}, []
    order = iter(wanted)
    for line in lines:
        if re.fullmatch(r"'end of \d+'", line):
            answers[next(order)] = answer
            answer = []
        else:
            answer.append(line)
    assert len(answers) == COUNT, lines[-3:]
    first, wrong, tally = next(iter(wanted)), [], collections.Counter()
    for expression, result in wanted.items():
        answer = "\n".join(answers[expression][-1:] if expression == first else answers[expression])
        if REFUSALS.search(answer):
            tally["refused"] += 1
            continue
        is_error = isinstance(result, Exception)
        if is_error:
            said = re.search(r"\b(\w+(?:Error|Warning)): |invalid syntax", answer)
            is_right = said is not None
        else:
            try:
                is_right = read(answer, names) == result
            except (SyntaxError, NameError, TypeError, AssertionError, ValueError):
                is_right = False
        tally["errors" if is_error else "values"] += 1
        if not is_right:
            wrong.append(f"{expression}\n  rdbg:    {answer[:200]}\n  CPython: {str(result)[:200]!r}")
    assert not wrong, f"{len(wanted)} expressions: {tally}, {len(wrong)} wrong\n" + "\n".join(wrong[:60])
    assert tally["values"] > COUNT // 3, tally
    assert tally["refused"] < COUNT // 5, tally
