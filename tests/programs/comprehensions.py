"""List, set and dict comprehensions, nested, shadowing, over several lines."""


def shadow():
    x = "outer"
    squares = [x * x for x in range(4)]
    pairs = {
        x: y
        for x, y in zip("abc", squares)
        if y != 1
    }
    return x, squares, pairs


def nested():
    grid = [[row * col for col in range(3)] for row in range(3)]
    flat = {cell for line in grid for cell in line}
    lazy = (
        cell
        for cell in flat
        if cell % 2
    )
    return grid, sorted(flat), list(lazy)


def capture():
    makers = [lambda: n for n in range(3)]
    return [make() for make in makers]


print(shadow(), nested(), capture())
numbers = [n + 1 for n in range(3)]
print(numbers)
