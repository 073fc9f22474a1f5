"""Lines that bind a variable to an object that is known, and change it or what it holds at once."""


class Node:
    def __init__(self, value, items=None):
        self.value = value
        self.items = [] if items is None else items


def known(node):
    return node


def straight():
    node = Node("a"); node.items.append([1])
    return node


def below():
    node = Node("b", [[2]]); node.items[0].append(3)
    return len(node.items[0])


def through_others(node):
    held = [node, [node.items]]
    again = held[0]; again.items.append(4)
    again = held; again[1][0].append(5)
    again = known(node); again.value = "c"
    first = second = node.items; first += [6]
    for step in range(2): again = held[1]; again[0].append(step)
    return len(held)


def by_builtins(node):
    other = node; list(map(other.items.append, "xy"))
    other = [node]; other[0].items.extend(range(2)); other = None
    return node


kept = straight()
below()
through_others(kept)
by_builtins(kept)
print(kept.value, kept.items)
