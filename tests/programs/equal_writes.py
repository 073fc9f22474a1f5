# Stores of values that are equal to what was there: writes, though nothing changes.
import threading


class Account:
    kind = "plain"

    def __init__(self):
        self.state = None
        self.rows = {"limit": 0}


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left = 1
        self.right = 2


def lookup(table, key):
    found = None
    for name, value in table:
        if name == key.upper():
            found = value
    return found


def total_of(rows):
    total = 0
    for row in rows:
        total += row * 0
    return total


def bindings(flag):
    x = 1
    x = 1
    for x in (1, 1):
        pass
    doubled = [x for x in range(3)]
    x = 1
    if flag: x = 1
    x = y = 1
    (x, z) = (1, 5)
    while (x := same(1)) > 5:
        pass
    try:
        x = 1
        x = int("no number")
    except ValueError:
        x = 1
    x = yield doubled
    x = yield y + z
    return x


def same(value):
    return value


def parts():
    pair = Slotted()
    pair.left = 1
    pair.left, pair.right = 1, 3
    pair.left, pair.right = 1, 3
    Account.kind = "plain"
    items = [1, 2, 3]
    items[1] = 2
    items[1] = same(2)
    large = dict.fromkeys(range(100), 0)
    large[50] = 0
    large[50] = 1
    large[50] = same(1)
    return pair, items, large


class Counter:
    def __init__(self):
        self.value = 0


gate = threading.Barrier(2)


def add(counter, turn):
    seen = counter.value
    gate.wait()
    turn.wait()
    counter.value = seen + 1


table = [("ann", 5), ("bob", 7)]
account = Account()
result = None
amount = 0
result = lookup(table, "ann")
amount = total_of([1, 2, 3])
account.state = lookup(table, "bob")
account.rows["limit"] = total_of([4])
steps = bindings(0)
next(steps)
steps.send(1)
for _ in steps:
    pass
parts()
counter = Counter()
turns = [threading.Event(), threading.Event()]
threads = [
    threading.Thread(target=add, args=(counter, turn), name=name)
    for turn, name in zip(turns, ("first", "second"))
]
for thread in threads:
    thread.start()
for thread, turn in zip(threads, turns):
    turn.set()
    thread.join()
print(result, amount, account.state, account.rows, counter.value)
