"""The two tables, as text for a terminal and as Markdown."""

NOT = "–"


def times(number):
    """A ratio: two digits that mean something."""
    if number is None:
        return NOT
    return f"{number:.0f}×" if number >= 20 else f"{number:.1f}×"


def amount(number, unit=""):
    """A number with about three digits."""
    if number is None:
        return NOT
    if isinstance(number, str):
        return number
    if abs(number) >= 1000:
        return f"{number:,.0f}{unit}"
    return f"{number:.0f}{unit}" if abs(number) >= 100 else f"{number:.3g}{unit}"


def milliseconds(seconds):
    return NOT if seconds is None else f"{seconds * 1000:.0f} ms"


def megabytes(count):
    return NOT if count is None else f"{count / 1e6:.0f} MB"


OWN_HEAD = [
    "program", "events", "bare", "no-op", "rdbg", "of no-op's cost", "ns/event", "bytes/event", "memory",
    "complete after", "lossless",
]  # fmt: skip
PEER_HEAD = ["program", "recorder", "slowdown", "whole command", "bytes/event", "lines kept", "cost of rdbg's", "seen"]


def own_row(result):
    """The cells of one workload under rdbg."""
    return [
        result.name,
        amount(result.events),
        milliseconds(result.bare),
        times(result.floor_slowdown),
        times(result.slowdown),
        times(result.of_floor),
        amount(result.ns),
        amount(result.bytes_each),
        megabytes(result.memory),
        milliseconds(result.after),
        result.lossless,
    ]


def peer_row(result):
    """The cells of one workload under one recorder."""
    wall = None if result.wall is None else f"{result.wall:.1f} s"
    return [
        result.name,
        result.recorder,
        times(result.slowdown),
        wall or NOT,
        amount(result.bytes_each),
        result.kept,
        times(result.of_rdbg),
        result.seen,
    ]


def plain(head, rows):
    """Columns side by side; the first is ranged left, the others right."""
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]

    def line(cells):
        return "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths))
        ).rstrip()

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])


def markdown(head, rows):
    """A table for a page."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *rows])
