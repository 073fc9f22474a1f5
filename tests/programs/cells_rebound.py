"""Variables that inner functions bind for outer ones: what they held is gone, and its address is used again."""


class Node:
    def __init__(self, items):
        self.items = items


def pushes(target, values):
    for value in values:
        target.append(value)
        yield target


def replaced():
    o = Node([1, 2])
    seen = []

    def inner():
        nonlocal o
        a = [[1, [2]]]
        b = []
        c = ["x"]
        o = Node(b)
        for n in pushes(b, [2.0, (a, c)]): seen.append(len(n))
        a.extend("ab")

    def outer():
        inner()
        inner()
        return o

    outer()
    return outer(), len(seen)


def unbound():
    box = [[1]]

    def drop():
        nonlocal box
        del box
        fresh = [[2], [3]]
        box = fresh[0]
        return fresh

    def atom():
        nonlocal box
        box = 5
        fresh = [[4], [5]]
        return fresh

    kept = [drop(), box]
    kept.append(drop()); kept.append(box)
    kept.append(atom())
    box = [kept]
    kept.append(atom())
    return box, len(kept)


def several():
    first, second = [1], [[2]]

    def swap():
        nonlocal first, second
        first, second = second, first
        second = [first, second]

    def all_of():
        swap()
        first.append(3)
        swap()
        return first, second

    for _ in range(4):
        all_of()
        first.append(len(second))
    return len(first)


def recursive(depth):
    state = [0]

    def down(n):
        nonlocal state
        mine = state
        state = [n, [n]]
        if n:
            down(n - 1)
        state = [mine[0], [mine]]
        return len(state)

    return down(depth), state


print(replaced()[1], unbound()[1], several(), recursive(5)[0])
