"""Tuple swaps, starred and chained assignment, del of names, items and slices."""


def swap():
    a, b = [1], [2]
    a, b = b, a
    a[0], b[0] = b[0], a[0]
    x = y = []
    x.append("shared")
    first, *middle, last = range(5)
    i = 0
    i, middle[i] = 1, "set"
    (p, (q, r)), s = (1, (2, 3)), 4
    del p, r
    return a, b, x is y, first, middle, last, i, q, s


def remove():
    items = list(range(8))
    del items[0]
    del items[1:3], items[-1]
    table = {"a": 1, "b": 2}
    del table["a"]
    table["a"] = 3
    items[1:2] = ["x", "y"]
    try:
        del missing
    except UnboundLocalError as error:
        kind = type(error).__name__
    return items, table, kind
    missing = None


print(swap(), remove())
