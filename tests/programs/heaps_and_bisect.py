"""`heapq` and `bisect` change the list that they are given, and call the program to compare."""

import bisect
import heapq
from heapq import heappop, heappush

KNOWN = []
QUEUES = {"a": [], "b": [[]]}


class Task:
    def __init__(self, rank):
        self.rank = rank
        self.compared = 0

    def __lt__(self, other):
        self.compared += 1
        KNOWN.append(other.rank)
        return self.rank < other.rank


class Queue:
    def __init__(self):
        self.items = []
        self.push = heapq.heappush

    def add(self, item):
        heapq.heappush(self.items, item)
        heappush(self.items, item)
        self.push(self.items, item)
        return self.items

    def first(self):
        return heappop(self.items)


class Odd(list):
    def append(self, item):
        KNOWN.append("append")
        super().append(item)

    def insert(self, place, item):
        KNOWN.append("insert")
        super().insert(place, item)


def plain():
    heap = []
    other = heap
    for number in (5, 3, 8, 1, 9, 2):
        heapq.heappush(heap, number)
        heappush(other, -number)
    first = heapq.heappop(heap), heappop(heap)
    heapq.heapreplace(heap, 4)
    last = heapq.heappushpop(heap, -10)
    heapq.heapify(heap)
    bisect.insort(heap, 3)
    bisect.insort_left(heap, 3, lo=1)
    bisect.insort(heap, 7, key=lambda item: KNOWN.append(item) or item)
    place = bisect.bisect(heap, 3)
    return first, last, place


def tasks():
    queue = Queue()
    for rank in (3, 1, 2):
        queue.add(Task(rank))
    task = queue.first()
    heapq.heapify(queue.items)
    found = heapq.nsmallest(2, queue.items)
    merged = list(heapq.merge([1, 3], [2]))
    return task, found, merged


def elsewhere():
    heappush(QUEUES["a"], 2)
    heappush(QUEUES["a"], 1)
    heappush(QUEUES["b"][0], 1)
    heappush(KNOWN, 0) if not KNOWN else heappush(QUEUES["a"], 0)
    odd = Odd()
    bisect.insort(odd, 2)
    bisect.insort(odd, 1)
    heappush(odd, 0)
    push = heappush
    push(odd, -1)
    [heappush(odd, number) for number in (5, 4)]
    return odd


plain()
tasks()
elsewhere()
heapq.heappush = lambda heap, item: KNOWN.append(heap.append(item))
heapq.heappush(QUEUES["a"], "patched")
heappush = heapq.heappush
heappush(QUEUES["a"], "patched too")
print(len(KNOWN))
