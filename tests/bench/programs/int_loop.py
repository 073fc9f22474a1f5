"""A tight loop of int arithmetic."""

import sys
from time import monotonic, perf_counter


def work(rounds):
    total = 0
    for i in range(rounds):
        total = (total * 3 + i) % 1_000_003
        if total & 1:
            total += 7
        else:
            total -= 3
    return total


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
