"""Class bodies as frames: loops, conditions, nesting and names that go again."""


class Table:
    """Has a namespace that grows and shrinks while it runs."""

    rows = []
    for i in range(3):
        rows.append(i * i)
    del i
    width = len(rows)
    if width > 2:
        kind = "wide"

    class Cell:
        value = 5
        doubled = value * 2

    def size(self):
        return self.width * self.Cell.doubled

    width += 1


def build(base):
    class Local(base):
        captured = base.width
        rows = [*base.rows, captured]

    return Local


local = build(Table)
size = local().size()
print(Table.width, Table.rows, local.rows, size, local.kind)
