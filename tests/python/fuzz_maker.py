"""Make a random program from a seed, out of the words of `fuzz_words.py`."""

import random
import re

from fuzz_statements import BLOCKS, SIMPLE
from fuzz_words import ATOMS, NEW, PRELUDE

HOLE = re.compile(r"<(new )?([A-Za-z])(\d?)(=?)>")
COMPOUND = ("for ", "if ", "with ", "def ", "while ", "try:", "match ", "class ")
VARIABLES = {
    "L": ["a", "b", "c"], "D": ["d", "e"], "S": ["s"], "Q": ["q"], "O": ["o", "p"], "T": ["t"],
    "W": ["w"], "I": ["i", "j"], "U": ["u"], "X": ["x", "y", "z"],
}  # fmt: skip
EVERYWHERE = {"L": ["G"], "D": ["H"]}
CHANGING = "LLLDDQOOT"
NESTING = 2


class Maker:
    """Fills templates with what one seed chooses."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.fresh = 0
        self.flags = set()

    def pick(self, choices):
        return choices[self.random.randrange(len(choices))]

    def fill(self, template, nesting=0):
        """The template with its holes filled; blocks are left for `lines`."""
        same = {}

        def put(hole):
            new, kind, digit, target = hole.groups()
            if kind == "B":
                return hole.group()
            if kind == "N" or digit:
                key = (kind, digit)
                if key not in same:
                    same[key] = self.expression(kind, bool(target), bool(new), nesting)
                return same[key]
            return self.expression(kind, bool(target), bool(new), nesting)

        return HOLE.sub(put, template)

    def expression(self, kind, is_target, is_new, nesting):
        """Text for one hole."""
        if kind == "N":
            self.fresh += 1
            return f"n{self.fresh}"
        if is_target:
            return self.pick(VARIABLES[kind])
        if is_new:
            return self.fill(self.pick(NEW[kind]), nesting + 1)
        if kind in VARIABLES:
            return self.pick(VARIABLES[kind] * 3 + EVERYWHERE.get(kind, []))
        if kind == "n":
            return str(self.random.randrange(5))
        if kind == "i":
            return self.pick(["0", "-1", "1", "2", "-2"])
        if kind == "s":
            return self.pick([*VARIABLES["W"], '"text"', '"t" * 3'])
        if kind == "k":
            return self.pick([*ATOMS, *VARIABLES["W"], *VARIABLES["I"]])
        if kind == "c":
            return self.pick(VARIABLES[self.pick(CHANGING)])
        if kind == "l" or (kind == "v" and nesting < NESTING and self.random.random() < 0.2):
            kind = kind if kind != "v" else self.pick("LLDOTUX")
            chosen = kind.upper()
            if nesting < NESTING and self.random.random() < 0.6:
                return self.fill(self.pick(NEW[chosen]), nesting + 1)
            return self.pick(VARIABLES[chosen])
        if self.random.random() < 0.5:
            return self.pick(ATOMS)
        return self.pick(VARIABLES[self.pick(list(VARIABLES))])

    def simple(self):
        """Lines of a simple statement, in a `try` if it may raise."""
        template = self.pick(SIMPLE)
        risky = template.startswith("?")
        text = self.fill(template.lstrip("?"))
        if not text.startswith(COMPOUND) and self.random.random() < 0.1:
            more = self.pick(SIMPLE)
            if not more.lstrip("?").startswith(COMPOUND):
                risky = risky or more.startswith("?")
                text += "; " + self.fill(more.lstrip("?"))
        if not risky or self.random.random() < 0.1:
            return [text]
        handler = self.pick(["problems.append(type(error).__name__)", self.fill("<X=> = error"), "pass"])
        return ["try:", "    " + text, "except Exception as error:", "    " + handler]

    def block(self, size, depth):
        """Lines of some statements, with blocks inside them up to a depth."""
        lines = []
        for _ in range(size):
            if depth and self.random.random() < 0.2:
                lines += self.compound(depth - 1)
            else:
                lines += self.simple()
        return lines

    def compound(self, depth):
        """Lines of a statement that holds blocks."""
        template = self.pick(BLOCKS)
        flag, colon, rest = template.partition(":")
        if colon and flag in ("gen", "loop", "async"):
            if flag not in self.flags:
                return self.simple()
            template = rest
        outer = set(self.flags)
        if template.startswith(("for ", "while ")) or "\nwhile " in template:
            self.flags.add("loop")
        lines = []
        for line in self.fill(template).split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            if line.strip() == "<B>":
                lines += [indent + inner for inner in self.block(self.random.randint(1, 3), depth)]
            else:
                lines.append(line)
        self.flags = outer
        return lines

    def declarations(self, kinds=tuple(VARIABLES)):
        """Lines that bind every variable of some kinds, from simple to such as need the others."""
        lines = []
        for kind in kinds:
            for name in VARIABLES[kind]:
                lines.append(f"{name} = {self.first(kind)}")
        return lines

    def first(self, kind):
        """What a variable is at the beginning: nothing that needs a variable."""
        simple = {
            "L": ["[]", "[1, 2, 3]", "[[1], [2]]", "G", "[G]", "Bag()"], "D": ["{}", "{'a': [1]}", "H"],
            "S": ["{1, 2}"], "Q": ["collections.deque([1, [2]])"], "O": ["Node(1, [1, 2])", "Node()"],
            "T": ["Slot(1)", "Triple(2, [3])"], "W": ["'w'"], "I": ["3", "2**70"], "U": ["(1, [2])"],
            "X": ["None", "[4]", "(value for value in 'xyz')"],
        }  # fmt: skip
        return self.pick(simple[kind])

    def scene(self, number):
        """Lines of one scene, its call included."""
        self.flags = set()
        name = f"scene{number}"
        kind = self.pick(["plain"] * 5 + ["gen"] * 2 + ["closure"] * 2 + ["module", "body", "method", "thread", "async"])
        call = f"kept{number} = {name}()"
        if kind == "module":
            body = self.declarations() + self.block(12, 2)
            return guarded(body)
        if kind == "body":
            return guarded([f"class Body{number}:", *indented(self.declarations() + self.block(10, 1))])
        if kind == "closure":
            body = self.closure(number)
        else:
            self.flags = {kind}
            body = self.declarations() + self.block(14, 2) + [self.fill("return <c>")]
        head = f"def {name}():"
        lines = []
        if kind == "gen":
            # At most so many values are asked for; the rest is closed or freed.
            body.insert(0, "yield 0")
            call = f"kept{number} = list(itertools.islice({name}(), {self.random.randint(1, 9)}))"
        elif kind == "method":
            lines = [f"class Scene{number}(Node):"]
            body[:0] = ["self.items.append(self)"]
            lines += indented([f"def {name}(self):", *indented(body)])
            return lines + guarded([f"kept{number} = Scene{number}().{name}()"])
        elif kind == "thread":
            call = f"kept{number} = threading.Thread(target={name}); kept{number}.start(); kept{number}.join()"
            body = guarded(body)
        elif kind == "async":
            head = f"async def {name}():"
            call = f"import asyncio; kept{number} = asyncio.run({name}())"
            body = guarded(body)
        return [head, *indented(body), *guarded([call])]

    def closure(self, number):
        """Lines of a function whose variables an inner function shares."""
        shared = [kind for kind in VARIABLES if self.random.random() < 0.6]
        own = [kind for kind in VARIABLES if kind not in shared]
        names = [name for kind in shared for name in VARIABLES[kind]]
        inner = [f"nonlocal {', '.join(names)}"] if names else []
        inner += self.declarations(own) + self.block(6, 1) + [self.fill("return <c>")]
        lines = self.declarations() + self.block(3, 1)
        lines += [f"def inner{number}():", *indented(inner)]
        for _ in range(3):
            lines += guarded([self.fill("<X=> = ") + f"inner{number}()"]) + self.block(3, 1)
        return [*lines, self.fill("return <c>")]


def indented(lines):
    return ["    " + line for line in lines]


def guarded(lines):
    """The lines in a `try` that lets no exception end the program."""
    return ["try:", *indented(lines), "except Exception as error:", "    problems.append(type(error).__name__)"]


def program(seed, scenes=3):
    """The text of the program of a seed."""
    maker = Maker(seed)
    lines = PRELUDE.split("\n")
    for number in range(scenes):
        lines += ["", "", *maker.scene(number)]
    return "\n".join([*lines, "", "", "print(len(problems), len(G), len(H))", ""])
