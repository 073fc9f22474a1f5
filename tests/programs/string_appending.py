"""Texts that grow at their end, over blocks and limits, and those that only seem to."""


class Radd:
    def __radd__(self, other):
        return "y" * (len(other) + 3)


class Text(str):
    pass


def grows(piece, count):
    s = "start" * 250
    for n in range(count):
        s += piece
        s = s + piece
        s += f"{n}"
        s += ""
    return s


def wide():
    s = "a" * 1500
    s += "é"
    s += "ü" * 700
    s += "\u4e2d"
    s += "中" * 600
    s += "\U0001f600"
    s += "😀" * 300
    s += "\ud800"
    return s


def over_the_limit():
    s = "z" * 65000
    for n in range(4):
        s += "12345678" * 40
    s += "end"
    t = "é" * 65535
    t += "x"
    t += "x"
    t += "y"
    return s, t


def not_appended():
    s = "x" * 2000
    s = "b" + s
    s = s[1:] + "c"
    s += Radd()
    s = s + Radd()
    t = s
    s += t
    s, t = t + "1", s + "2"
    s += (s := "w" * 1200)
    s = s + "tail" if t else t + "other"
    s = t + "of another one"
    s = (s if not t else t) + "chosen"
    for n in range(2): s += "on one line"
    s = Text(s)
    s += "of a subclass"
    s += 5 * "!"
    try:
        s += 5
    except TypeError:
        s += "caught"
    return s, t


def in_a_cell():
    s = "q" * 1100

    def add(more):
        nonlocal s
        s += more
        return s

    add("one")
    add("two")
    return s


def by_generator():
    s = "g" * 1030
    while True:
        s += yield s


print(len(grows("ab", 20)), len(grows("x" * 1023, 5)), len(wide()))
print([len(t) for t in over_the_limit() + not_appended()], len(in_a_cell()))
g = by_generator()
next(g)
g.send("1")
g.send("22")
g.close()
