"""with: several items, swallowed errors, contextlib, exit order."""

import contextlib


class Manager:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow
        self.log = []

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, kind, value, trace):
        self.log.append(kind.__name__ if kind else None)
        return self.swallow


@contextlib.contextmanager
def tagged(name, log):
    log.append(f"<{name}>")
    try:
        yield name.upper()
    finally:
        log.append(f"</{name}>")


log = []
with Manager("a") as a, Manager("b", swallow=True) as b:
    log.append(a.name + b.name)
    raise ValueError("swallowed by b")
with (
    tagged("p", log) as p,
    tagged("q", log) as q,
):
    log.append(p + q)
with contextlib.suppress(KeyError), contextlib.ExitStack() as stack:
    stack.callback(log.append, "callback")
    {}["missing"]
print(a.log, b.log, log)
