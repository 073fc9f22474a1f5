"""Classes that extend built-in ones and say otherwise in a random few of their operations: for test_expressions."""

BASES = "list dict set frozenset str int tuple float bytes object Exception".split()
MADE = {
    "list": "[1, 2, 3]", "dict": "{'a': 1, 'b': 2}", "set": "{1, 2}", "frozenset": "{1}", "str": "'abc'", "int": "5",
    "tuple": "(1, 2)", "float": "2.5", "bytes": "b'ab'", "object": "", "Exception": "'bad', 3",
}
# What each method gives; none has an effect.
METHODS = {
    "__len__": "(self): return 3", "__bool__": "(self): return False", "__eq__": "(self, other): return True",
    "__ne__": "(self, other): return True", "__contains__": "(self, item): return True", "__hash__": "(self): return 5",
    "__getitem__": "(self, key): return ['item', 'more'][key]", "__iter__": "(self): return iter([8, 9])",
    "__lt__": "(self, other): return True", "__gt__": "(self, other): return False", "__le__": "(self, other): return True",
    "__add__": "(self, other): return 'added'", "__radd__": "(self, other): return 'radded'", "__mul__": "(self, other): return 'times'",
    "__rmul__": "(self, other): return 'rtimes'", "__or__": "(self, other): return 'or'", "__sub__": "(self, other): return 'sub'",
    "__rsub__": "(self, other): return 'rsub'", "__mod__": "(self, other): return 'mod'", "__and__": "(self, other): return 'and'",
    "__repr__": "(self): return 'REPR'", "__str__": "(self): return 'STR'", "__format__": "(self, spec): return 'FORMAT'",
    "__index__": "(self): return 2", "__int__": "(self): return 3", "__float__": "(self): return 1.5", "__neg__": "(self): return 'neg'",
    "__abs__": "(self): return 'abs'", "__round__": "(self, digits=None): return 'round'", "__missing__": "(self, key): return 'missing'",
    "__reversed__": "(self): return iter([6, 5])", "__getattr__": "(self, name): return 'attribute ' + name", "__call__": "(self): return 'called'",
    "get": "(self, key, default=None): return 'got'", "keys": "(self): return ['K']", "upper": "(self): return 'UP'",
    "index": "(self, item): return 77", "count": "(self, item): return 88", "total": None,
}


def classes(random, count):
    """The text of so many classes, and of two instances of each: `g3` and `h3` of `Own3`."""
    lines = []
    for number in range(count):
        base = random.choice(BASES)
        lines.append(f"class Own{number}({base}):")
        lines.append("    plain = 7")
        for name in random.sample(sorted(METHODS), random.choice([0, 1, 1, 2, 4, 8])):
            if name == "total":
                lines += ["    @property", "    def total(self): return 10"]
            else:
                lines.append(f"    def {name}{METHODS[name]}")
        for one in "gh":
            lines.append(f"{one}{number} = Own{number}({MADE[base]})")
            lines.append(f"{one}{number}.own = {number}" if random.random() < 0.5 else "")
    lines.append(f"instances = {count}")
    return "\n".join(lines) + "\n"


# `G` and `H` are two instances of one class, `O` one of another, `V` any value.
CONSTRUCTS = {
    "own truth": ["bool(G)", "not G", "(1 if G else 2)", "(G and 3)", "(G or 3)", "[x for x in (1, 2) if G]", "any([G])"],
    "own length": ["len(G)"],
    "own equality": ["(G == H)", "(G == G)", "(G != H)", "(G == V)", "(V == G)", "(G == O)", "([G] == [H])", "((G, 1) == (G, 1))", "({1: G} == {1: H})"],
    "own membership": ["(V in G)", "(G in [H])", "(G in (1, G))", "(1 in G)", "('a' in G)", "(G in {1, 2})", "(G not in [1])", "[V, G].index(G)", "[1, G].count(1)"],
    "own item": ["G[0]", "G['a']", "G[V]", "G[0:2]", "G[-1]"],
    "own iteration": ["list(G)", "tuple(G)", "[*G]", "[x for x in G]", "sorted(G)", "set(G)", "sum(G)", "max(G)", "min(G)", "any(G)", "dict(G)", "{**G}", "list(zip(G, G))", "list(enumerate(G))", "list(reversed(G))", "','.join(G)", "[a for a, b in [G]]"],
    "own hash": ["{G: 1}[G]", "(G in {G: 1})", "{1: 2}.get(G)", "d1[G]", "len({G, H})", "{1: G}[1]"],
    "own arithmetic": ["(G + 1)", "(1 + G)", "(G + G)", "(G + V)", "(V + G)", "(G * 2)", "(2 * G)", "('x' * G)", "(G - 1)", "(G % 2)", "(G | H)", "(G & H)", "(-G)", "abs(G)", "round(G)", "divmod(G, 2)", "(G ** 2)", "([1] * G)"],
    "own order": ["(G < H)", "(G <= 1)", "(V > G)", "sorted([G, H])", "max(G, H)", "min([1, G])", "(G < V)"],
    "own text": ["str(G)", "repr(G)", "f'{G}'", "f'{G!r}'", "format(G, '')", "f'{G:>10}'", "str([G])", "repr({1: G})", "ascii(G)", "f'{G:d}'"],
    "own number": ["int(G)", "float(G)", "range(G)", "l1[G]", "hex(G)", "chr(G)", "bin(G)", "round(2.5678, G)", "list(range(3))[G]", "s2[G:]"],
    "own attribute": ["G.own", "G.plain", "G.total", "G.missing", "getattr(G, 'own', 1)", "hasattr(G, 'zork')", "vars(G)", "G.__class__.__name__", "type(G).__name__", "callable(G)", "G.__dict__", "dir(G)", "type(G).plain"],
    "own method": ["G.get('a')", "list(G.keys())", "G.upper()", "G.index(1)", "G.count(1)", "G.copy()", "G.lower()", "G.zork()", "G.union({3})", "list(G.items())", "G.bit_length()", "G.hex()"],
    "own class": ["isinstance(G, C)", "isinstance(G, (int, str))", "issubclass(C, int)", "type(G) is C", "isinstance(G, D)", "type(G) == type(H)", "issubclass(C, D)"],
}


def expression(random, construct, value):
    """An expression of a construct over the instances; `value` makes a value of another kind."""
    one, other = random.randrange(COUNT), random.randrange(COUNT)
    text = random.choice(CONSTRUCTS[construct])
    parts = {"G": f"g{one}", "H": f"h{one}", "O": f"h{other}", "V": value, "C": f"Own{one}", "D": f"Own{other}"}
    out, before = [], " "
    for at, c in enumerate(text):
        after = text[at + 1] if at + 1 < len(text) else " "
        is_word = c in parts and not before.isalnum() and not after.isalnum() and before not in "_'" and after not in "_'"
        out.append(parts[c] if is_word else c)
        before = c
    return "".join(out)


COUNT = 40
