"""Async generators, async comprehension, async with, aclose and athrow."""

import asyncio


class Resource:
    async def __aenter__(self):
        self.opened = True
        return self

    async def __aexit__(self, kind, value, trace):
        self.opened = False
        return kind is KeyError


async def count(to):
    try:
        for i in range(to):
            await asyncio.sleep(0)
            yield i
    finally:
        print("count closed")


async def main():
    squares = [i * i async for i in count(3)]
    async with Resource() as resource:
        raise KeyError("lost")
    generator = count(5)
    first = await anext(generator)
    await generator.aclose()
    other = count(5)
    await anext(other)
    try:
        await other.athrow(ValueError("no"))
    except ValueError as error:
        caught = error.args
    return squares, resource.opened, first, caught


print(asyncio.run(main()))
