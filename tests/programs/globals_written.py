"""Module names written through globals(), setattr, global statements and exec."""

import sys

counter = 0
settings = {"debug": False}


def bump():
    global counter, created
    counter += 1
    created = [counter]


def sneak():
    globals()["sneaked"] = counter * 10
    setattr(sys.modules["__main__"], "via_module", created)
    vars(sys.modules["__main__"]).update(updated="yes")


bump()
sneak()
bump()
settings["debug"] = True
globals()["counter"] = 100
seen = (counter, sneaked, via_module, updated)  # noqa: F821
del globals()["sneaked"]
del via_module  # noqa: F821
print(seen, counter, created, settings)
