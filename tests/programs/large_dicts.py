"""Dicts with more pairs than are compared one by one: every way to change one, by name and unseen."""

import collections
import json


class Key:
    """Equal by its text, and hashed by it: only its own code can tell."""

    def __init__(self, text):
        self.text = text

    def __hash__(self):
        return len(self.text)

    def __eq__(self, other):
        return isinstance(other, Key) and self.text == other.text


class Word(str):
    pass


class Plain:
    pass


class Table(dict):
    def __missing__(self, key):
        self[key] = [key]
        return self[key]


def numbers(count):
    table = {}
    for number in range(count):
        table[number * 3] = number
    return table


def one_by_one():
    table = numbers(24)
    table[9] = "nine"
    table[9] = "nine again"
    table[3 + 9] = "twelve"
    table[9.0] = "a float for nine"
    table[True] = "one"
    table[1] = "one again"
    del table[15]
    table[15] = "behind the others"
    table[18] = "beyond a hole"
    table.pop(21)
    table.pop(21, None)
    table[24] += 1
    table[27], table[30] = table[30], table[27]
    table.popitem()
    table["new"] = table[33]
    table.setdefault("new", 0)
    table.setdefault("newer", []).append(1)
    table["newer"].append(2)
    key = "newer"
    table[key].append(3)
    table.update({3: 0, 6: 0, 9: 0, 12: 0, 18: 0, 24: 0})
    table.update(other=1)
    table |= {"one": 1, "two": 2}
    other = table
    other["by another name"] = 0
    del other[0], other[3]
    table[0] = "again"
    table.clear()
    table["after"] = 1
    table.update(numbers(20))
    table["after"] = 2
    return table


def keys_of_all_kinds():
    table = {("a", number): number for number in range(20)}
    pair = ("a", 3)
    table[pair] = "three"
    table["a", 4] = "four"
    table[("a", (5, "x"))] = "nested"
    table[("a", (5, "x"))] = "nested again"
    table[None] = None
    table[b"bytes"] = 1
    table[b"bytes"] = 2
    table["bytes"] = 3
    table[float("nan")] = 1
    table[-1] = "minus one"
    table[-2] = "its neighbour"
    table[2**61 - 1] = "hashed as zero"
    table[0] = "zero"
    table[2**61 - 1] = "again"
    table[2**80] = "large"
    table[2**80] = "large again"
    table[Key("ab")] = 1
    table[Key("cd")] = 2
    table[Key("ab")] = 3
    table[Word("word")] = 1
    table["word"] = 2
    plain = Plain()
    table[plain] = [1]
    table[plain].append(2)
    table[plain] = "replaced"
    table[frozenset("ab")] = 1
    del table[Key("cd")]
    del table[plain]
    return table


def unseen(table, other):
    text = json.loads('{"a": {"b": [1, 2]}}', object_hook=lambda found: table.update(found) or found)
    for _ in map(table.__setitem__, ("m1", "m2", "m3", "m4", "m5", "m6"), "abcdef"):
        pass
    list(map(table.pop, ("m1", "m2")))
    table.__init__({"m3": "init"})
    dict.update(table, m4="base")
    table.__ior__({"m5": "or"})
    other.update(table)
    return text


def missing():
    groups = collections.defaultdict(list)
    for number in range(40):
        groups[number % 20].append(number)
    groups["read"]
    found = groups["read too"], groups.get("not there")
    counts = collections.Counter("abcdefghijklmnopqrstuvwxyz")
    counts["a"] += 1
    counts.update("aab")
    counts.subtract("b")
    del counts["z"]
    table = Table()
    for number in range(20):
        table[number]
    table[3].append("x")
    return groups, found, counts, table


def freed_and_made_again():
    for turn in range(6):
        table = dict.fromkeys(range(20), turn)
        table[turn] = "mine"
        del table
        table = {number: turn for number in range(18)}
        table[turn] = "again"


def attributes():
    plain = Plain()
    names = vars(plain)
    for number in range(20):
        setattr(plain, f"a{number}", number)
    plain.a3 = "by attribute"
    names["a4"] = "by item"
    del plain.a5
    plain.__dict__ = numbers_by_name()
    plain.b1 = "new dict"
    return plain, names


def numbers_by_name():
    return {f"b{number}": number for number in range(20)}


def ordered():
    table = collections.OrderedDict((number, number) for number in range(20))
    table.move_to_end(3)
    table[3] = "last"
    table.popitem(last=False)
    return table


def nested():
    graph = {name: {"next": [], "seen": 0} for name in "abcdefghijklmnopqrst"}
    name = "c"
    graph[name]["next"].append("d")
    graph["d"]["seen"] += 1
    graph[name]["seen"] = graph["d"]["seen"]
    for name in graph:
        graph[name]["next"].append(name)
    graph["e"] = graph["f"]
    graph["f"]["seen"] = 9
    return graph


one_by_one()
keys_of_all_kinds()
large = numbers(20)
unseen(large, numbers(17))
missing()
freed_and_made_again()
attributes()
ordered()
nested()
print(len(large))
