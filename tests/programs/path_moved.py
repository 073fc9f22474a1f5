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


# What is changed lies on the path to it: afterwards the path leads elsewhere.
ring = [1, [2]]
ring.append(ring)
ring.append("x")


def around():
    seen = ring
    ring[-2].append(range(3))
    ring[-3].append([4])
    ring.insert(1, ring)
    ring[1].insert(0, ring)
    ring[2].pop(0)
    ring[1].append(5)
    ring[-1:] = []
    ring.append([6])
    ring.append(ring)
    ring[-1].pop()
    ring[-1].append(7)
    return len(seen)


print(around())


def from_the_end():
    # What is changed is the list itself: behind that, `[-2]` is what `[-1]` was.
    for n in range(3):
        items = [0, (1, [2])]
        items.insert(-1, items)
        items[-2].append((3, [4]))
        n += len(items)
    return n


print(from_the_end())
