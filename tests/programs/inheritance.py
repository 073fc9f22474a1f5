"""Diamonds, super(), __init_subclass__, abstract methods, private names."""

import abc


class Base(abc.ABC):
    registry = []

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        Base.registry.append(cls.__name__)

    def __init__(self):
        self.trail = ["Base"]
        self.__secret = 1

    @abc.abstractmethod
    def act(self): ...


class Left(Base):
    def __init__(self):
        super().__init__()
        self.trail.append("Left")
        self.__secret = 2

    def act(self):
        return "left"


class Right(Base):
    def __init__(self):
        super().__init__()
        self.trail.append("Right")


class Bottom(Left, Right):
    def act(self):
        above = super().act()
        return above + "!"


bottom = Bottom()
bottom.__class__ = Left
acted = bottom.act()
try:
    Right()
except TypeError as error:
    print(type(error).__name__)
print(bottom.trail, Base.registry, acted, sorted(vars(bottom)))
