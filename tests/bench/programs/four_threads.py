"""Four threads that count, each in its own loop."""

import sys
import threading
from time import monotonic, perf_counter


def count(rounds):
    total = 0
    for i in range(rounds):
        total += i % 7
    return total


def work(rounds):
    # They share nothing: what the main thread sees must not hang on who runs when.
    threads = [threading.Thread(target=count, args=(rounds,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(threads)


# Bound in a method: a number would be another one in each recording of the program.
since = perf_counter().__rsub__
work(int(sys.argv[1]))
print("ended", since(perf_counter()), monotonic(), file=sys.stderr)
