"""Values that are equal and still differ: True, 1, 1.0, 0.0 and -0.0."""


def walk():
    value = 1
    value = True
    value = 1.0
    value = 1 + 0j
    value = 0.0
    value = -0.0
    value = False
    value = ""
    value = b""
    value = ()
    value = frozenset()
    return value


def containers():
    items = [1, 1, 1]
    items[0] = True
    items[1] = 1.0
    table = {1: "a"}
    table[True] = "b"
    table["v"] = 1
    table["v"] = True
    table["v"] = 1.0
    pair = (0.0, -0.0)
    pair = (-0.0, 0.0)
    one, two = [1], [1]
    same = one == two and one is not two
    return items, table, pair, same


print(walk(), containers())
