"""Objects that hold themselves, directly or through others."""

import gc

gc.disable()


class Node:
    def __init__(self, name):
        self.name = name
        self.links = []

    def link(self, other):
        self.links.append(other)
        other.links.append(self)


def build():
    loop = [1]
    loop.append(loop)
    table = {}
    table["self"] = table
    table["loop"] = loop
    a, b = Node("a"), Node("b")
    a.link(b)
    a.me = a
    pair = ([],)
    pair[0].append(pair)
    b.links.clear()
    return loop, table, len(a.links), pair


print(build())
freed = gc.collect() > 0
print(freed)
