"""Exceptions that only end loops or close generators, beside one of each kind that is an error."""
import asyncio


class Countdown:
    def __init__(self, start):
        self.left = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return self.left


class Shelf:
    def __getitem__(self, index):
        if index > 1:
            raise IndexError(index)
        return index


class Ticks:
    def __init__(self):
        self.left = 1

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        return self.left


def forever():
    while True:
        yield 1


async def listen():
    return [tick async for tick in Ticks()]


async def hear():
    async for tick in Ticks():
        pass
    return tick


def by_the_interpreter():
    for number in Countdown(1):
        pass
    shelf = list(Shelf())
    last = next(Countdown(0), None)
    numbers = forever()
    next(numbers)
    numbers.close()
    return number, shelf, last, asyncio.run(listen()), asyncio.run(hear())


def by_the_program():
    try:
        next(Countdown(0))
    except StopIteration:
        pass
    try:
        Shelf()[7]
    except IndexError:
        pass
    try:
        {}["missing"]
    except KeyError as error:
        return error


by_the_interpreter()
by_the_program()
