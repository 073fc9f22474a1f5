# SystemExit with a status that is not 0.
import sys


def work():
    return {}["key"]


def main():
    try:
        work()
    except KeyError as error:
        sys.exit(f"error: {error}")


main()
