# The program's own excepthook raises, and an exit function, too.
import atexit
import sys


def bye():
    raise RuntimeError("in atexit")


def hook(kind, exception, traceback):
    report(exception)


def report(exception):
    raise OSError("cannot report")


atexit.register(bye)
sys.excepthook = hook


def work():
    return {}["key"]


work()
