"""__slots__, alone, inherited, beside a dict, unset and deleted."""


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


class Named(Point):
    __slots__ = ("name",)


class Open(Named):
    pass


p = Point(1)
p.y = [2]
p.x += 10
del p.y
n = Named(3)
n.name = "n"
n.y = p
o = Open(4)
o.extra = n
o.name = "open"
o.y = o
del o.extra
print(p.x, hasattr(p, "y"), n.name, o.x)
