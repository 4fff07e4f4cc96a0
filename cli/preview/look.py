"""Pages in the terminal: each channel's layout in a panel of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.preview.previews import Preview
from cli.preview.slack import Part, Run, parts
from rootguard.notify.page import Severity

_WIDEST: Final = 100
_STYLES: Final = {
    Severity.CRITICAL: "bold red",
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.INFO: "cyan",
}


def show(previews: Iterable[Preview], console: Console) -> None:
    """Print them, in 80 columns and more, with and without colour."""
    width = min(console.width, _WIDEST)
    for preview in previews:
        page = preview.page
        style = _STYLES[page.severity]
        console.print(
            Text.assemble(printable(page.headline, style), "  ", printable(page.title)), width=width
        )
        for name, body in _panels(preview):
            console.print(Panel(body, title=name, title_align="left", padding=(0, 1), width=width))
        console.print()


def _panels(preview: Preview) -> list[tuple[str, RenderableType]]:
    instead = Text(preview.instead, style="dim")
    email = printable(f"{preview.subject}\n\n{preview.email}")
    return [
        ("E-mail", instead if preview.instead else email),
        ("SMS", instead if preview.instead else printable(preview.sms)),
        ("Slack", slack(preview.slack)),
        ("PagerDuty", pagerduty(preview.pagerduty)),
    ]


def slack(message: Mapping[str, Any]) -> RenderableType:
    """Return a Slack message, laid out as Slack does."""
    return Group(*(_part(part) for part in parts(message)))


def _part(part: Part) -> RenderableType:
    lines = [Text().join(_run(run) for run in line) for line in part.lines]
    if part.kind == "fields":
        table = _table()
        for label, value in zip(lines[::2], lines[1::2], strict=False):
            table.add_row(label, value)
        return table
    if part.kind == "list":
        lines = [Text.assemble(f"{number}. ", line) for number, line in enumerate(lines, start=part.first)]
    style = {"header": "bold", "code": "cyan", "context": "dim"}.get(part.kind, "")
    shown = Text("\n").join(lines)
    shown.stylize(style)
    return Group(shown, Text()) if part.kind in {"header", "text", "code", "list"} else shown


def _run(run: Run) -> Text:
    text = printable(run.text, "bold" if run.bold else "cyan" if run.code else "")
    return text.append_text(printable(f" ({run.link})", "dim")) if run.link else text


def pagerduty(events: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return a page's PagerDuty events as a table."""
    if not events:
        return Text("Gets nothing: nobody needs to be awake for this.", style="dim")
    event, table = events[0], _table()
    actions = ", then ".join(each["event_action"] for each in events)
    table.add_row(Text("event_action", "dim"), printable(actions))
    table.add_row(Text("dedup_key", "dim"), printable(event["dedup_key"]))
    payload = event.get("payload", {})
    for name in ("summary", "severity", "source", "class", "timestamp"):
        if name in payload:
            table.add_row(Text(name, "dim"), printable(payload[name]))
    for label, value in payload.get("custom_details", {}).items():
        table.add_row(printable(label, "dim"), printable(value))
    return table


def _table() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table
