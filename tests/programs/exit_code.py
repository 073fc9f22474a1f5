"""sys.exit with a status, through finally blocks."""

import sys


def leave(status):
    try:
        sys.exit(status)
    finally:
        print("leaving with", status)


try:
    leave("text")
except SystemExit as error:
    print("stopped", error.code)
leave(7)
