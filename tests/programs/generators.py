"""Generators that are sent to, thrown into, closed, exhausted and delegated to."""


def averager():
    total, count = 0, 0
    average = None
    while True:
        try:
            value = yield average
        except ValueError as error:
            value = error.args[0]
        total += value
        count += 1
        average = total / count


def inner():
    got = yield "inner 1"
    yield got
    return "inner result"


def outer():
    result = yield from inner()
    yield result


a = averager()
next(a)
print(a.send(10), a.send(20), a.throw(ValueError(60)))
a.close()
b = outer()
print(next(b), b.send([1]), list(b))
never = averager()
never.close()
fresh = averager()
try:
    fresh.throw(KeyError("early"))
except KeyError as error:
    print("early", error)
expression = (x * y for x in range(3) for y in (1, 2))
print(next(expression), sum(expression))
try:
    next(expression)
except StopIteration as stop:
    print("done", stop.value)
