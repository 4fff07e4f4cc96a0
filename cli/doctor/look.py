"""What the checks found, for people: a section for each subject, and the fix of what is not well."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.doctor.check import Check
from cli.doctor.examine import Examination
from cli.doctor.finding import Finding, Level
from cli.output import printable

_MARKS: Final = {Level.OK: "✓", Level.WARNING: "!", Level.BROKEN: "✗"}
_STYLES: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.BROKEN: "bold red"}
_MARK: Final = 3
_TITLE: Final = 14
_INDENT: Final = _MARK + _TITLE + 2


def show(examination: Examination, console: Console) -> None:
    """Print it, in 80 columns and more."""
    state = "" if examination.is_deployed else "; only what a deployment needs"
    console.print(printable(f"Account {examination.account}, {examination.region}{state}", "dim"))
    for section, found in groupby(examination.found, key=lambda each: each[0].section):
        console.print()
        console.print(Text(section.value, style="bold"))
        title = why = ""
        for check, finding in found:
            _show(check, finding, console, is_first=check.title != title, is_news=finding.why != why)
            title, why = check.title, finding.why
    console.print()
    console.print(_summary(examination))


def _show(check: Check[Any], finding: Finding, console: Console, *, is_first: bool, is_news: bool) -> None:
    style = _STYLES[finding.level]
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_MARK, justify="right")
    table.add_column(width=_TITLE)
    table.add_column(overflow="fold")
    title = Text(check.title if is_first else "", style="" if finding.level is Level.OK else style)
    what = printable(finding.what, "" if finding.level is Level.OK else style)
    table.add_row(Text(_MARKS[finding.level], style=style), title, what)
    console.print(table)
    if finding.why and is_news:
        console.print(Padding(printable(finding.why, "dim"), (0, 0, 0, _INDENT)))
    for step in finding.fix.split(" && ") if finding.fix else ():
        # A command is copied, so it is never broken. A long one gets more room.
        indent = _INDENT if _INDENT + len(step) + 2 <= console.width else _MARK + 1
        console.print(Text(" " * indent + "→ ").append_text(printable(step, "bold")), soft_wrap=True)


def _summary(examination: Examination) -> Text:
    broken, warnings = examination.count(Level.BROKEN), examination.count(Level.WARNING)
    worst = Level.BROKEN if broken else Level.WARNING if warnings else Level.OK
    counted = [
        f"{broken} broken" if broken else "",
        f"{warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else "",
        f"{examination.count(Level.OK)} ok",
    ]
    return Text(f"{_MARKS[worst]} {', '.join(filter(None, counted))}", style=_STYLES[worst])
