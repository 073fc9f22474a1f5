"""The dict that locals() gave stays as the language says while lines go by."""

import sys


def snapshot():
    x = 1
    d = locals()
    x = 2
    y = 3
    before = sorted(d)
    seen = d["x"]
    return before, seen, x + y


def keeps_extra():
    a = 1
    d = locals()
    d["extra"] = 5
    a = 2
    b = 3
    return sorted(d)


class Body:
    v = 1
    space = locals()
    w = 2
    space["added"] = w


def deleted():
    gone = 1
    d = locals()
    del gone
    other = 2
    return sorted(d), other


print(snapshot(), keeps_extra(), deleted(), Body.added)
print(len(locals()) == len(globals()), sys.version_info >= (3, 12))
