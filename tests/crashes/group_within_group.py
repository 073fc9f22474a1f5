# handed on: errors are gathered and raised together.
def check(value):
    if value > 1:
        raise ValueError(value)


def check_all(values):
    errors = []
    for value in values:
        try:
            check(value)
        except ValueError as error:
            errors.append(error)
    raise ExceptionGroup("bad values", [ExceptionGroup("inner", errors), KeyError("never raised")])


check_all([1, 2, 3])
