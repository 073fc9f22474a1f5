"""asyncio: tasks, gather, queues, a cancelled task and a timeout."""

import asyncio


async def double(value):
    await asyncio.sleep(0)
    result = value * 2
    return result


async def producer(queue):
    for item in range(3):
        await queue.put(item)
    await queue.put(None)


async def consumer(queue):
    got = []
    while (item := await queue.get()) is not None:
        got.append(item)
    return got


async def stuck():
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        reason = "cancelled"
        print(reason)
        raise


async def main():
    doubled = await asyncio.gather(double(1), double(2))
    queue = asyncio.Queue(1)
    _, got = await asyncio.gather(producer(queue), consumer(queue))
    task = asyncio.create_task(stuck())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        doubled.append("caught")
    return doubled, got


outcome = asyncio.run(main())
print(outcome)
