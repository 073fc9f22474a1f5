"""What calls give goes straight into other calls, and into what comprehensions build."""


class Order:
    def __init__(self, total):
        self.total = total


class Basket:
    def __init__(self, orders, label):
        self.orders = orders
        self.label = label


def order(total):
    made = Order(total)
    return made


def label(text):
    made = [text]
    return made


def total(*orders):
    return sum(order.total for order in orders)


def same(first, second=None):
    return first


def emptied(found):
    found.clear()
    return found


# An argument, beside another, of a function, a constructor, a method and by keyword.
direct = same(order(1))
beside = same(label("a"), label("b"))
basket = Basket([order(2)], label("c"))
basket.orders.append(same(order(3), second=label("d")))
several = total(order(4), order(5), order(6))

# Built into a list, a tuple and a dict while other calls run.
pair = (order(7), label("e"))
listed = [label("f"), label("g"), emptied(label("h"))]
table = {"i": label("i"), "j": label("j")}

# Comprehensions, with a condition, of two loops, of keys, in each other, and passed on.
orders = [order(number) for number in range(3)]
chosen = [same(order(number)) for number in range(6) if number % 2]
crossed = [label(str(x + y)) for x in range(2) for y in range(2)]
named = {label(text)[0]: label(text) for text in "kl"}
nested = [[label(text) for text in word] for word in ("mn", "o")]
summed = total(*[order(number) for number in range(3)])
counted = len(same([label(text) for text in "pq"])) + len(label("r"))

# Gone before the next call: another may have the address.
gone = len(label("s")) + same([1])[0]
fresh = [len(emptied(label("t"))), same(["u"]), same(["v"])]
print(several, summed, counted, gone, fresh, len(orders), len(chosen), len(crossed))

# Over several lines.
wide = Basket(
    [
        order(8),
        same(
            order(9),
            second=label("w"),
        ),
    ],
    label(
        "x",
    ),
)


def logged(function):
    calls = []

    def wrapper(*args):
        calls.append(label(args))
        return function(*args)

    return wrapper


def times(count):
    def decorate(function):
        results = []

        def repeat(value):
            results.append([function(value) for _ in range(count)])
            return results[-1]

        return repeat

    return decorate


@times(2)
@logged
def double(value):
    return value * 2


print(len(wide.orders), double(1), double(2))
