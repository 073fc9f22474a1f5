"""Exceptions that die and others that take their place, address and all."""


def attempts():
    kept = None
    for n in range(3):
        try:
            first
        except NameError as error:
            kept = str(error)
        try:
            del second.value
        except NameError as error:
            kept = str(error)
        try:
            raise ValueError(n, [n])
        except ValueError as error:
            kept = error
    return kept


print(attempts())
