"""The status for people: one screen, on which what is wrong comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.doctor.finding import Finding, Level
from cli.output import printable
from cli.status.row import WORST_FIRST, Seen
from rootguard.notify.phrases import time_label

_MARKS: Final = {Level.OK: "✓", Level.WARNING: "!", Level.BROKEN: "✗"}
_STYLES: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.BROKEN: "bold red"}
_TITLE: Final = 11
_INDENT: Final = 2 + _TITLE + 1
_WIDEST: Final = 120


def show(seen: Sequence[Seen], where: str, at: datetime, console: Console) -> None:
    """Print the rows, the worst first, in 80 columns and more.

    Args:
        seen: the rows.
        where: the account and the Region.
        at: when this was read, in UTC.
        console: where to.
    """
    width = min(console.width, _WIDEST)
    console.print(Text.assemble(_verdict(seen), "  ", printable(f"{where}, {time_label(at)}", "dim")))
    before = None
    for row in sorted(seen, key=lambda each: WORST_FIRST.index(each.level)):
        # What is well stands together, what is not stands out.
        if (before, row.level) != (Level.OK, Level.OK):
            console.print()
        before = row.level
        for number, finding in enumerate(row.findings):
            _show("" if number else row.title, finding, console, width)


def _verdict(seen: Sequence[Seen]) -> Text:
    levels = [finding.level for row in seen for finding in row.findings]
    broken, warnings = levels.count(Level.BROKEN), levels.count(Level.WARNING)
    worst = Level.BROKEN if broken else Level.WARNING if warnings else Level.OK
    counted = [f"{broken} broken" if broken else "", f"{warnings} to look at" if warnings else ""]
    said = ", ".join(filter(None, counted)) or "all is well"
    return Text(f"{_MARKS[worst]} Rootguard: {said}", style=_STYLES[worst])


def _show(title: str, finding: Finding, console: Console, width: int) -> None:
    style = _STYLES[finding.level]
    is_fine = finding.level is Level.OK
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(width=_TITLE)
    table.add_column(overflow="fold")
    table.add_row(
        Text(_MARKS[finding.level], style=style),
        Text(title, style="dim" if is_fine else style),
        printable(finding.what, "" if is_fine else style),
    )
    console.print(table, width=width)
    if finding.why:
        console.print(Padding(printable(finding.why, "dim"), (0, 0, 0, _INDENT)), width=width)
    for step in finding.fix.split(" && ") if finding.fix else ():
        # A command is copied, so it is never broken. A long one gets more room.
        indent = _INDENT if _INDENT + len(step) + 2 <= console.width else 2
        console.print(Text(" " * indent + "→ ").append_text(printable(step, "bold")), soft_wrap=True)
