# Variables that several frames share: what they hold is the same for all of them, and whoever binds them
# is found from each.
import asyncio
import threading


def late(names):
    hooks = []
    for name in names:
        hooks.append(lambda: name.upper())
    return hooks


def live():
    rate = 3

    def cost(n):
        return n * rate

    first = cost(2)
    rate = 5
    return first, cost(2)


def counting():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step


def in_thread():
    total = 0

    def work():
        nonlocal total
        for i in range(5):
            total = total + 1

    thread = threading.Thread(target=work, name="worker")
    # On one line, so that no event of this thread falls between.
    thread.start(), thread.join()
    return total


async def in_tasks():
    done = 0

    async def work(k):
        nonlocal done
        done += k
        await asyncio.sleep(0)
        done += k

    await asyncio.gather(work(1), work(2), work(3))
    return done


def deep(depth):
    reached = 0

    def down(left):
        nonlocal reached
        if left:
            return down(left - 1)
        reached = depth
        return reached

    def wait():
        yield reached
        yield reached

    waiting = wait()
    before = next(waiting)
    down(depth)
    return before, next(waiting)


hooks = late(["ann", "bob"])
said = hooks[0]()
costs = live()
step = counting()
counted = [step(), step(), step()]
summed = in_thread()
finished = asyncio.run(in_tasks())
reached = deep(100)
print(said, costs, counted, summed, finished, reached)
