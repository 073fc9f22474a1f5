"""Sets and lists in which one item of many changes: where it stands, and what it is."""

import bisect
import heapq
import random


class Item:
    def __init__(self, name):
        self.name = name

    def __lt__(self, other):
        return self.name < other.name


class Odd:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return isinstance(other, Odd) and other.name == self.name


def sets():
    seen = set()
    for number in range(60):
        item = number * 37
        seen.add(item)
        seen.add(item)
        seen.add(number * 37 + 1)
        seen.discard(number)
        if number % 7 == 0:
            seen.remove(item)
            seen.add(str(item))
    for number in range(40):
        pair = (number, str(number))
        seen.add(pair)
        seen.add((number, str(number)))
        seen.discard(pair)
        seen.add((number, "made"))
    first = Item("first")
    seen.add(first)
    seen.add(first)
    odd = Odd("odd")
    seen.add(odd)
    seen.add(Odd("odd"))
    seen.discard(Odd("odd"))
    seen.discard(first)
    seen.add(1.0)
    seen.add(True)
    seen.update(range(5))
    seen.pop()
    seen -= {1, 2, 3}
    seen |= {"a", "b"}
    other = seen
    item = "by another name"
    other.add(item)
    other.add(item.upper())
    seen.clear()
    seen.add(item)
    return seen


def added_by_another(seen, item):
    seen.add(item)
    return item


def two_at_once():
    seen = set(range(20))
    for number in range(20, 40):
        seen.add(added_by_another(seen, number * 3))
        seen.add(number), seen.discard(number - 10)
    return seen


def heaps():
    chance = random.Random(3)
    heap = []
    for _ in range(80):
        heapq.heappush(heap, chance.randrange(1000))
    while len(heap) > 40:
        heapq.heappop(heap)
    heapq.heapreplace(heap, -1)
    items = [Item(f"i{number:02}") for number in range(40)]
    chance.shuffle(items)
    heapq.heapify(items)
    for _ in range(10):
        last = heapq.heappop(items)
        heapq.heappush(items, last)
    items[3], items[30] = items[30], items[3]
    items.reverse()
    bisect.insort(heap, 500)
    return heap, items


def lists():
    numbers = list(range(50))
    numbers.pop()
    numbers.pop(0)
    numbers.insert(0, "first")
    numbers.insert(20, "middle")
    numbers.remove(7)
    del numbers[5]
    numbers[3:6] = "abc"
    numbers[::10] = "vwxyz"[: len(numbers[::10])]
    numbers.extend("tail")
    numbers += ["more"]
    numbers[40] = numbers
    numbers.sort(key=str)
    items = [Item(str(number)) for number in range(40)]
    items[5] = items[6]
    items[6] = Item("six")
    items[10], items[20], items[30] = items[20], items[30], items[10]
    items[1:3] = items[2], items[1]
    return numbers, items


def cut():
    seen = set()
    many = list(range(10_010))
    table = dict.fromkeys(many, 0)
    several = set(many)
    several.add(20_000)
    item = -5
    several.add(item)
    several.discard(item)
    table[20] = 1
    table[10_005] = 1
    table["beyond"] = 1
    del table[3]
    many[10_005] = "beyond"
    many[5] = "within"
    many.append(1)
    many.pop()
    many.pop(0)
    return seen


sets()
two_at_once()
heaps()
lists()
cut()
