"""Expand, derive and factor polynomials."""

import sympy
from timed import timed


def work(size):
    x, y, z = sympy.symbols("x y z")
    for at in range(2, 4 * size + 2):
        # Other numbers each time: sympy keeps what it knows.
        power = sympy.expand((x + at * y + z) ** 4)
        slope = sympy.diff(power * sympy.sin(at * x), x)
        assert slope.subs(y, at) != 0
        assert sympy.factor(x**2 - (at + 100) ** 2).is_Mul


timed(work)
