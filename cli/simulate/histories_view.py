"""Histories for people: a check or a cross each, why it matters, what is not so, and how it came."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.simulate.result import Result
from cli.simulate.timeline import Kind, Moment

_WIDEST = 110
_MOST_MOMENTS = 40
_STYLES: dict[Kind, str] = {
    "person": "cyan",
    "event": "dim",
    "write": "bold",
    "page": "yellow",
    "trouble": "red",
}


def show(results: Sequence[Result], console: Console) -> None:
    """Print them, in 80 columns and more, with and without colour."""
    width = min(console.width, _WIDEST)
    for result in results:
        mark = Text("✓ ", style="green") if result.passed else Text("✗ ", style="bold red")
        console.print(Text.assemble(mark, printable(str(result.file), "bold")), soft_wrap=True)
        console.print(Padding(printable(result.history.why, "dim"), (0, 2)), width=width)
        if not result.passed:
            _show_broken(result, console, width)
    passed = sum(1 for result in results if result.passed)
    style = "bold green" if passed == len(results) else "bold red"
    console.print()
    console.print(Text(f"{passed} of {len(results)} passed", style=style))


def _show_broken(result: Result, console: Console, width: int) -> None:
    console.print()
    for sentence in result.unmet:
        console.print(Padding(printable(sentence, "red"), (0, 2)), width=width)
    if result.timeline:
        console.print()
        console.print(Padding(_timeline(result.timeline), (0, 2)), width=width)
    console.print()


def _timeline(moments: Sequence[Moment]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for moment in moments[:_MOST_MOMENTS]:
        style = _STYLES[moment.kind]
        table.add_row(
            Text(f"{moment.at:g} s", style="dim"), printable(moment.who, style), printable(moment.what, style)
        )
    if len(moments) > _MOST_MOMENTS:
        table.add_row("", "", Text(f"and {len(moments) - _MOST_MOMENTS} more", style="dim"))
    return table
