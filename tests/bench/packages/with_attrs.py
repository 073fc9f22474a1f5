"""Define classes, make instances, copy and compare them."""

import attr
from timed import timed


def work(size):
    for turn in range(12 * size):

        @attr.s(order=True)
        class Point:
            x = attr.ib(validator=attr.validators.instance_of(int))
            y = attr.ib(default=0, converter=int)
            tags = attr.ib(factory=list)

        @attr.define
        class Line:
            start: Point
            end: Point
            name: str = attr.field(default="line", validator=attr.validators.matches_re("[a-z]+"))

        lines = [Line(Point(at, str(turn)), Point(at + 1, tags=["end"])) for at in range(600)]
        for line in lines:
            other = attr.evolve(line, name="other")
            assert other != line and line.start < line.end
            assert attr.asdict(other)["end"]["tags"] == ["end"]


timed(work)
