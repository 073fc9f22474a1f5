"""Lists inside lists, dicts and instances, changed from the inside."""


class Box:
    def __init__(self, content):
        self.content = content


def deepen(item):
    item[0][0].append("deep")
    item[0].insert(0, "front")


def run():
    inner = [1]
    outer = [[inner]]
    box = Box({"list": outer})
    deepen(outer)
    inner += [2, 3]
    box.content["list"][0][1][0] = "first"
    box.content["more"] = {"k": [inner]}
    box.content["more"]["k"][0].clear()
    copy = [*outer]
    copy[0].append("both")
    return outer, box.content


grid = [[0] * 3] * 2
grid[0][1] = 5
grid[1] = list(grid[1])
grid[1][2] = 6
print(run(), grid)
