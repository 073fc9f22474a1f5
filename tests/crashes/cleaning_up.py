# `finally`, `with`, a context manager made from a generator and an ExitStack run on the way out.
from contextlib import ExitStack, contextmanager


class Session:
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            raise OSError("close")
        except OSError:
            self.closed = True


@contextmanager
def lock():
    try:
        yield 1
    finally:
        released = True


def work():
    try:
        with Session(), lock(), ExitStack() as stack:
            stack.callback(lambda: 1)
            raise ValueError(1)
    finally:
        print("finally")


work()
