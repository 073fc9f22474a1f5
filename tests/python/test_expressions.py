"""Thousands of expressions, by rdbg over the recorded values and by CPython over the real ones."""

import collections
import json
import math
import random
import re
from pathlib import Path

from expression_errors import ERRORS
from expressions import PROGRAM, Maker
from harness import record, rdbg, write

COUNT = 6000
# How often each construct may be refused, in percent: these numbers only go down.
BUDGET = Path(__file__).with_name("expression_refusals.json")
# What is said of values that CPython knows and the trace does not.
REFUSALS = re.compile(
    r"cannot evaluate|cannot be known|is not recorded|are not recorded|not supported(?! between)|is recorded without|"
    r"looks at too many|takes too long|would have more|nested deeper|have no order|among the items|"
    r"which is not computed|is not known for|asks for too many|identity of atoms|may be a property|"
    r"unless \w+ makes up|\(\) is given|argument is missing|has no value here|depends on the locale|"
    r"would be too long|too many digits to be written|not computed here|not interpreted|cannot be interpreted(?! as)|"
    r"is not known|are not known|is followed here|do not fit"
)


def plain(value, depth=0):
    """A value of which `p` shows all, and that reads back: a form that compares exactly."""
    assert depth < 8
    if type(value) is float:
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
    """Expressions, what CPython gives for each, and the construct that it is of."""
    maker = Maker(random.Random(20))
    wanted = {text: (expected(text, names), "an error") for text in ERRORS if expected(text, names) is not None}
    while len(wanted) < COUNT:
        construct, expression = maker.labelled(3)
        result = expected(expression, names) if expression not in wanted else None
        if result is not None and "\n" not in expression:
            wanted[expression] = (result, construct)
    return wanted


def is_right(answer, result, names):
    """Whether what `p` shows is the value, or the very exception."""
    if isinstance(result, SyntaxError):
        return "invalid syntax" in answer
    if isinstance(result, Exception):
        # The suggestion is what a traceback adds.
        said = re.sub(r"\. Did you mean: '\w+'\?$", "", answer)
        return said == f"*** {type(result).__name__}: {result}"
    try:
        return read(answer, names) == result
    except (SyntaxError, NameError, TypeError, AssertionError, ValueError):
        return False


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
    first, wrong = next(iter(wanted)), []
    asked, refused = collections.Counter(), collections.Counter()
    for expression, (result, construct) in wanted.items():
        answer = "\n".join(answers[expression][-1:] if expression == first else answers[expression])
        asked[construct] += 1
        if REFUSALS.search(answer):
            refused[construct] += 1
        elif not is_right(answer, result, names):
            shown = f"{type(result).__name__}: {result}" if isinstance(result, Exception) else str(result)
            wrong.append(f"{expression}\n  rdbg:    {answer[:200]}\n  CPython: {shown[:200]}")
    assert not wrong, f"{len(wanted)} expressions, {len(wrong)} wrong\n" + "\n".join(wrong[:60])
    shares = {construct: math.ceil(100 * refused[construct] / asked[construct]) for construct in asked}
    allowed = json.loads(BUDGET.read_text())
    over = {construct: share for construct, share in shares.items() if share > allowed.get(construct, 0)}
    assert not over, f"refused more often than {BUDGET.name} allows, in percent: {over}; all: {shares}"
