"""Exceptions raised and caught."""

import sys
from time import monotonic, perf_counter


class Refused(Exception):
    pass


def check(number):
    if number % 2:
        raise Refused(number)
    return number


def work(rounds):
    caught = 0
    for i in range(rounds):
        try:
            check(1)
        except Refused:
            caught += 1
    return caught


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
