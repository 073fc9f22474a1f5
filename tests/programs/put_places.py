# Items and attributes that methods and statements put where they are, or move.
class Point:
    def __init__(self, x):
        self._x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value

    def __setitem__(self, key, entry):
        self._x = entry

    def __call__(self, factor):
        return factor


def same(value):
    return value


rows = [1, 2, 3]
rows.insert(0, same(99))
inserted = rows[0]
shifted = rows[1]
rows.reverse()
turned = rows[3]
del rows[0]
closed_up = rows[0]
rows.append(same(4)); rows.append(same(5))
of_two = rows[3]
of_more = rows[4]
rows[0], rows[1] = rows[1], rows[0]
swapped = rows[0]
rows[-1] = 8
by_end = rows[4 - 1 + 1]
point = Point(1)
point.x = same(7)
by_setter = point._x
point["key"] = same(6)
by_item = point._x
setattr(point, "left", same(3)); setattr(point, "right", same(4))
left = point.left
point.__dict__["up"] = same(11)
up = point.up
vars(point)["down"] = same(12)
down = point.down
globals()["made"] = same(13)
of_globals = made
called = point(14)
print(shifted, closed_up, swapped, left, of_globals, called)
