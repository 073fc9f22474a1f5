# The generator of the loop is closed while the exception leaves the frame; its `finally` catches another.
def rows():
    try:
        yield 1
    finally:
        try:
            int("x")
        except ValueError:
            print("closing")


def check(row):
    raise KeyError(row)


def work():
    for row in rows():
        check(row)


work()
