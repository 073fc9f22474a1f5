"""A list that grows: what is recorded must grow as fast as the list and no faster."""

import sys
from time import monotonic, perf_counter


def work(length):
    grown = []
    for i in range(length):
        grown.append(i)
        last = grown[-1]
    return last


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
