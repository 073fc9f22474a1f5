"""raise … from, re-raise, implicit context, notes, classes of one's own."""


class AppError(Exception):
    def __init__(self, message, code):
        super().__init__(message)
        self.code = code
        self.details = {"code": code}


def low():
    return [][1]


def middle():
    try:
        low()
    except IndexError as error:
        raise AppError("middle failed", 7) from error


def high():
    try:
        middle()
    except AppError as error:
        error.add_note("seen by high")
        error.details["high"] = True
        raise


try:
    high()
except AppError as error:
    caught = error
    print(caught.args, caught.code, caught.details, caught.__notes__)
    print(repr(caught.__cause__))
try:
    try:
        int("x")
    except ValueError:
        raise TypeError("other") from None
except TypeError as error:
    print(error.__cause__, error.__suppress_context__)
