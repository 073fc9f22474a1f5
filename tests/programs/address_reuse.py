"""New objects where old ones just died: an address is not an identity."""


class Node:
    def __init__(self, name):
        self.name = name


def loop():
    seen = 0
    for i in range(6):
        x = [i]
        y = {"i": i}
        seen += x[0] + y["i"]
    return seen


def delete_then_new():
    a = [1, 2]
    del a
    a = [3, 4]
    b = Node("one")
    b = None
    b = Node("two")
    c = float(len(a)) + 0.5
    c += 1
    c += 1
    return a, b.name, c


def rebind():
    n = 1000
    n += 1
    n += 1
    text = "a" * 40
    text = "b" * 40
    t = (n, text)
    t = (text, n)
    return t


print(loop(), delete_then_new(), rebind())
