# Code that has no text: what `dataclass` writes, and what is given to `exec`.
from dataclasses import dataclass


@dataclass
class Order:
    name: str
    cents: int = 0

    def __post_init__(self):
        self.cents = checked(self.cents)


def checked(cents):
    return max(cents, 0)


def place(name, cents):
    order = Order(name, cents)
    return order


orders = [place("a", 5), place("b", -1)]
space = {"checked": checked}
exec("first = checked(3)\nsecond = checked(-4)", space)
total = sum(order.cents for order in orders)
same = Order("a", 5) == orders[0]
print(total, space["second"], same)
