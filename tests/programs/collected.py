"""Cycles that the collector frees, and what takes their addresses: every object has a name of its own."""

import gc
import weakref

COUNT = [0]
MADE = []


def number():
    # Nothing here is done by code that is not seen.
    COUNT[0] += 1
    return COUNT[0]


class Node:
    def __init__(self, held):
        self.name = f"node {number()}"
        self.held = held
        self.me = self


class Slotted:
    __slots__ = "name", "held", "me"

    def __init__(self, held):
        self.name = f"slotted {number()}"
        self.held = held
        self.me = self


class Plain:
    """Made without a word of the program."""


class Final:
    """Its finalizer runs within a collection, and makes what stays."""

    def __init__(self, kept):
        self.name = f"final {number()}"
        self.kept = kept
        self.me = self

    def __del__(self):
        self.kept.append(Node(self.kept))
        node = Node(None)
        inner = Slotted(node)
        self.kept.append(inner)


def name(thing):
    thing.name = f"plain {number()}"
    thing.me = thing
    return thing


def let_go(kind, count):
    for _ in range(count):
        node = kind([kind(None), {"inner": kind(None)}])
        node = name(Plain())
    return node.name


def by_hand(count):
    kept = []
    for turn in range(count):
        let_go(Node, 3)
        let_go(Slotted, 3)
        gc.collect(turn % 3)
        kept.append(Node(kept))
        kept.append(name(Plain()))
        one = Slotted(kept[-1])
        two = [one, Node(one)]
        kept.append(two[turn % 2])
    return len(kept)


def by_itself(count):
    gc.set_threshold(5, 2, 2)
    kept = [Node(None)]
    for turn in range(count):
        let_go(Node, 2)
        kept[0] = Node([kept[0].name])
        node = kept[0]
        kept.append(Slotted(node))
        if turn % 7 == 0: gc.freeze()
    gc.set_threshold(700, 10, 10)
    gc.unfreeze()
    return len(kept)


def with_finalizers(count):
    kept = []
    for _ in range(count):
        Final(kept)
        Final(kept).held = Final(kept)
        let_go(Node, 2)
        gc.collect()
        node = Node(kept)
        other = name(Plain())
        kept.append([node.name, other])
    return len(kept)


class Slow:
    """Its finalizer goes on for a while, and looks at what is freed behind it."""

    def __init__(self):
        self.name = f"slow {number()}"
        self.held = [Node(self), Node(None), Slotted(self)]

    def __del__(self):
        for _ in range(70):
            node = self.held[0]
            slotted = self.held[2]
        node = self.held[1]


def finalized(count):
    gc.set_threshold(7, 2, 2)
    kept = []
    for _ in range(count):
        Slow()
        let_go(Node, 1)
        node = Node(kept)
        kept.append([node, Slotted(None), Node(None)])
    gc.set_threshold(700, 10, 10)
    return len(kept)


def with_callbacks(count):
    kept = []
    for _ in range(count):
        node = Node(kept)
        watch = weakref.ref(node, lambda _: kept.append(Node(kept)))
        del node
        if (node := watch()) is not None: node.name
        del node
        gc.collect()
        kept.append(name(Plain()))
    return len(kept)


def sorted_meanwhile(count):
    """The collector runs below a function that C code calls."""
    kept = []

    def key(n):
        let_go(Node, 2)
        gc.collect(0)
        kept.append(Node(n))
        return kept[-1].name

    kept.sort()
    return len(sorted(range(count), key=key)), len(kept)


def unbroken(count):
    """Cycles that code which is not seen breaks, so that they are freed without the collector."""
    gc.disable()
    for _ in range(count):
        node = Node([])
        inner = Node(node)
        node.held = inner
        watch = weakref.ref(node)
        del node, inner
        list(map(delattr, [watch(), watch(), watch().held], ["me", "held", "me"]))
        fresh = Node(watch())
        MADE.append(fresh)
    gc.enable()
    return len(MADE)


print(by_hand(9), by_itself(40), with_finalizers(6), finalized(30), with_callbacks(6), sorted_meanwhile(9), unbroken(5))
