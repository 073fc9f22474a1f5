"""Assignment expressions in conditions, loops, comprehensions and arguments."""


def consume(source):
    total = 0
    while (item := source.pop()) != "stop":
        total += item
        if (half := total // 2) > 3:
            print("half", half)
    return total


def inside():
    last = None
    kept = [last := n for n in range(4) if (square := n * n) > 0]
    return kept, last, square


def size(items, limit=(default := 3)):
    return (count := len(items)) > limit, count


print(consume(["stop", 5, 3, 1]), inside(), size([1, 2, 3, 4]), default)
