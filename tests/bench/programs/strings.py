"""A string built in a loop: CPython does it in place while nobody else holds the string."""

import sys
from time import monotonic, perf_counter


def work(rounds):
    text = ""
    for i in range(rounds):
        text += "x"
    return len(text)


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
