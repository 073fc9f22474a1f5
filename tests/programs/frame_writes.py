"""What frame.f_locals writes from another frame do, as each version has it."""

import sys


def poke(name, value):
    frame = sys._getframe(1)
    frame.f_locals[name] = value
    del frame


def target():
    x = 1
    items = []
    poke("x", 50)
    items.append(x)
    poke("unknown", "u")
    y = "mine"
    poke("items", items)
    return x, items, y


before = 1
poke("before", 2)
poke("made", [before])
result = target()
changed = result[0] == 50
print(before, made, changed == (sys.version_info >= (3, 13)))  # noqa: F821
