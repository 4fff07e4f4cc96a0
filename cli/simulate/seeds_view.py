"""Many seeds for people: a bar while they run, then the counts, the limits, and what broke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cli.output import printable
from simulation.campaign import SIMULATOR, Judged, Report, Reproduced
from simulation.invariants import BY_NAME
from simulation.oracle.limits import Limit

_SHOWN_EACH: Final = 3
"""How many seeds of one invariant are shown. All of them are in the folder, and in --json."""


class _Bar:
    """What runs, on a bar: first the seeds, then the histories that are made small."""

    def __init__(self, progress: Progress, seeds: int) -> None:
        self._progress = progress
        self._seeds = progress.add_task("Seeds", total=seeds, note="0 broken")
        self._small: TaskID | None = None
        self._broken = 0

    def judged(self, each: Judged) -> None:
        self._broken += bool(each.breaks)
        self._progress.update(self._seeds, advance=1, note=f"{self._broken} broken")

    def made_small(self, done: int, of: int) -> None:
        if self._small is None:
            self._small = self._progress.add_task("Making small what breaks", total=of, note="")
        self._progress.update(self._small, completed=done)


@contextmanager
def bar(console: Console, seeds: int) -> Iterator[_Bar]:
    """Lend a bar to tell how far it is. A log, which no bar fits, gets nothing."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        yield _Bar(progress, seeds)


def show(report: Report, files: Sequence[Path], start: int, console: Console) -> None:
    """Print the counts, the limits that excused something, and each invariant that broke with its files."""
    last = start + report.seeds - 1
    mark = Text("✗ ", style="bold red") if report.broken else Text("✓ ", style="green")
    said = f"{report.clean} of {report.seeds} seeds are clean ({start} to {last})."
    console.print(Text.assemble(mark, said), soft_wrap=True)
    if report.limits:
        console.print(_limits(report))
    by_invariant: dict[str, list[tuple[Reproduced, Path]]] = {}
    for reproduced, path in zip(report.broken, files, strict=True):
        by_invariant.setdefault(reproduced.broken.invariant, []).append((reproduced, path))
    for name, found in sorted(by_invariant.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        _show_invariant(name, found, console)


def _limits(report: Report) -> Table:
    """Return what docs/limits.md admits, and how often each limit excused something."""
    table = Table(
        box=SIMPLE_HEAD, pad_edge=True, title="Limits that docs/limits.md names", title_justify="left"
    )
    table.add_column("Times", justify="right", no_wrap=True)
    table.add_column("Limit", overflow="fold")
    for name, count in sorted(report.limits.items(), key=lambda entry: -entry[1]):
        table.add_row(str(count), Limit[name].value)
    return table


def _show_invariant(name: str, found: Sequence[tuple[Reproduced, Path]], console: Console) -> None:
    invariant = BY_NAME.get(name)
    sentence = invariant.sentence if invariant else "The simulator failed."
    count = "1 seed" if len(found) == 1 else f"{len(found)} seeds"
    console.print(
        Text.assemble(("✗ ", "bold red"), (name, "bold"), f" ({count}): {sentence}"), soft_wrap=True
    )
    for reproduced, path in found[:_SHOWN_EACH]:
        broken = reproduced.broken
        at = "" if name == SIMULATOR else f" at {broken.at:.0f} s"
        what = printable(f"  seed {broken.seed}{at}: {broken.what}")
        console.print(what, soft_wrap=True)
        console.print(Text.assemble("  ", (f"rootguard simulate --history {path}", "dim")), soft_wrap=True)
