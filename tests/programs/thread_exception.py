"""An exception that ends a thread, and SystemExit in a thread, which is silent."""

import sys
import threading


def hook(args):
    print("thread died:", args.exc_type.__name__, args.exc_value, file=sys.stdout)


def fail(value):
    data = {"value": value}
    raise ValueError(data["value"])


def leave():
    sys.exit(3)


threading.excepthook = hook
for number, target in enumerate([lambda: fail(5), leave]):
    thread = threading.Thread(target=target, name=f"failing-{number}")
    thread.start(); thread.join()
print("main goes on")
