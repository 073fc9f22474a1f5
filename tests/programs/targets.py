"""Stores through paths: attributes, items and methods, in place and anew, on one line and several."""

import math


class Node:
    def __init__(self, value):
        self.value = value
        self.next = None
        self.items = []
        self.table = {}

    @property
    def twin(self):
        return self.next

    def add(self, other):
        self.items.append(other)
        return other


class Slotted:
    __slots__ = ("left", "inner")

    def __init__(self):
        self.left = 0
        self.inner = [1]


class Shadowed:
    """`items` of the instance lies behind a property of the class."""

    def __init__(self):
        self.__dict__["items"] = []
        self.real = []

    @property
    def items(self):
        return self.real


class Answering:
    def __getattr__(self, name):
        other = []
        self.__dict__["made_" + name] = other
        return other


def attributes():
    a, b = Node(1), Node(2)
    a.next = b
    a.next.value = 3
    a.next.value += 4
    a.next.next = a
    a.next.next.next.value -= 1
    a.items.append(b); a.items.append(a)
    a.items[0].items.append(5)
    a.twin.value = 6
    a.twin.items.append(7)
    a.add(b).items.append(8)
    a.next.next = a.next = Node(9)
    a.next.value = 10; a.next.value = 11
    a.items[-1].table["k"] = a.items
    a.items[-1].table["k"].append(12)
    a.value = math.sqrt(16.0)
    del a.next
    return a, b


def slots():
    s = Slotted()
    s.left += 1
    s.inner.append(2)
    s.inner[0] = s.inner
    s.inner[0][1] = 3
    s.inner = s.left = None
    return s


def places():
    rows = [[0] * 3 for _ in range(3)]
    i, j = 1, 2
    rows[i][j] = 5
    rows[i][j] += 6
    rows[-1][0] = rows[0]
    rows[-1][0][1] = 7
    rows[i][i + 1] = 8
    i = rows[i][i] = 2
    rows[i][j], rows[j - 1][0] = rows[0], 9
    rows[2][2][0] = 10
    rows[True][0] = 11
    rows[0] += [1, 2]
    rows[0] *= 2
    del rows[0][1]
    rows[0][1:2] = [3, 4, 5]
    pair = ([1], [2])
    pair[0].append(3)
    pair[1][0] = 4
    table = {"a": [1], "b": 2, 3: {}}
    table["a"].append(5)
    table["b"] += 6
    table[3]["c"] = table
    table[3]["c"]["b"] = 7
    key = "b"
    table[key] -= 1
    return rows, pair, table


def either(flag):
    a, b = [1], [2]
    (a if flag else b).append(3)
    (a and b)[0] = 4
    [a, b][flag].append(5)
    x = y = a
    x += [6]
    y.append(7); x = y = b
    x.append(8)
    for a in (b, [9], b): a.append(10)
    [one.append(11) for one in (a, b)]
    return a, b, x, y


def shadowed():
    s = Shadowed()
    s.items.append(1)
    s.items[0] = 2
    s.__dict__["items"].append(3)
    t = Answering()
    t.nothing.append(4)
    t.made_nothing.append(5)
    return s, t


class Meta(type):
    pass


class Counter(metaclass=Meta):
    count = 0
    names = []


def of_class():
    c = Counter()
    c.names.append(1)
    c.count += 1
    Counter.count += 2
    Counter.names.append(c)
    c.names[0] = 3
    return c


TABLE = {}
ROW = [0, 0]


def of_globals():
    TABLE["x"] = 1
    TABLE["x"] += 1
    ROW[0] = TABLE
    ROW[1] += 5
    ROW.append(6)
    ROW[0]["y"] = ROW


attributes()
slots()
places()
either(True)
either(False)
shadowed()
of_class()
of_globals()
TABLE["z"] = ROW; ROW[1] += 1
ROW += [7]
