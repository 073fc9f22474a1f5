"""Calls that one line makes many times, or not at all: recorded ones and ones of C code, in turn."""

import heapq
import operator
import random
from functools import partial


def main():
    box, heap, other, seen = [], [], [[0], [1]], []

    def grow(amount=1):
        size = len(heap) + len(box) + len(other[0])
        box.append(amount)
        return size

    def quiet():
        return None

    # The same call runs code of the program and of C.
    functions = [grow, partial(box.append, 7), quiet, partial(heapq.heappush, heap, 3), grow, box.clear, grow]
    sizes = [function() for function in functions]
    # A call of C between two that are seen.
    pushed = [(grow(), heapq.heappush(heap, -number), grow()) for number in range(3)]
    # An argument that is a call.
    nested = [operator.setitem(other, 0, [grow()]) for _ in range(2)]
    # What may be left out.
    left_out = box and not heap and heapq.heappop(heap)
    taken = heap and heapq.heappop(heap)
    either = operator.iadd(box, [1, 2]) if taken else grow()
    mixed = [operator.iadd(box, [n]) if n % 2 else grow(n) for n in range(4)]
    last = quiet() or heapq.heapreplace(heap, 9) or grow()
    # Loops in loops, and one that C code drives.
    square = [[operator.concat([grow()], [b]) for b in range(2)] for a in range(2)]
    total = sum(grow(len(seen)) + (seen.append(a) is None) for a in (1, 2))
    ordered = sorted(other, key=lambda item: (box.append(len(item)), grow())[1])
    lazy = any(heapq.heappushpop(heap, n) > 100 or quiet() for n in range(3))
    with_star = [operator.setitem(*pair) for pair in ([other, 1, [grow()]], [box, 0, grow()])]
    keyword = [box.sort(key=lambda item: -item) or grow() for _ in range(2)]
    # Code that changes nothing but a hidden state.
    random.seed(3)
    numbers = [random.randrange(10) for _ in range(3)] + [random.choice(box), random.randint(1, 2)]
    numbers.append(random.random() < 2)
    random.shuffle(numbers)
    found = [numbers.remove(number) or grow() for number in list(numbers) if number in numbers and quiet() is None]
    return sizes, pushed, nested, left_out, either, mixed, last, square, total, ordered, lazy, with_star, keyword, found


print(main())
