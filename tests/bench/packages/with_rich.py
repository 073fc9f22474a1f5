"""Draw tables and highlighted text."""

import io

from rich.console import Console
from rich.table import Table
from timed import timed


def work(size):
    for at in range(6 * size):
        console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="truecolor")
        table = Table(title=f"[bold]Table {at}[/bold]", show_lines=True)
        for name in ("number", "name", "[red]much text[/red]"):
            table.add_column(name)
        for row in range(20):
            table.add_row(str(row), f"[italic]name {row}[/italic]", "some words that have to be wrapped " * 4)
        console.print(table)
        console.print({"numbers": list(range(30)), "text": "http://example.org 3.14 None"})
        assert "name 7" in console.file.getvalue()


timed(work)
