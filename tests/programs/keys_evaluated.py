"""Items whose places take arithmetic, attributes and other items to find, and lines that change
them while they are found."""


class Grid:
    def __init__(self, width, height):
        self.width = width
        self.rows = [[0] * width for _ in range(height)]
        self.x = 1
        self.y = 2
        self.items = [[], [], []]

    def move(self):
        self.x += 1
        return 7

    def swap(self):
        self.items = [["new"], ["new"], ["new"]]
        return 1

    @property
    def swapping(self):
        self.items = [["newer"], ["newer"], ["newer"]]
        return 2

    def __getitem__(self, place):
        self.items = [["newest"], ["newest"], ["newest"]]
        return place


def arithmetic():
    grid = Grid(5, 4)
    rows = grid.rows
    for n in range(12):
        rows[n % 4][(n * 3) % 5] += n
        rows[-1 - n % 4][-(n % 5)] = n
        rows[n // 4][n & 3] = [n]
        rows[grid.y - 1][grid.x ^ 1] = n
        grid.rows[(n + 1) % len(rows)][n % grid.width] = n
        rows[n >> 2][(n << 1) % 5] = n
    rows[True][False] = "bools"
    rows[0][1 - 2] = "the last"
    rows[2][2], rows[grid.y][3] = 1, 2
    return grid


def moved_meanwhile():
    grid = Grid(5, 4)
    old = grid.items
    grid.items[grid.swap()].append(1)
    old = grid.items
    grid.items[grid.swapping].append(2)
    old = grid.items
    grid.items[grid[1]].append(3)
    old = grid.items
    grid.items[0].append(grid.swap())
    old = grid.items
    grid.items[grid.swap()] = "set"
    row = grid.rows[1]
    grid.rows[1][grid.x] += grid.move()
    grid.rows[grid.x][grid.x] = grid.move()
    places = [1, 0, 2]
    places[places[0]] = 2
    places[places[0]] = 0
    places[places[1]] = 5
    old, row
    return places


def rebound(count):
    found = []

    def more():
        nonlocal found
        before = found
        found = list(found)
        return before

    kept = []
    for _ in range(count):
        kept.append(found)
        found.append(more())
    return kept


def stacks_and_names():
    stack = [[0], [1], [2]]
    while stack:
        stack[-1].append("top")
        stack.pop()
    stack.append(1)
    stack.append(stack.pop())
    table = {"rows": [[1], [2]], "names": {"a": [1]}}
    table["rows"][-1].append(3)
    table["rows"][0] = table["names"]
    table["names"]["a"].append(2)
    table["rows"][0]["b"] = [1]
    index = [2, 0, 1]
    values = [[], [], []]
    for n in range(3):
        values[index[n]].append(n)
        values[index[index[n]]].append(n)
    return table, values


arithmetic()
moved_meanwhile()
rebound(3)
stacks_and_names()
deep = {0: [[], {}]}
at = 1
deep[at - 1][at]["name"] = at
deep[0][0].append(at)
at += 1
