"""A generator of expressions over recorded values, and the values: for test_expressions.

Each `pick` is by a seeded random, so that a failure comes back. Depth is small: what matters
is that every operator, function and method meets every kind of value.
"""

import random as randoms

import generated_classes

# Run as the recorded program, and by the test itself to know what CPython gives.
PROGRAM = generated_classes.classes(randoms.Random(7), generated_classes.COUNT) + '''
import collections, dataclasses
inf = float("inf"); nan = float("nan")
Point = collections.namedtuple("Point", "x y")
@dataclasses.dataclass
class Account:
    owner: str
    balance: float
class Slotted:
    __slots__ = ("left", "right")
class Child(Account):
    pass
i0 = 0; i1 = 7; i2 = -3; i3 = 10**25; i4 = -2**70; i5 = 255; yes = True; no = False; none = None
f0 = 0.0; f1 = -0.0; f2 = 2.5; f3 = -1e300; f4 = 1e-7; f5 = 0.1; f6 = 1234567.891
s0 = ""; s1 = "abc"; s2 = "Hello, World"; s3 = "\\u00e9t\\u00e9 \\u00df\\u03a3"; s4 = "a\\ud800b"
s5 = " 12 "; s6 = "one two  three\\n"; s7 = "1_000"; s8 = "\\U0001f600x"; s9 = "a,b,,c"
b0 = b""; b1 = b"ab\\xff"; b2 = b"12"
r0 = range(5); r1 = range(10, 0, -3); r2 = range(0)
l0 = []; l1 = [1, 2, 3]; l2 = [3, 1.5, True]; l3 = ["b", "a", "C"]; l4 = [[1, 2], [0], []]
l5 = [0.1] * 10; l6 = [None, 1]; l7 = [(2, "b"), (1, "a")]
t0 = (); t1 = (1,); t2 = (1, "a", 2.0); t3 = ("x", "y")
d0 = {}; d1 = {"a": 1, "b": 2}; d2 = {1: "x", (1, 2): [3]}; d3 = {"a": {"b": [1]}}
z0 = set(); z1 = {1, 2}; z2 = {2, 3}; z3 = frozenset({1}); z4 = {"a"}
point = Point(1, 2); account = Account("ann", 5.0); child = Child("bob", -1.5)
slotted = Slotted(); slotted.left = 1; slotted.right = "r"
people = [account, child]
error = ValueError("bad", 3)
end = 1
'''

INTS = "i0 i1 i2 i3 i4 i5 yes no 0 1 2 -1 3 10 64".split()
FLOATS = "f0 f1 f2 f3 f4 f5 f6 inf nan 0.5 1e16".split()
TEXTS = "s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 'a' '' 'b' ' ' ',' 'ab'".split(" ") + ["' '"]
TEXTS = [text for text in TEXTS if text not in ("", "'")]
BYTES = "b0 b1 b2 b'a'".split()
RANGES = "r0 r1 r2 range(3)".split()
LISTS = "l0 l1 l2 l3 l4 l5 l6 l7 [1,2] people".split()
TUPLES = "t0 t1 t2 t3 point (1,2)".split()
DICTS = "d0 d1 d2 d3".split()
SETS = "z0 z1 z2 z3 z4".split()
OTHERS = "none account child slotted point.x account.balance child.owner slotted.left ... error".split()
ALL = INTS + FLOATS + TEXTS + BYTES + RANGES + LISTS + TUPLES + DICTS + SETS + OTHERS
GROUPS = [INTS, INTS, FLOATS, TEXTS, TEXTS, BYTES, RANGES, LISTS, LISTS, TUPLES, DICTS, SETS, OTHERS]
CLASSES = "int float str bytes bool list tuple dict set frozenset object Account Child Point Slotted ValueError Exception (int,str)".split()

BINARY = "+ - * / // % ** << >> & | ^".split()
COMPARE = "== != < <= > >= in is".split() + ["not in", "is not"]
ONE = "len str repr abs bool int float sum min max sorted any all round list tuple set frozenset dict reversed enumerate hex bin oct ord chr ascii".split()
STR_NONE = "upper lower strip lstrip rstrip split rsplit splitlines isdigit isalpha isspace isupper islower isalnum title capitalize encode swapcase".split()
STR_TEXT = "strip lstrip rstrip split rsplit startswith endswith find rfind index count partition rpartition removeprefix removesuffix rindex".split()
SPECS = "d x X #x b #o c e E .2e f .0f .3f F g .3g G % .1% s .2 5 <5 >8 ^7 *^9 010 +d , _ 012, 012,.2f +.1f #.0f #g z.1f _x _b n = =6 .0 .1 10.3 é^5 ! 08.3f".split() + [" d", " f", "5s"]


class Maker:
    """Makes one expression after another."""

    def __init__(self, random):
        self.random = random

    def pick(self, choices):
        return self.random.choice(choices)

    def atom(self):
        return self.pick(self.pick(GROUPS))

    def value(self, depth):
        """A name or literal, or something made of a few of them."""
        if depth <= 0 or self.random.random() < 0.35:
            return self.atom()
        return self.made(depth)

    def labelled(self, depth):
        """An expression, and the construct that it is an example of."""
        if self.random.random() < 0.4:
            construct = self.pick(sorted(generated_classes.CONSTRUCTS))
            return construct, generated_classes.expression(self.random, construct, self.atom())
        make = self.maker()
        return make.__name__, make(depth - 1)

    def made(self, depth):
        return self.maker()(depth - 1)

    def maker(self):
        return self.pick([
            self.binary, self.binary, self.binary, self.compare, self.compare, self.unary, self.call, self.call,
            self.call_more, self.text_method, self.text_method, self.method, self.item, self.slice, self.logic,
            self.format, self.display, self.comprehension, self.classes, self.sorting,
        ])

    def alike(self, depth):
        """Two values of which operators can do something."""
        group = self.pick(GROUPS)
        first, second = self.pick(group), self.pick(group)
        return (first, second) if self.random.random() < 0.6 else (first, self.value(depth))

    def binary(self, depth):
        left, right = self.alike(depth)
        op = self.pick(BINARY)
        if op in ("**", "<<"):
            right = self.pick(["0", "1", "2", "5", "-1", "-2", "f2", "no", "20"])
        return f"({left} {op} {right})"

    def compare(self, depth):
        left, right = self.alike(depth)
        more = f" {self.pick(COMPARE[:6])} {self.atom()}" if self.random.random() < 0.1 else ""
        return f"({left} {self.pick(COMPARE)} {right}{more})"

    def unary(self, depth):
        return f"({self.pick(['-', '+', '~', 'not '])}{self.value(depth)})"

    def logic(self, depth):
        a, b, c = (self.value(depth) for _ in range(3))
        return self.pick([f"({a} and {b})", f"({a} or {b})", f"({a} if {b} else {c})"])

    def call(self, depth):
        return f"{self.pick(ONE)}({self.value(depth)})"

    def call_more(self, depth):
        a, b = self.alike(depth)
        n = self.pick(INTS)
        return self.pick([
            f"divmod({a}, {b})", f"round({self.pick(FLOATS)}, {self.pick(['0', '1', '2', '3', '-1', '-2', 'i1', 'none'])})",
            f"round({self.pick(INTS)}, {self.pick(['0', '1', '-1', '-2', '-30'])})", f"range({n}, {self.pick(INTS)})",
            f"int({self.pick(TEXTS)}, {self.pick(['2', '8', '10', '16', '36', '0'])})", f"min({a}, {b})", f"max({a}, {b})",
            f"list(zip({a}, {b}))", f"list(enumerate({a}, {n}))", f"getattr({a}, 'balance')", f"vars({self.pick(OTHERS)})",
            f"sum({a}, {b})", f"max({a}, default={n})", f"int('0x1f', 16)", f"float({self.pick(TEXTS)})", f"bytes({a})",
            f"sorted({a}, reverse=True)", f"dict({a}, k={n})", f"sum([{a}, {b}, {n}])", f"format({a}, '')",
        ])

    def text_method(self, depth):
        text, other, n = self.pick(TEXTS), self.pick(TEXTS), self.pick("0 1 2 -1 100 none".split())
        return self.pick([
            f"{text}.{self.pick(STR_NONE)}()", f"{text}.{self.pick(STR_TEXT)}({other})",
            f"{text}.replace({other}, {self.pick(TEXTS)})", f"{text}.replace({other}, 'q', {n})",
            f"{text}.split({other}, {n})", f"{text}.rsplit({other}, {n})", f"{text}.split(None, {n})", f"{text}.rsplit(None, {n})",
            f"{text}.{self.pick(['find', 'rfind', 'count', 'startswith', 'endswith', 'index'])}({other}, {n}, {self.pick('0 2 5 -1'.split())})",
            f"{text}.{self.pick(['zfill', 'center', 'ljust', 'rjust'])}({self.pick('0 5 8 15 -3'.split())})",
            f"{text}.join({self.value(depth)})", f"{text}.splitlines(True)", f"{text}.center(9, {other})",
            f"{text}.startswith(({other}, 'a'))", f"{text} % 3",
        ])

    def method(self, depth):
        d, z, l = self.pick(DICTS), self.pick(SETS), self.pick(LISTS + TUPLES + RANGES)
        x, y = self.value(depth), self.pick(SETS + LISTS + RANGES + DICTS)
        return self.pick([
            f"{d}.get({x})", f"{d}.get({x}, {self.atom()})", f"list({d}.{self.pick(['keys', 'values', 'items'])}())", f"{d}.copy()",
            f"{z}.{self.pick('union intersection difference symmetric_difference issubset issuperset isdisjoint'.split())}({y})",
            f"{z}.copy()", f"{l}.index({x})", f"{l}.count({x})", f"{self.pick(LISTS)}.copy()", f"{self.pick(INTS[:8])}.bit_length()",
            f"{self.pick(FLOATS[:9])}.is_integer()", f"{self.pick(BYTES)}.hex()", f"{self.pick(BYTES)}.decode()", f"z1.union({y}, {z})",
        ])

    def item(self, depth):
        container = self.pick(LISTS + TUPLES + DICTS + TEXTS + BYTES + RANGES + ["i1", "none"])
        return f"{container}[{self.value(depth) if self.random.random() < 0.3 else self.pick(['0', '1', '-1', '5', 'yes'] + TEXTS[:2])}]"

    def slice(self, depth):
        part = lambda: self.pick(["", "", "0", "1", "-1", "-2", "4", "100", "none", "i3"])
        return f"{self.pick(LISTS[:8] + TUPLES + TEXTS + BYTES + RANGES)}[{part()}:{part()}:{self.pick(['', '', '1', '2', '-1', '-2', '0'])}]"

    def format(self, depth):
        value = self.pick(INTS + FLOATS + TEXTS) if self.random.random() < 0.9 else self.atom()
        value = f"({value})"
        conversion = self.pick(["", "", "", "", "!r", "!s", "!a"])
        spec = self.pick(SPECS)
        if self.random.random() < 0.2:
            return f'f"{{{value}{conversion}:{{{self.pick(["5", "i1", "12"])}}}{self.pick(["", ".2f", "d", "s"])}}}"'
        if self.random.random() < 0.2:
            return f'f"<{{{value}{conversion}}}>"'
        return f'f"{{{value}{conversion}:{spec}}}"'

    def display(self, depth):
        a, b = self.value(depth), self.value(depth)
        return self.pick([f"[{a}, {b}]", f"({a}, {b})", f"{{{a}, {b}}}", f"{{{a}: {b}}}", f"[*{a}, {b}]", f"{{**{self.pick(DICTS)}, {a}: 1}}"])

    def comprehension(self, depth):
        source = self.value(depth)
        body = self.pick(["x", "x * 2", "str(x)", "(x, i1)", "x > 1", "-x", "len(x)", "bool(x)", "[y for y in (x, 1)]"])
        test = self.pick(["", "", " if x", " if x != 1", " if isinstance(x, int)"])
        loop = f"for x in {source}{test}"
        return self.pick([
            f"[{body} {loop}]", f"{{{body} {loop}}}", f"{{{body}: x {loop}}}", f"sum({body} {loop})", f"any({body} {loop})",
            f"all({body} {loop})", f"max(({body} {loop}), default=None)", f"sorted({body} {loop})", f"','.join(str(x) {loop})",
            f"[(x, y) {loop} for y in {self.atom()}]", f"[a for a, b in {self.pick(['l7', 'd1.items()', 'l4', 'zip(l1, l3)'])}]",
            f"[a.balance for a in people]", f"list(map(str, {source}))", f"list(filter(None, {source}))",
        ])

    def classes(self, depth):
        x, y = self.value(depth), self.value(depth)
        return self.pick([
            f"isinstance({x}, {self.pick(CLASSES)})", f"type({x}) == type({y})", f"type({x}) is {self.pick(CLASSES)}",
            f"type({x}).__name__", f"issubclass(bool, {self.pick(CLASSES)})", f"hasattr(account, 'owner')", f"type({x}) in (int, str, list)",
        ])

    def sorting(self, depth):
        source = self.pick(LISTS + TUPLES + DICTS + SETS + TEXTS)
        key = self.pick(["str", "len", "abs", "lambda x: x", "lambda x: -x", "str.lower", "lambda x: x[0]", "lambda a: a.balance", "none"])
        return self.pick([f"sorted({source}, key={key})", f"min({source}, key={key})", f"max({source}, key={key}, default=0)", f"sorted({source}, key={key}, reverse=True)"])
