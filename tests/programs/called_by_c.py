"""C code that calls what it was given, and methods called on what a call returned."""

G = [1]


def key_is_a_method():
    seen = [1]
    largest = max([3, 2], key=seen.append)
    ordered = sorted([5, 4], key=lambda n: seen.append(n) or n)
    return largest, ordered, seen


def on_returned():
    items = []

    def give():
        return items

    give().append(1)
    give().extend([2, 3]); give().append(4)
    return items


x = (lambda: G)().append(2)
print(key_is_a_method(), on_returned(), x)
