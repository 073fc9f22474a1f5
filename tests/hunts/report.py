"""A report in two passes over the same rows: the second one finds none."""

from statistics import mean


class Row:
    def __init__(self, name, hours, rate):
        self.name = name
        self.hours = hours
        self.rate = rate

    @property
    def cost(self):
        return self.hours * self.rate


def read(text):
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, hours, rate = line.split(",")
            yield Row(name, int(hours), int(rate))


def only_paid(rows):
    return (row for row in rows if row.rate > 0)


class Report:
    def __init__(self, rows):
        self.rows = rows
        self.lines = []
        self.average = None

    def head(self):
        costs = [row.cost for row in self.rows]
        self.average = mean(costs)
        self.lines.append(f"average {self.average}")

    def body(self):
        above = []
        for row in self.rows:
            if row.cost >= self.average:
                above.append(row.name)
        self.lines.append("above average: " + ", ".join(above))
        self.above = above

    def text(self):
        return "\n".join(self.lines)


TEXT = """\
# name, hours, rate
ann,10,50
bob,3,40
cleo,20,60
dan,8,0
"""


def make(text):
    report = Report(only_paid(read(text)))
    report.head()
    report.body()
    return report


def main():
    report = make(TEXT)
    print(report.text())
    assert report.above, "somebody must be above the average"


main()
