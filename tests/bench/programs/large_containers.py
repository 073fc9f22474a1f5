"""A dict, a set, a heap, a grid and lists in a dict, each with thousands of items, changed one by one."""

import heapq
import sys
from time import monotonic, perf_counter


def work(rounds):
    squares, seen, heap, groups = {}, set(), [], {}
    grid = [[0] * 50 for _ in range(50)]
    for i in range(rounds):
        squares[i] = i * i
        seen.add(i * 7)
        heapq.heappush(heap, i * 7919 % 5000)
        grid[i % 50][i * 3 % 50] += 1
        name = str(i % 1000)
        if name not in groups:
            groups[name] = []
        groups[name].append(i)
    return squares, seen, heap, grid, groups


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
