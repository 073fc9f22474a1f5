"""A list changed in place, a swap at a time."""

import sys
from time import monotonic, perf_counter


def insertion_sort(items):
    for i in range(1, len(items)):
        item = items[i]
        j = i
        while j > 0 and items[j - 1] > item:
            items[j] = items[j - 1]
            j -= 1
        items[j] = item


def work(length):
    items = [(i * 7919) % length for i in range(length)]
    insertion_sort(items)
    return items


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
