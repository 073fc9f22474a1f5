"""One line that stores an attribute, while its class changes its mind about where attributes are kept."""


class Logged:
    """Keeps values elsewhere than under its own name."""

    def __set__(self, thing, value):
        thing.log.append(value)
        thing.last = [value]

    def __get__(self, thing, owner):
        return 0 if thing is None else thing.last


class Base:
    pass


class Thing(Base):
    def __init__(self):
        self.log = []
        self.last = None


def store(thing, value):
    thing.x = value
    return thing


def all_ways(thing, owner):
    store(thing, [1])
    store(thing, [2])
    owner.x = Logged()
    store(thing, [3])
    store(thing, [4])
    del owner.x
    store(thing, [5])
    owner.y = 0
    store(thing, [6])
    return thing


first = all_ways(Thing(), Thing)
second = all_ways(Thing(), Base)
for round in range(3):
    Base.x = round
    store(first, [round])
print([len(thing.log) for thing in (first, second)])
