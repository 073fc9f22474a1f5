"""Cells: nonlocal, late binding, shared and empty cells, arguments as cells."""


def counter(start):
    count = start
    log = []

    def step(by=1):
        nonlocal count
        count += by
        log.append(count)
        return count

    def peek():
        return count, log

    return step, peek


def late():
    functions = []
    for i in range(3):
        functions.append(lambda: i)
    return [function() for function in functions]


def empty():
    def read():
        return later

    try:
        read()
    except NameError as error:
        first = type(error).__name__
    later = 5
    second = read()
    del later
    return first, second


step, peek = counter(10)
step()
step(5)
other_step, other_peek = counter(0)
other_step()
print(peek(), other_peek(), late(), empty())
