# Ways on which values come: decorators, properties, classes, generated code, tasks.
import asyncio
import contextlib
import functools
from dataclasses import dataclass, field


class Settings:
    """Answers for names that it has no attributes for."""

    kinds = ["plain"]

    def __init__(self, values):
        self.values = values

    def get(self, key):
        found = self.values[key]
        return found

    def __getitem__(self, key):
        return self.values[key]

    def __getattr__(self, key):
        return self.__dict__["values"].get(key, 0)


class Single:
    one = None

    def __new__(cls, size):
        if cls.one is None:
            cls.one = object.__new__(cls)
        return cls.one

    def __init__(self, size):
        self.size = size


@dataclass
class Item:
    name: str
    price: float = 1.0
    tags: list = field(default_factory=list)

    @property
    def gross(self):
        return self.price * 2

    @functools.cached_property
    def net(self):
        return self.price - 1


def kept(function):
    memo = {}

    def wrapper(*args):
        if args not in memo:
            memo[args] = function(*args)
        return memo[args]

    return wrapper


def again(function):
    @functools.wraps(function)
    def wrapper(key):
        with contextlib.suppress(KeyError):
            return function(key)
        return None

    return wrapper


rate = 2


@kept
def cost(count):
    return count * rate


@again
def fetch(key):
    return {"a": 1}[key]


@functools.lru_cache
def square(n):
    return n * n


def pair():
    first = 5
    return first, [first]


def done_at_last(text):
    try:
        return text * 2
    finally:
        rate
        rate


def maybe(flag):
    if flag: return 5


@contextlib.contextmanager
def opened(name):
    handle = [name]
    yield handle


def middle(rows):
    return rows[1]


async def job(n):
    try:
        await asyncio.sleep(0)
        return n * 2
    finally:
        rate


async def main():
    alone = await job(1)
    task = asyncio.create_task(job(2))
    awaited = await task
    left, right = await asyncio.gather(job(3), job(4))
    all_of = await asyncio.gather(*[job(n) for n in (5, 6)])
    last_of = all_of[1]
    return alone, awaited, left, right, last_of


settings = Settings({"x": "y", "z": "w"})
table = {"y": 5, "w": "y"}
value = table.get(settings.get("x"))
other = table.get(settings.get("z"))
missing = table.get("none", 9)
by_item = settings["x"]
by_name = settings.z
by_default = settings.nope
kinds = settings.kinds
Single(1)
single = Single(2)
plain = Item("a", value)
gross = plain.gross
net = plain.net
net_again = plain.net
named = Item(name="b", price=gross)
name_of = named.name
before = cost(10)
rate = 3
after = cost(10)
lost = fetch("b")
won = fetch("a")
square(4)
cached = square(4)
five = pair()[0]
held = {"k": pair()}
inner = held["k"][0]
doubled = done_at_last("t")
nothing = maybe(0)
with opened("file") as handle:
    pass
mid = middle([7, 8, 9])
stack = [mid, 3]
top = stack.pop()
results = asyncio.run(main())
of_main = results[0]
of_task = results[1]
of_gather = results[3]
of_star = results[4]
print(value, other, of_star)
