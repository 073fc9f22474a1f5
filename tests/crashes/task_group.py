# handed on: a group gathers what its tasks raised; the first part says where it began.
import asyncio


async def job(number):
    await asyncio.sleep(0)
    if number == 2:
        raise ValueError(number)


async def main():
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(job(number))


asyncio.run(main())
