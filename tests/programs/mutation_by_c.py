"""Containers that only C code changes, in place."""

import bisect
import heapq
import operator
import random


def shuffle_and_sort():
    cards = list(range(12))
    random.Random(7).shuffle(cards)
    top = cards[0]
    cards.sort(key=lambda card: (card % 3, card))
    cards.reverse()
    return cards, top


def heap():
    queue = [9, 4, 7]
    heapq.heapify(queue)
    heapq.heappush(queue, 1)
    smallest = heapq.heappop(queue)
    heapq.heapreplace(queue, 20)
    return queue, smallest


def others():
    groups = {}
    for word in ["apple", "bean", "avocado"]:
        groups.setdefault(word[0], []).append(word)
    ordered = [1, 5]
    bisect.insort(ordered, 3)
    operator.setitem(ordered, 0, -1)
    list(map(ordered.append, (8, 9)))
    groups.update(z=ordered)
    operator.iadd(ordered, [10])
    return groups


print(shuffle_and_sort())
print(heap())
print(others())
