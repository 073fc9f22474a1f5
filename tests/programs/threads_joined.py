"""Threads that run one after the other and share a list."""

import threading


def work(number, shared):
    local = [number]
    for step in range(3):
        shared.append((number, step))
        local.append(step)
    return local


shared = []
for number in range(3):
    thread = threading.Thread(target=work, args=(number, shared), name=f"worker-{number}")
    thread.start(); thread.join()
    count = len(shared)
print(count, shared)
