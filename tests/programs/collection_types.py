"""deque, set, frozenset, bytearray, OrderedDict, Counter, defaultdict."""

from collections import Counter, OrderedDict, defaultdict, deque


def sequences():
    recent = deque([1, 2, 3], maxlen=3)
    recent.append(4)
    recent.appendleft(0)
    recent.rotate(1)
    data = bytearray(b"abc")
    data[0] = 120
    data += b"!"
    del data[1]
    return recent, data


def sets():
    some = {3, 1, 2}
    some.add(9)
    some.discard(1)
    some |= {"x"}
    frozen = frozenset(some - {"x"})
    some.clear()
    return some, sorted(frozen)


def mappings():
    ordered = OrderedDict(a=1, b=2, c=3)
    ordered.move_to_end("a")
    ordered.move_to_end("c", last=False)
    ordered.popitem()
    count = Counter("banana")
    count["b"] += 2
    count.subtract("an")
    groups = defaultdict(list)
    groups["x"].append(1)
    groups["y"]
    return ordered, count, groups


print(sequences(), sets(), mappings())
