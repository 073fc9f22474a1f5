# handed on: a task dies, and nobody asks for its result.
import asyncio


async def job():
    await asyncio.sleep(0)
    return {}["missing"]


async def main():
    task = asyncio.create_task(job())
    await asyncio.sleep(0.01)
    del task


asyncio.run(main())
