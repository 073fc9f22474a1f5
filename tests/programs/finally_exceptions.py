"""try/except/else/finally with returns, breaks and errors inside finally."""


def plain(fail):
    steps = []
    try:
        steps.append("try")
        if fail:
            raise KeyError("k")
    except KeyError as error:
        steps.append(error.args)
    else:
        steps.append("else")
    finally:
        steps.append("finally")
    return steps


def override():
    for i in range(3):
        try:
            if i == 1:
                break
            1 / 0
        except ZeroDivisionError:
            continue
        finally:
            last = i
    try:
        return "from try", last
    finally:
        last = 99


def in_finally():
    try:
        try:
            raise ValueError("first")
        finally:
            {}["second"]
    except KeyError as error:
        return type(error.__context__).__name__


print(plain(False), plain(True), override(), in_finally())
