"""An uncaught error: traceback on stderr, exit status 1."""


class Broken(RuntimeError):
    pass


def divide(a, b):
    ratio = a / b
    return ratio


def run(values):
    done = []
    for value in values:
        try:
            done.append(divide(10, value))
        except ZeroDivisionError as error:
            raise Broken("cannot go on", done) from error


print("before")
run([5, 2, 0, 1])
print("never")
