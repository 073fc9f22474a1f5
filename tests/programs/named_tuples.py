"""collections.namedtuple and typing.NamedTuple."""

from collections import namedtuple
from typing import NamedTuple

Point = namedtuple("Point", "x y")


class Employee(NamedTuple):
    name: str
    skills: list

    def label(self):
        me = self
        return f"{me.name}:{len(me.skills)}"


def move(point, dx):
    moved = point._replace(x=point.x + dx)
    return moved


origin = Point(0, 0)
there = move(origin, 4)
x, y = there
worker = Employee("eve", ["python"])
worker.skills.append("rust")
label = worker.label()
print(origin, there, x, y, worker, label)
