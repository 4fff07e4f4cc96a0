"""A finding as lines: a mark, what it is about, what was found, why that matters, and the fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.doctor.finding import Finding, Level
from cli.output import printable

LOOK: Final = {Level.OK: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.BROKEN: ("✗", "bold red")}
"""Level → its mark and its style."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Prints findings below each other, in columns of these widths. What has no room is folded.

    Attributes:
        console: where to.
        mark: the width of the marks' column, in which they stand at the right.
        title: the width of the titles' column.
        width: of all of it.
    """

    console: Console
    mark: int
    title: int
    width: int

    def show(self, title: str, finding: Finding, *, is_news: bool = True) -> None:
        """Print one; why it matters only if that is news."""
        mark, style = LOOK[finding.level]
        is_fine = finding.level is Level.OK
        table = Table.grid(padding=(0, 1))
        table.add_column(width=self.mark, justify="right")
        table.add_column(width=self.title)
        table.add_column(overflow="fold")
        table.add_row(
            Text(mark, style=style),
            Text(title, style="dim" if is_fine else style),
            printable(finding.what, "" if is_fine else style),
        )
        self.console.print(table, width=self.width)
        # Two columns, each with a space behind it.
        indent = self.mark + self.title + 2
        if finding.why and is_news:
            why = Padding(printable(finding.why, "dim"), (0, 0, 0, indent))
            self.console.print(why, width=self.width)
        for step in finding.fix.split(" && ") if finding.fix else ():
            # A command is copied, so it is never broken. A long one gets more room.
            room = indent if indent + len(step) + 2 <= self.console.width else self.mark + 1
            self.console.print(Text(" " * room + "→ ").append_text(printable(step, "bold")), soft_wrap=True)
