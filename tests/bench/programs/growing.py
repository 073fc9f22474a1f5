"""Loops that each make what they fill grow: `growing.py NAME ROUNDS`. Twice the rounds must take twice the time."""

import collections
import dataclasses
import heapq
import json
import sys
from time import monotonic, perf_counter, process_time


class Item:
    def __init__(self, i, after=None):
        self.i = i
        self.after = after


@dataclasses.dataclass
class Pair:
    left: int
    right: object


Point = collections.namedtuple("Point", "x y")


class Store:
    def __init__(self):
        self.items = []
        self.by = {}
        self.heap = []
        self.queue = collections.deque()
        self.seen = set()
        self.last = None
        self.text = ""

    def append_new(self, rounds):
        for i in range(rounds):
            self.items.append(Item(i))

    def store_new(self, rounds):
        for i in range(rounds):
            self.by[i] = Item(i)

    def append_pair(self, rounds):
        for i in range(rounds):
            self.items.append(Pair(i, None))

    def append_tuple(self, rounds):
        for i in range(rounds):
            self.items.append(Point(i, i))

    def append_dict(self, rounds):
        for i in range(rounds):
            self.items.append(dict(number=i))

    def append_parsed(self, rounds):
        for i in range(rounds):
            self.items.append(json.loads('{"list": [1]}'))

    def push(self, rounds):
        for i in range(rounds):
            heapq.heappush(self.heap, rounds - i)

    def push_and_pop(self, rounds):
        for i in range(rounds):
            self.queue.append(Item(i))
            if i % 3 == 0:
                self.queue.popleft().i = -1

    def add(self, rounds):
        for i in range(rounds):
            self.seen.add(str(i))

    def chain(self, rounds):
        for i in range(rounds):
            self.last = Item(i, self.last)

    def list_comprehension(self, rounds):
        self.items = [Item(i) for i in range(rounds)]

    def mapped(self, rounds):
        self.items = list(map(Item, range(rounds)))

    def sort(self, rounds):
        self.items = sorted(range(rounds), key=lambda i: -i)

    def read_all(self, rounds):
        for i in range(rounds):
            self.by.setdefault(i % 50, []).append(i)


# Bound in a method: a number would be another one in each recording of the program.
store = Store()
work = getattr(store, sys.argv[1])
since, used = perf_counter().__rsub__, process_time().__rsub__
work(int(sys.argv[2]))
print("cpu", used(process_time()), "ended", file=sys.stderr)
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
