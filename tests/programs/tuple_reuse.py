"""Tuples that are freed and made anew on one line, often at the same address, and what they hold."""


def in_a_list():
    pairs = [(n, [n]) for n in range(4)]
    for n in range(3):
        pairs.pop(); pairs.append((n, [n, n]))
        pairs[0] = None; pairs[0] = (n, {n: n})
    return pairs


def in_a_dict():
    table = {"key": (1, [2])}
    for n in range(3):
        table["key"] = None; table["key"] = (n, [n])
        table["key"][1].append(n)
    return table


def in_a_variable(*parts, **named):
    pair = (1, [2])
    pair = None; pair = (3, [4])
    pair[1].append(5)
    named = None; parts = None; pair = None; parts = ([1], [2])
    return parts


def nested():
    outer = [((1, [1]), 2)]
    outer.pop(); outer.append(((3, [3]), 4))
    outer[0][0][1].append(9)
    return outer


in_a_list()
in_a_dict()
for count in range(3):
    in_a_variable([count], (count,), key=[count])
    in_a_variable((count, [count]))
nested()
