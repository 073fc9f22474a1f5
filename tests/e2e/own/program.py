import json
from dataclasses import dataclass, field
from functools import cached_property

RATE = 0.5
calls = 0

@dataclass
class Line:
    name: str
    price: float
    count: int = 1
    tags: list = field(default_factory=list)

    @property
    def total(self):
        return self.price * self.count

class Base:
    kind = "base"

    def __init__(self, lines):
        self.lines = lines

    def __len__(self):
        return len(self.lines)

    def describe(self):
        return "base " + self.kind

    @classmethod
    def of(cls, *lines, **others):
        return cls(list(lines), **others)

    @staticmethod
    def rate(by=2):
        return RATE * by

    @staticmethod
    def share(by=2):
        return RATE * by

class Order(Base):
    kind = "order"

    def __init__(self, lines, extra=5):
        super().__init__(lines)
        self.extra = extra
        self.__secret = 7

    @property
    def total(self):
        total = 0
        for line in self.lines:
            if line.count < 0:
                continue
            total += line.total
        else:
            total += self.extra
        return total

    @cached_property
    def big(self):
        return self.total > 10

    def is_big(self):
        return self.big

    def secret(self):
        return self.__secret

    def describe(self):
        return super().describe() + "!"

    def __eq__(self, other):
        if not isinstance(other, Order):
            return NotImplemented
        return self.total == other.total

    def __lt__(self, other):
        return self.total < other.total

    def __hash__(self):
        return hash(self.extra)

    def __iter__(self):
        for line in self.lines:
            yield line

    def __contains__(self, name):
        return any(line.name == name for line in self)

    def __getitem__(self, at):
        return self.lines[at]

    def __bool__(self):
        return self.extra > 0

    def __str__(self):
        return f"{self.kind} of {', '.join(line.name for line in self.lines)}"

    def __format__(self, spec):
        return f"{self.total:{spec}}"

    def __add__(self, other):
        return Order(self.lines + other.lines, self.extra + other.extra)

    def __call__(self, *numbers, by=2, **named):
        return sum(numbers) * by + len(named)

    def __getattr__(self, name):
        if name.startswith("line_"):
            return self.lines[int(name[5:])]
        raise AttributeError(name)

    def add(self, line):
        global calls
        calls += 1
        self.lines.append(line)
        self.extra -= 1
        return self

    def named(self):
        found = {}
        for line in self.lines:
            found.setdefault(line.name[0], []).append(line.count)
        return {key: sum(counts) for key, counts in found.items()}

    def parsed(self, text):
        try:
            number = int(text)
        except (KeyError, ValueError) as error:
            return str(error)
        else:
            return number
        finally:
            self.extra = 0

    def sorted(self):
        return [line.name for line in sorted(self.lines, key=lambda line: -line.total)]

    def kind_of(self, value):
        match value:
            case 0:
                return "zero"
            case int(number) if number > 5:
                return f"big {number}"
            case [first, *rest]:
                return (first, rest)
            case {"key": inner}:
                return inner
            case Line(name=name):
                return name
        return None

    def summed(self):
        total = 0
        def add(number):
            nonlocal total
            total += number
            return total
        return [add(line.count) for line in self.lines], total

    def evens(self):
        numbers = (number for number in range(10) if number % 2 == 0)
        return list(zip(numbers, "abc"))

    def saved(self):
        return json.dumps(self.lines)

    def written(self):
        print(self.total)

    def ever(self):
        while True:
            pass

    def deep(self, level=0):
        return self.deep(level + 1)

    def steps(self, level):
        return 0 if level == 0 else 1 + self.steps(level - 1)

    def grow(self):
        items = [0]
        while True:
            items = items + items

    def append_ever(self):
        items = []
        while True:
            items.append(0)

    def power(self):
        return 7 ** 7 ** 7 ** 7

def replaced(self):
    return "replaced"

def twice(number):
    return number * 2

def main():
    lines = [Line("apple", 2.0, 3), Line("bread", 1.5), Line("avocado", 1.0, 4)]
    order = Order(lines)
    other = Order.of(lines[0], extra=1)
    empty = Order([], 0)
    return order, other, empty, lines

order, other, empty, lines = main()
first = order.total
print("made")
Base.rate = staticmethod(lambda by=2: 99)
Order.secret = replaced
print("changed")
