# handed on: kept in a list, and raised when all is done.
errors = []


def job(number):
    try:
        if number == 2:
            raise ValueError(number)
    except Exception as error:
        errors.append(error)


def main():
    for number in range(4):
        job(number)
    raise errors[0]


main()
