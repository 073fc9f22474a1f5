"""Instances are called, and methods with star arguments: by lines themselves, and by C code on a line."""

import array
import functools
import operator


class Adder:
    def __init__(self):
        self.calls = []

    def __call__(self, x, *more, key=None):
        self.calls.append(x)
        return len(self.calls)

    def plot(self, *values):
        self.calls.append(values)
        return len(self.calls)

    def remove(self, item, update=True):
        self.calls.append((item, update))
        return update


class Further(Adder):
    def __call__(self, x, *more, key=None):
        return super().__call__(x, *more)


class Counted(array.array):
    def __setitem__(self, at, value):
        LOG.append(at)
        super().__setitem__(at, value)


LOG = []
GLOBAL = Adder()


def direct(adder, table, items):
    adder(1)
    n = adder(items)
    n = adder(items, *items); items.__iadd__([n])
    n = table["row"][0](2)
    n = table["row"][n % 2](3) + table["row"][1](4)
    n = GLOBAL(n)
    m = GLOBAL(n, key=items)
    adder.plot(n, *items)
    adder.plot(*items, m)
    n = adder.plot(*[adder.plot(1, *items)], m)
    adder.remove(n, update=False)
    adder.remove(m)
    return [adder(x) for x in items[:3]]


def through_c(adder, items):
    n = list(map(adder, items))
    n.sort(key=adder)
    items.sort(key=adder); n = items[0]
    items.__iadd__([sorted([3, 1, 2], key=adder)])
    n = operator.call(adder, n) if hasattr(operator, "call") else adder(n)
    n = functools.reduce(adder, [1, 2, 3])
    items.__iadd__([functools.partial(adder, 1)(2)])
    return n


def shadowed(items):
    adder = Adder()
    adder.plot = items.sort
    # What is called has the method's name, and calls the method.
    adder.plot(key=functools.partial(Adder.plot, adder), *[])
    adder.plot(**{"key": functools.partial(Adder.plot, adder)})
    del adder.plot
    adder.plot(*items)
    (lambda: adder)()(1)
    (adder if items else None)(2)
    return adder


def numbers(count):
    plain, counted = array.array("B", [0] * count), Counted("i", [0] * count)
    seen = []
    for n in range(count):
        plain[n] = n; seen.append(plain[n])
        plain[n] += 1
        counted[n] = n; seen.append(counted[n])
        counted[n] += 1
    return seen


def main():
    adder, items = Adder(), [3, 1, 2]
    table = {"row": [adder, Further()]}
    for _ in range(4):
        direct(adder, table, items)
        through_c(adder, [2, 3, 1])
        shadowed([3, 2, 1])
        numbers(3)
    print(len(adder.calls), len(items), len(LOG), len(GLOBAL.calls))


main()
