"""Handlers at exit: last in first out, changing what the program left."""

import atexit

state = {"log": []}


def handler(name, *, log):
    log.append(name)
    print("exit", name, log)


@atexit.register
def last():
    state["log"].append("last")
    print("exit last", state)


atexit.register(handler, "second", log=state["log"])
removed = atexit.register(lambda: print("never"))
atexit.unregister(removed)
atexit.register(handler, "first", log=state["log"])
print("main done")
