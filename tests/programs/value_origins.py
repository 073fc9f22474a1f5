"""Values that go through calls, objects, containers, defaults and unrecorded code."""

import json


class Box:
    def __init__(self, value=7):
        self.value = value

    def swap(self, other):
        self.value, other.value = other.value, self.value
        return self


def double(x, times=2):
    return x * times


def pick(pair, wanted):
    first, second = pair
    return first if wanted else second


def fill(box, *rest, **options):
    box.value = rest[0]
    setattr(box, "name", options["name"])


def collect(source):
    found = []
    for item in source:
        found.append(double(item))
    return found


def later():
    got = yield 1
    yield got


left, right = Box(), Box(double(3))
default = left.value
six = right.value
right.swap(left)
numbers = collect([1, 2])
second = numbers[1]
picked = pick((second, 0), True)
fill(left, 50, name="left")
name = left.name
table = {"a": picked}
table["b"] = table["a"]
b = table["b"]
parsed = json.loads("[1, 2]")[1]
generator = later()
next(generator)
sent = generator.send(picked)
generator.close()
total = sum(numbers)
maker = lambda n: n + 1
made = maker(total)
chosen = made if made > 3 else 0
print(default, six, second, picked, name, b, parsed, sent, total, made, chosen, right.value)
