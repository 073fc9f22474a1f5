"""Methods bound to names, classes that only make, and `super()`: calls that change one thing or none."""

import collections


class Bag(list):
    pass


class Failure(Exception):
    pass


class Base:
    def __init__(self):
        self.made = []


class Middle(Base):
    pass


class Last(Middle):
    def __init__(self, items):
        super().__init__()
        self.items = items


class Bare:
    def __init__(self, items):
        super().__init__()
        self.items = items


class Counted(dict):
    def __init__(self, **pairs):
        super().__init__(**pairs)
        self.count = len(self)


class Listed(list):
    def __init__(self, items):
        super(Listed, self).__init__(items)


class Raised(ValueError):
    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


class Loud(list):
    def append(self, item):
        super().append(item)
        LOG.append(item)


LOG = []
note = LOG.append


def bound():
    items, seen, pairs = [3, 1, 2], set(), {}
    add, put, take, see = items.append, items.insert, items.pop, seen.add
    other = items
    for number in range(3):
        add(number)
        put(0, take(1))
        see(number)
        pairs.setdefault("all", []).append(number)
        note(number)
    extend, update, sort = items.extend, pairs.update, items.sort
    extend([number for number in range(2)])
    update(one=1)
    sort()
    add = seen.discard
    add(1)
    take = take()
    return other, pairs, seen, take


def of_others():
    holder = Bare([[1], [2]])
    pop = holder.items.pop
    last = pop()
    add = last.append
    add(5)
    queue = collections.deque([1, 2])
    push, loud = queue.append, Loud()
    push(3)
    say = loud.append
    say("a")
    more = [1]
    give = more.append
    more = None
    give(7)
    rest = give.__self__
    return holder, last, queue, loud, rest


def made():
    bags = [Bag(), Bag([1, 2])]
    source = map(LOG.append, [8, 9])
    bag = Bag(source)
    error = Failure("no", bags)
    last = Last(bags)
    bare = Bare(bag)
    counted = Counted(a=1, b=2)
    listed = Listed([bags])
    raised = Raised("bad", 7)
    return bags, bag, error, last, bare, counted, listed, raised


def replaced():
    class Changing:
        pass

    kept = []
    first = Changing()
    Changing.__init__ = lambda self: kept.append(self)
    second = Changing()
    Changing.__init__ = object.__init__
    third = Changing()
    return first, second, third, kept


print(bound())
print(len(of_others()))
print(len(made()))
print(len(replaced()))
print(LOG)
