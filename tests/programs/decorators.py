"""Decorators with and without arguments, stacked, on classes and methods."""

import functools


def logged(function):
    calls = []

    @functools.wraps(function)
    def wrapper(*args, **names):
        calls.append(args)
        return function(*args, **names)

    wrapper.calls = calls
    return wrapper


def times(n):
    def decorate(function):
        def repeat(value):
            for _ in range(n):
                value = function(value)
            return value

        return repeat

    return decorate


@times(3)
@logged
def double(value):
    return value * 2


def register(cls):
    cls.registered = True
    return cls


@register
class Service:
    @staticmethod
    def static(x):
        return x

    @classmethod
    def create(cls):
        return cls()


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(double(1), Service.create().static(4), Service.registered, fib(8))
