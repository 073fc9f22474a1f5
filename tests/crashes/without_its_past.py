# The traceback is cut off, so that the last `raise` is where it begins.
def work(error):
    raise error.with_traceback(None)


def main():
    error = ValueError("again")
    for attempt in range(3):
        try:
            work(error)
        except ValueError:
            if attempt == 1:
                break
    work(error)


main()
