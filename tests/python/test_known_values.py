"""Values of the standard library as rdbg shows them, beside CPython's own `repr`."""

import re

from harness import rdbg, record, write

VALUES = r"""
Decimal("0.10")
Decimal(0.1)
Decimal("-0")
Decimal("0E+3")
Decimal("1E-7")
Decimal("123E+5")
Decimal("-1.5E-10")
Decimal(10) ** 40
Decimal("Infinity")
Decimal("-Infinity")
Decimal("NaN")
Decimal("sNaN12")
Decimal("12345678901234567890123456789012345678.00000000000000000001")
datetime.date(2024, 2, 29)
datetime.date.max
datetime.datetime(2024, 3, 31, 2, 30)
datetime.datetime(2024, 3, 31, 2, 30, 5)
datetime.datetime(2024, 3, 31, 2, 30, 0, 7)
datetime.datetime(2024, 3, 31, 2, 30, tzinfo=datetime.timezone.utc)
datetime.datetime(2024, 3, 31, 2, 30, tzinfo=ZONE, fold=1)
datetime.datetime(2024, 3, 31, 2, 30, fold=1)
datetime.datetime.min
datetime.time(23, 59)
datetime.time(0, 0, 1, 2, tzinfo=datetime.timezone.utc, fold=1)
datetime.timedelta(days=-1, seconds=5)
datetime.timedelta(0)
datetime.timedelta(microseconds=1)
datetime.timedelta(days=999999999, hours=23, minutes=59, seconds=59, microseconds=999999)
datetime.timezone.utc
datetime.timezone(datetime.timedelta(hours=-5))
datetime.timezone(datetime.timedelta(hours=5, minutes=30), "India's")
datetime.timezone(datetime.timedelta(0), "null")
slice(1, 2)
slice(None, -3, 2)
fractions.Fraction(-1, 3)
fractions.Fraction(5)
uuid.UUID(int=5)
uuid.UUID("12345678-1234-5678-1234-567812345678")
Color.RED
Color.GREEN
Number.ONE
Color.RED.value
Color.GREEN.name
""".strip().splitlines()

PROGRAM = """
import datetime, enum, fractions, uuid, zoneinfo
from decimal import Decimal
class Color(enum.Enum):
    RED = 1
    GREEN = "it's"
class Number(enum.IntEnum):
    ONE = 1
try:
    ZONE = zoneinfo.ZoneInfo("America/New_York")
except Exception:
    ZONE = datetime.timezone.utc
""" + "".join(f"v{number} = {text}\n" for number, text in enumerate(VALUES)) + "end = 1\n"

# Attributes that the text of a value tells, and texts made of values.
MORE = [
    "v13.year", "v13.month", "v16.second", "v16.microsecond", "v17.microsecond", "v15.hour", "v15.fold", "v20.fold", "v15.tzinfo",
    "v22.minute", "v23.second", "v23.fold", "v24.days", "v24.seconds", "v25.days", "v32.start", "v33.start", "v33.stop", "v33.step",
    "repr(v0)", "str(v0)", "str(v9)", "repr([v0, v13])", "repr(v34)", "repr(v36)", "repr(v38)", "v38 is Color.RED", "v38 == Color.RED",
    "v38 in (Color.RED, 1)", "{Color.RED: 1}[v38]", "Color.GREEN.value",
]


def test_values_of_the_standard_library_as_repr_writes_them(tmp_path):
    write(tmp_path, "values.py", PROGRAM)
    assert record(tmp_path, "values.py").returncode == 0
    names = {"__name__": "__main__"}
    exec(PROGRAM, names)
    asked = [f"v{number}" for number in range(len(VALUES))] + MORE
    write(tmp_path, "script.rdbg", "goto end\n" + "".join(f"p {text}\n" for text in asked))
    done = rdbg(tmp_path, "replay", "t.db", "-x", "script.rdbg")
    lines = (done.stdout + done.stderr).decode().splitlines()[-len(asked):]
    wrong = []
    for text, line in zip(asked, lines):
        shown = re.sub(r" #\d+$", "", line)
        if shown != repr(eval(text, names)):
            wrong.append(f"{text} is {VALUES[int(text[1:])] if text[1:].isdigit() else text}: {shown}, not {eval(text, names)!r}")
    assert not wrong, "\n".join(wrong)
