"""Frames as deep as they go, again and again."""

import sys
from time import monotonic, perf_counter


def down(depth):
    if depth == 0:
        return 0
    below = down(depth - 1)
    return below + 1


def work(rounds):
    sys.setrecursionlimit(5000)
    return sum(down(2000) for _ in range(rounds))


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
