"""Time one piece of work: what `packages.py` reads."""

import sys
from time import monotonic, perf_counter, process_time


def timed(work):
    """Do a piece of work of the size that the command line says, and print what it took."""
    size = int(sys.argv[1])
    wall, cpu = perf_counter(), process_time()
    work(size)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    print("cpu", cpu, "ended", file=sys.stderr)
    print("ended", wall, monotonic(), file=sys.stderr)
