"""Properties, descriptors, __getattr__ and cached properties, run by the program only."""

import functools


class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(f"{self.name} must be positive")
        instance.__dict__[self.name] = value


class Rectangle:
    width = Positive()
    reads = 0

    def __init__(self, width, height):
        self.width = width
        self.height = height

    @property
    def area(self):
        type(self).reads += 1
        return self.width * self.height

    @functools.cached_property
    def expensive(self):
        return [self.area]

    def __getattr__(self, name):
        if name.startswith("get_"):
            return lambda: name[4:]
        raise AttributeError(name)


r = Rectangle(2, 3)
r.width = 5
first = r.area
second = r.expensive
again = r.expensive is second
word = r.get_word()
try:
    r.width = -1
except ValueError as error:
    print(error)
print(first, second, again, word, hasattr(r, "nothing"), Rectangle.reads)
assert Rectangle.reads == 2
