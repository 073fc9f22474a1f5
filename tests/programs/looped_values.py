"""Values that loops took from containers, to be asked where they came from."""


class Order:
    def __init__(self, total):
        self.total = total


def place():
    first = Order(5)
    second = Order(7)
    found = [first]
    found.append(second)
    return found


def last_of(found):
    for order in found:
        last = order
    return last


def counted():
    numbers = (4, 5, 6)
    for number in numbers:
        kept = number
    return kept


def doubtful():
    numbers = [3, 3]
    for number in numbers:
        kept = number
    return kept


def named(table):
    for name in table:
        kept = name
    return kept


order = last_of(place())
count = counted()
doubt = doubtful()
name = named({"a": 1, "b": 2})
print(order.total, count, doubt, name)
