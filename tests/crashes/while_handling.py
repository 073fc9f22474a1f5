# Another exception while one is handled.
def load():
    return {}["key"]


def main():
    try:
        load()
    except KeyError:
        print(undefined)


main()
