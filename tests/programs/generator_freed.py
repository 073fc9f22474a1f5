"""A generator freed, closed or abandoned while it is suspended."""


def walk(log, name):
    kept = [name]
    try:
        yield 1
        yield 2
    finally:
        kept.append("closed")
        log.append(kept)


def abandon(log):
    for value in walk(log, "loop"):
        if value == 1:
            break
    return value


log = []
g = walk(log, "deleted")
next(g)
del g
value = abandon(log)
h = walk(log, "rebound")
next(h)
h = walk(log, "second")
next(h)
h.close()
print(value, log)
