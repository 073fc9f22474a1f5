"""Words counted in a dict."""

import sys
from time import monotonic, perf_counter


def work(rounds):
    counts = {}
    for i in range(rounds):
        word = str(i * i % 997)
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
