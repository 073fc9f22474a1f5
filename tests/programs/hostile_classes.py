"""Classes whose every special method counts or raises: a recorder must call none.

The counts are asserted at exit, so a recorder that looks from outside fails here.
"""

calls = []
NAMES = (
    "__repr__ __str__ __format__ __len__ __bool__ __iter__ __getitem__ __contains__ "
    "__eq__ __hash__ __index__ __int__ __float__ __call__ __dir__ __get__ __sizeof__ "
    "__reduce__ __reduce_ex__ __copy__ __deepcopy__ __buffer__ __length_hint__ __fspath__"
).split()


def trap(name):
    def method(self, *args):
        calls.append(name)
        raise SystemError(name)

    return method


space = {name: trap(name) for name in NAMES}
space["__getattr__"] = space["__getattribute__"] = trap("attribute access")
space["__class__"] = property(trap("__class__"))
space["__dict__"] = property(trap("__dict__"))


class HostileMeta(type):
    __instancecheck__ = trap("__instancecheck__")
    __subclasscheck__ = trap("__subclasscheck__")
    __getattribute__ = trap("metaclass attribute access")
    __repr__ = trap("metaclass __repr__")


Hostile = HostileMeta("Hostile", (), dict(space))
HostileList = HostileMeta("HostileList", (list,), dict(space))
HostileDict = HostileMeta("HostileDict", (dict,), dict(space))
HostileInt = HostileMeta("HostileInt", (int,), dict(space))
HostileText = HostileMeta("HostileText", (str,), dict(space))


def run():
    made = [HostileList((1, 2)), HostileInt(5), HostileText("t"), Hostile()]
    table = HostileDict(k=made[0])
    object.__setattr__(made[3], "field", [1])
    list.append(made[0], made[3])
    dict.__setitem__(table, "again", made[3])
    nested = {"deep": [table, (made[3],)]}
    del nested
    return len(made)


print(run(), calls)
assert not calls, calls
