# handed on: out of a task, through gather, while another task goes on.
import asyncio


async def heartbeat():
    while True:
        await asyncio.sleep(0)


async def job(number):
    await asyncio.sleep(0)
    if number == 2:
        raise ValueError(number)
    return number


async def main():
    beat = asyncio.create_task(heartbeat())
    jobs = [asyncio.create_task(job(number)) for number in range(4)]
    await asyncio.gather(*jobs)


asyncio.run(main())
