"""Incidents for people: a list of them, and one from the change to its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.incident.story import TOOK, MomentKind, Story
from cli.output import printable
from cli.zones import local_label
from rootguard.notify.page import Kind
from rootguard.notify.phrases import IN_FORCE, STILL_IN_FORCE, time_label

STYLES: Final = {
    Kind.UNDONE: "green",
    Kind.ALREADY_UNDONE: "green",
    Kind.NOT_UNDONE: "bold red",
    Kind.WATCHED: "yellow",
    Kind.REFUSED: "cyan",
}
_SUSPECTED: Final = (
    "A sweep saw it once. Its event may still come and say who did it. If the next sweep sees it again, "
    "Rootguard treats it as an incident."
)
_MARKS: Final = {
    MomentKind.CHANGED: ("✗", "bold red"),
    MomentKind.FAILED: ("✗", "bold red"),
    MomentKind.UNDONE: ("✓", "bold green"),
    MomentKind.CLOSED: ("✓", "green"),
}
_SAID_BELOW: Final = ("When", IN_FORCE, "Reached")
_WIDEST: Final = 100


def show_list(found: Sequence[Story], console: Console, *, open_only: bool) -> None:
    """Print incidents, a block each, in 80 columns and more."""
    if not found:
        console.print("No open incidents." if open_only else "No incidents in the last year.")
    for story in found:
        state = ("OPEN", "bold red") if story.is_open else ("closed", "dim")
        if story.is_suspected:
            state = ("seen", "yellow")
        head = Text.assemble((f"{state[0]:<8}", state[1]))
        head.append_text(Text(f"{story.headline}  ", _style(story)))
        head.append_text(printable(story.what))
        console.print(head, soft_wrap=True)
        lasted = story.in_force if story.in_force == STILL_IN_FORCE else f"in force {story.in_force}"
        facts = f"{time_label(story.incident.drift.at)}, {lasted}"
        for line in (facts, story.id):
            console.print(Padding(printable(line, "dim"), (0, 0, 0, 8)))


def show_story(story: Story, zone: tzinfo | None, console: Console) -> None:
    """Print one, in 80 columns and more, with and without colour."""
    width = min(console.width, _WIDEST)
    page = story.page
    console.print(Text.assemble((story.headline, _style(story)), "  ", printable(page.title)), width=width)
    said = (_SUSPECTED,) if story.is_suspected else (page.sentences[0], *story.ending.sentences[1:])
    for sentence in said:
        console.print(Padding(printable(sentence), (0, 2)), width=width)
    console.print()
    console.print(_timeline(story, zone), width=width)
    console.print()
    console.print(_facts(story), width=width)
    if story.statements:
        console.print()
        console.print(_policy(story, width))
    console.print()
    steps = page.steps if story.is_open else (_then(story),)
    console.print(Padding(Text("What to do next", style="dim"), (0, 2)))
    table = Table.grid(padding=(0, 1))
    for number, step in enumerate(steps, start=1):
        text, _, command = step.partition("\n")
        table.add_row(f"{number}.", printable(text))
        if command:
            table.add_row("", printable(command, "cyan"))
    console.print(Padding(table, (0, 2)), width=width)


def _style(story: Story) -> str:
    return "yellow" if story.is_suspected else STYLES.get(story.page.kind, "")


def _then(story: Story) -> str:
    if story.is_suspected:
        return "`rootguard plan` shows what the next sweep would do."
    return f"`rootguard incident report {story.id}` drafts the post-mortem."


def _timeline(story: Story, zone: tzinfo | None) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    for moment in story.timeline:
        mark, style = _MARKS.get(moment.kind, (" ", ""))
        local = local_label(moment.at, zone)
        when = time_label(moment.at) + (f"\n{local}" if local else "")
        table.add_row(
            Text(mark, style=style),
            Text(when, "dim"),
            Text(story.since(moment)),
            printable(moment.what, style),
        )
    return table


def _facts(story: Story) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for field in story.page.fields:
        if field.label in _SAID_BELOW:
            continue
        for label, line in zip((field.label, *("" for _ in field.lines)), field.lines, strict=False):
            table.add_row(Text(label, style="dim"), printable(line))
    table.add_row(Text(IN_FORCE, style="dim"), printable(story.in_force))
    if story.took:
        table.add_row(Text(TOOK, style="dim"), printable(story.took))
    table.add_row(Text("Reached", style="dim"), printable(story.reached))
    if story.restored is not None:
        restored, wanted = story.restored.restored, story.restored.wanted
        table.add_row(Text("Restored", style="dim"), Text(f"{restored} of {wanted} attachments"))
    for number, did in enumerate(story.writes):
        table.add_row(Text("" if number else "Done", style="dim"), printable(f"Rootguard {did}"))
    for number, line in enumerate(story.page.origin):
        table.add_row(Text("" if number else "Source", style="dim"), printable(line))
    return Padding(table, (0, 2))


def _policy(story: Story, width: int) -> Panel:
    lines = Text()
    for statement in story.statements:
        style = "bold red" if statement.decides else "dim"
        mark = "▶ decides" if statement.decides else "  does not decide"
        lines.append_text(printable(f"{mark}: {statement.name}", style)).append("\n")
        lines.append_text(printable(statement.text, "" if statement.decides else "dim")).append("\n")
    lines.rstrip()
    return Panel(lines, title="The policy's statements", title_align="left", padding=(0, 1), width=width)
