"""Keys whose __eq__ and __hash__ count: only the program's own look-ups may."""

counts = {"eq": 0, "hash": 0}


class Key:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        counts["eq"] += 1
        return self.number == other.number

    def __hash__(self):
        counts["hash"] += 1
        return 5


def run():
    first, second = Key(1), Key(2)
    table = {first: "one", second: "two"}
    group = {first, second}
    found = table[Key(2)]
    size = len(table) + len(group)
    return found, size


print(run(), counts)
assert counts == {"eq": 4, "hash": 5}, counts
