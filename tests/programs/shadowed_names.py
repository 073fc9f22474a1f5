# Variables of functions that have the names, and at times the values, of the module's.
x = 2
count = 0


def same(x):
    return x


def squares():
    return [x for x in range(3)] and x


class Holder:
    x = x
    copies = [x for _ in range(2)]


def bump():
    if x > 5:
        count = 7
    return count


first = same(2)
second = same(5)
third = same(2)
squares()
try:
    bump()
except UnboundLocalError as error:
    text = str(error)
print(first, second, third, text)
