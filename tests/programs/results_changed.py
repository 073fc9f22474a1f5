"""Lines that change what a call on them gave, held by others or by nobody."""

import gc


class Node:
    def __init__(self, name, owner=None):
        self.name = name
        self.owner = owner
        self.value = 0
        self.items = []

    def itself(self):
        return self

    def child(self):
        return self.items[0]

    def take(self):
        return self.items.pop()

    def fresh(self):
        return Node("fresh")

    def number(self):
        return 1

    def swap(self):
        self.items = [Node("swapped")]
        return 5


def give(node):
    return node


def table():
    return TABLE


def pair():
    return PAIR


def several():
    yield TABLE
    yield TABLE["list"]


class Lazy:
    @property
    def node(self):
        return KEPT

    def __getitem__(self, place):
        return KEPT

    def __call__(self):
        return KEPT


KEPT = Node("kept")
TABLE = {"list": [1], "node": KEPT}
PAIR = [[1], [2]]


def held():
    node = Node("top")
    inner = Node("inner", node)
    node.items.append(inner)
    node.itself().value = 1
    node.child().value = node.itself().value
    node.child().value += 1
    node.child().owner.value = "owner"
    node.child().items.append(node.child())
    node.itself().items[node.number() - 1].value = "by number"
    give(node).child().name = give(inner).name + "!"
    node.itself().items[0].value = node.swap()
    node.child().value = inner.value
    inner.value = node.child().swap()
    node.child().items[0].value, node.value = 1, 2
    pair()[1].append(3)
    pair()[node.number()][0] = 4
    table()["list"].append(node)
    table()["node"].value = 4
    table()[give("node")].value += 5
    return inner


def held_by_nobody():
    node = Node("top")
    node.items.append(Node("a"))
    node.items.append(Node("b"))
    node.take().value = 1
    kept = node.fresh().value = [1]
    node.fresh().items.append(node.take())
    node.fresh().owner = node
    other = node.fresh()
    give(other).owner = other
    give(other).value = other = None
    gc.collect()
    return kept


def cut_loose():
    top = Node("top")
    middle = Node("middle", top)
    top.owner = middle
    del middle
    give(top).owner.owner = None
    give(top.owner).value = give(top).owner = None
    return top


def unlike_calls():
    lazy = Lazy()
    lazy.node.value = "property"
    lazy[0].value = "item"
    lazy().value = "called"
    [give(node) for node in (KEPT, KEPT)][0].value = "listed"
    for give(KEPT).value in range(2):
        pass
    give(KEPT).items[:] = [give(KEPT).value for _ in range(2)]
    (give(KEPT) if lazy else lazy).value = "either"
    (lambda: TABLE)()["list"].append("lambda")
    [give(TABLE)["list"].append(n) for n in range(2)]
    generator = several()
    next(generator)["list"].append("generated")
    next(generator).append("generated too")
    del give(KEPT).items[0], pair()[0][0]


held()
held_by_nobody()
cut_loose()
unlike_calls()
print(KEPT.value, len(TABLE["list"]))


shared = [1, [2]]


def of_a_lambda():
    view = {"shared": shared}
    nothing = (lambda: shared)().append(3)
    (lambda: shared[1])().extend([4, 5])
    (lambda: shared)()[0] = nothing
    return view


of_a_lambda()
