# handed on: caught, looked at and raised again, once by `raise` and once by name.
def log(error):
    try:
        raise RuntimeError("while logging")
    except RuntimeError:
        return str(error)


def work():
    try:
        raise ValueError(1)
    except ValueError as error:
        log(error)
        raise


def main():
    try:
        work()
    except ValueError as error:
        log(error)
        raise error


main()
