"""The status for people: one screen, on which what is wrong comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.text import Text

from cli.doctor.finding import Level
from cli.doctor.lines import LOOK, Lines
from cli.output import printable
from cli.status.row import WORST_FIRST, Seen
from rootguard.notify.phrases import time_label

_MARK: Final = 1
_TITLE: Final = 11
_WIDEST: Final = 120


def show(seen: Sequence[Seen], where: str, at: datetime, console: Console) -> None:
    """Print the rows, the worst first, in 80 columns and more.

    Args:
        seen: the rows.
        where: the account and the Region.
        at: when this was read, in UTC.
        console: where to.
    """
    lines = Lines(console, _MARK, _TITLE, min(console.width, _WIDEST))
    console.print(Text.assemble(_verdict(seen), "  ", printable(f"{where}, {time_label(at)}", "dim")))
    before = None
    for row in sorted(seen, key=lambda each: WORST_FIRST.index(each.level)):
        # What is well stands together, what is not stands out.
        if (before, row.level) != (Level.OK, Level.OK):
            console.print()
        before = row.level
        for number, finding in enumerate(row.findings):
            lines.show("" if number else row.title, finding)


def _verdict(seen: Sequence[Seen]) -> Text:
    levels = [finding.level for row in seen for finding in row.findings]
    broken, warnings = levels.count(Level.BROKEN), levels.count(Level.WARNING)
    worst = Level.BROKEN if broken else Level.WARNING if warnings else Level.OK
    counted = [f"{broken} broken" if broken else "", f"{warnings} to look at" if warnings else ""]
    said = ", ".join(filter(None, counted)) or "all is well"
    mark, style = LOOK[worst]
    return Text(f"{mark} Rootguard: {said}", style=style)
