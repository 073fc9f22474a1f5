# One exception is raised from another: the crash is the last one's own raise.
def parse(text):
    return int(text)


def load():
    try:
        return parse("x")
    except ValueError as error:
        raise RuntimeError("cannot load") from error


load()
