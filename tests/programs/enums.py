"""Enum, IntEnum, Flag and members with attributes of their own."""

from enum import Enum, Flag, IntEnum, auto


class Colour(Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1


class Level(IntEnum):
    LOW = 1
    HIGH = 10


class Access(Flag):
    READ = auto()
    WRITE = auto()


class Planet(Enum):
    EARTH = (5, 6)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius


def describe(colour, level):
    text = f"{colour.name} {level + 1}"
    return text


favourite = Colour.RED
alias = Colour.CRIMSON
both = Access.READ
level = Level.HIGH
text = describe(favourite, level)
planet = Planet.EARTH
print(favourite, alias is favourite, both, text, planet.mass)
