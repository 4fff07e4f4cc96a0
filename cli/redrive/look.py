"""Dead letters for people: what each is about, why it was given up, and what came of it."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.redrive.queues import HIDDEN_SECONDS, Found
from cli.redrive.result import Result
from rootguard.notify.phrases import time_label

_WIDTH: Final = 14


def show(found: Found, console: Console) -> None:
    """Print the letters, oldest first, in 80 columns and more."""
    if not found.letters:
        console.print(Text.assemble(("✓ ", "green"), "No dead letters."))
    for number, letter in enumerate(found.letters, start=1):
        why = f": {letter.why}" if letter.why else ""
        table = Table.grid()
        table.add_column(min_width=_WIDTH)
        table.add_row(Text(f"{number:>3} {letter.queue}", "bold"), printable(letter.what))
        table.add_row("", printable(f"given up at {time_label(letter.sent_at)}{why}", "dim"))
        console.print(table)
    if found.hidden:
        minutes = HIDDEN_SECONDS // 60
        note = (
            f"{found.hidden} more are taken by someone else, or will be seen again within {minutes} minutes."
        )
        console.print(Text(note, style="yellow"))
    if found.more:
        console.print(Text(f"{found.more} more come next: run this again afterwards.", style="yellow"))


def result_line(number: int, result: Result) -> Text:
    """Return what came of the letter with this number."""
    mark = ("✓", "green") if result.is_done else ("✗", "bold red")
    return Text.assemble(mark, f" {number}: ", printable(result.detail))


def end(done: int, left: int) -> Text:
    """Return the last line: how many were delivered, and what to do about the others."""
    if not left:
        return Text(f"{done} delivered again and deleted. Nothing is left.", style="green")
    return Text(f"{done} delivered again and deleted. {left} kept.", style="yellow")
