"""Lines that change where their own path leads, while they follow it."""


class Shelf:
    def __init__(self):
        self.items = [[], [], []]

    def swap(self):
        self.items = [["new"], ["new"], ["new"]]
        return 1


def swapped():
    shelf = Shelf()
    old = shelf.items
    shelf.items[0].append(shelf.swap())
    older = old
    old = shelf.items
    shelf.items[1][0:0] = [shelf.swap()]
    oldest = old
    old = shelf.items
    shelf.items[0] += [shelf.swap()]
    return old, older, oldest


swapped()
