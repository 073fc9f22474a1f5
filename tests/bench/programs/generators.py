"""Generators fed by generators."""

import sys
from time import monotonic, perf_counter


def numbers(count):
    for i in range(count):
        yield i


def evens(source):
    for number in source:
        if number % 2 == 0:
            yield number


def squares(source):
    yield from (number * number for number in source)


def work(count):
    return sum(squares(evens(numbers(count))))


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
