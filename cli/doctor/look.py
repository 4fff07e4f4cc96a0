"""What the checks found, for people: a section for each subject, and the fix of what is not well."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from rich.console import Console
from rich.text import Text

from cli.doctor.examine import Examination
from cli.doctor.finding import Level
from cli.doctor.lines import LOOK, Lines
from cli.output import printable

_MARK: Final = 3
_TITLE: Final = 14


def show(examination: Examination, console: Console) -> None:
    """Print it, in 80 columns and more."""
    state = "" if examination.is_deployed else "; only what a deployment needs"
    console.print(printable(f"Account {examination.account}, {examination.region}{state}", "dim"))
    lines = Lines(console, _MARK, _TITLE, console.width)
    for section, found in groupby(examination.found, key=lambda each: each[0].section):
        console.print()
        console.print(Text(section.value, style="bold"))
        title = why = ""
        for check, finding in found:
            lines.show("" if check.title == title else check.title, finding, is_news=finding.why != why)
            title, why = check.title, finding.why
    console.print()
    console.print(_summary(examination))


def _summary(examination: Examination) -> Text:
    broken, warnings = examination.count(Level.BROKEN), examination.count(Level.WARNING)
    worst = Level.BROKEN if broken else Level.WARNING if warnings else Level.OK
    counted = [
        f"{broken} broken" if broken else "",
        f"{warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else "",
        f"{examination.count(Level.OK)} ok",
    ]
    mark, style = LOOK[worst]
    return Text(f"{mark} {', '.join(filter(None, counted))}", style=style)
