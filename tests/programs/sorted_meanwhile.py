"""A list is empty while `sort` runs: so it is seen from the key function, under every name."""

NAMES = ["b", "a"]


class Shelf:
    def __init__(self):
        self.books = [[2], [1], [3]]

    def key(self, book):
        seen = len(self.books)
        return book[0], seen

    def order(self):
        self.books.sort(key=self.key)
        return self.books


def lengths():
    items = [3, 1, 2]
    alias = [items]
    items.sort(key=lambda number: (len(alias[0]), number))
    alias[0].sort(key=lambda number: -number - len(items), reverse=True)
    NAMES.sort(key=lambda name: name * (1 + len(NAMES)))
    return items, alias


class Odd:
    def __init__(self, number):
        self.number = number

    def __lt__(self, other):
        here = len(SHELF)
        return self.number < other.number + here


SHELF = [Odd(3), Odd(1), Odd(2)]
print(Shelf().order())
print(lengths())
SHELF.sort()
print([odd.number for odd in SHELF], NAMES)
