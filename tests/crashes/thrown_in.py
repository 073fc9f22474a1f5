# An exception is thrown into a generator that delegates, and comes out of it again.
def inner():
    while True:
        try:
            yield 1
        except KeyError:
            yield 2


def outer():
    yield from inner()


def work():
    stream = outer()
    next(stream)
    stream.throw(KeyError("first"))
    stream.throw(ValueError("second"))


work()
