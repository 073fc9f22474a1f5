"""Many tasks that wait for one another's turn."""

import asyncio
import sys
from time import monotonic, perf_counter


async def one(number, done):
    total = 0
    for i in range(10):
        total += i * number
        await asyncio.sleep(0)
    done.append(total)


async def all_of(tasks):
    done = []
    async with asyncio.TaskGroup() as group:
        for number in range(tasks):
            group.create_task(one(number, done))
    return done


def work(tasks):
    return len(asyncio.run(all_of(tasks)))


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
