"""Recursion a few hundred frames deep, returning and raising through all of them."""


def depth_sum(n, seen):
    if n == 0:
        return 0
    rest = depth_sum(n - 1, seen)
    seen[0] += 1
    return rest + n


def fall(n):
    if n == 0:
        raise LookupError("bottom")
    try:
        fall(n - 1)
    finally:
        n = -n


seen = [0]
total = depth_sum(300, seen)
try:
    fall(100)
except LookupError as error:
    print(error)
print(total, seen)
