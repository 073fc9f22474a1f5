"""__del__ and weakref callbacks run when the last reference goes, not later."""

import weakref

log = []


class Tracked:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(f"del {self.name}")


def scope():
    here = Tracked("local")
    again = here
    log.append("leaving")


def raising():
    held = Tracked("raiser")
    raise ValueError


one = Tracked("one")
one = Tracked("two")
reference = weakref.ref(one, lambda ref: log.append("weakref"))
del one
alive = reference() is not None
scope()
log.append("after scope")
try:
    raising()
except ValueError:
    log.append("caught")
log.append("after except")
items = [Tracked("a"), Tracked("b")]
items.pop(0)
items.clear()
Tracked("temporary")
print(alive, log)
