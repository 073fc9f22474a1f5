"""Run one program one way and say what it took."""

import dataclasses
import os
import re
import shutil
import signal
import statistics
import subprocess
import threading
import time

from workloads import value_of

ENDED = re.compile(rb"^ended (?:([\d.e-]+) )?([\d.]+)$", re.MULTILINE)
COUNTED = re.compile(rb"^counted (\d+) (\d+)$", re.MULTILINE)


@dataclasses.dataclass
class Run:
    """One finished process. Times are in seconds, memory in bytes; None where it did not say."""

    status: int | str
    seconds: float | None
    after: float | None
    wall: float
    memory: int
    counted: tuple | None
    text: bytes


def run(command, folder, seconds, **more):
    """Run a command in an emptied folder for so many seconds at most."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}
    with open(folder / "stderr", "wb+") as errors, open(folder / "stdout", "wb+") as out:
        began = time.monotonic()
        # A session of its own, so that whatever it started ends with it.
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        late = threading.Event()

        def stop():
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(seconds, stop)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        ended = time.monotonic()
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        text = out.read() + b"\n" + errors.read()
    told = ENDED.search(text)
    counted = COUNTED.search(text)
    took = value_of(folder)
    if took is None and told and told[1]:
        took = float(told[1])
    return Run(
        status=f"no end in {seconds} s" if late.is_set() else process.returncode,
        seconds=took,
        after=ended - float(told[2]) if told else None,
        wall=ended - began,
        memory=used.ru_maxrss * 1024,
        counted=(int(counted[1]), int(counted[2])) if counted else None,
        text=text,
    )


def median(runs, field):
    """The median of a field over runs that ended well; None if one did not say it."""
    values = [getattr(one, field) for one in runs]
    return None if not values or None in values else statistics.median(values)
