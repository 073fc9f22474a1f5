"""A line calls what is not recorded, and then starts a recorded frame by other means than a call."""


class Row:
    def __init__(self):
        self.seen = []

    def __getitem__(self, key):
        return key

    @property
    def total(self):
        return len(self.seen)


def numbers():
    yield 1
    yield 2


def subscripts(row, items):
    def inner(y):
        items.__iadd__([y]); x = row[y]
        return x

    # The interpreter calls `__getitem__` without C code between once it knows the class.
    return [inner(y) for y in range(6)]


def properties(row, items):
    for y in range(6):
        items.__iadd__([y]); x = row.total
        x += 1
    return x


def loops(items):
    for y in range(6):
        items.__iadd__([y]); x = [n for n in numbers()]
        x.append(y)
    return x


row = Row()
print(subscripts(row, []))
print(properties(row, row.seen))
print(loops([[0]]))
