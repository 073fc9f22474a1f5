# An asynchronous generator is closed by the event loop, long after.
import asyncio


async def rows():
    try:
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0)
        done = True


async def main():
    async for row in rows():
        raise ValueError(row)


asyncio.run(main())
