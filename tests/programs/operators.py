"""Operators that a class defines, in-place ones that return self or something new."""


class Vector:
    def __init__(self, *values):
        self.values = list(values)

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self.values, other.values)))

    def __iadd__(self, other):
        for i, value in enumerate(other.values):
            self.values[i] += value
        return self

    def __getitem__(self, index):
        return self.values[index]

    def __setitem__(self, index, value):
        self.values[index] = value

    def __contains__(self, value):
        return value in self.values

    def __lt__(self, other):
        return self.values < other.values

    def __call__(self, factor):
        self.values[:] = [value * factor for value in self.values]


v = Vector(1, 2)
w = v
v += Vector(10, 10)
same = v is w
v = v + Vector(1, 1)
split = v is w
v[0] = 100
v[1] **= 2
w(3)
tests = (100 in v, v < w, sorted([v, w])[0] is w)
print(v.values, w.values, same, split, tests)
