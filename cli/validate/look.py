"""A valid guardrail.yaml for people: who protects what, what happens otherwise, whom it wakes."""

from __future__ import annotations

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from stacks.config import GuardrailConfig, Pages, Protection

_HEADINGS = ("Protection", "Targets", "Below", "Types", "Allow", "Trusted", "On violation")
_COUNTS = {"Allow", "Trusted"}
_ANY_WIDTH = 10_000
_SHORT_TYPES = {"SERVICE_CONTROL_POLICY": "SCP", "RESOURCE_CONTROL_POLICY": "RCP"}


def show(path: Path, config: GuardrailConfig, console: Console) -> None:
    """Print it: as a table, or where that does not fit, as a block for each protection."""
    console.print(Text.assemble(("✓ ", "green"), printable(str(path), "bold"), " is valid"), soft_wrap=True)
    observe = config.mode == "observe"
    table = _table(config, observe=observe)
    needed = console.measure(table, options=console.options.update(width=_ANY_WIDTH)).maximum
    if needed <= console.width:
        console.print(table)
    else:
        for protection in config.protections:
            console.print()
            console.print(_block(protection, observe=observe))
        console.print()
    if observe:
        notice = Text("mode is observe: nothing is reverted, on-call is only paged.", style="yellow")
        console.print(Padding(notice, (0, 2)))
    console.print(Padding(_paged(config.pages), (0, 2)))


def _table(config: GuardrailConfig, *, observe: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=True)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading in _COUNTS else "left", no_wrap=True)
    for protection in config.protections:
        table.add_row(*_row(protection, observe=observe))
    return table


def _block(protection: Protection, *, observe: bool) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, cell in zip(_HEADINGS, _row(protection, observe=observe), strict=True):
        table.add_row(Text(heading, style="dim"), cell)
    return Padding(table, (0, 2))


def _row(protection: Protection, *, observe: bool) -> tuple[Text, ...]:
    response = "alert" if observe else protection.on_violation
    return (
        printable(protection.name, "bold"),
        Text("\n".join("Root" if target == "root" else target for target in protection.targets)),
        Text("yes" if protection.include_descendants else "no"),
        Text(" ".join(_SHORT_TYPES[policy_type] for policy_type in protection.policy_types)),
        Text(str(len(protection.allow))),
        Text(str(len(protection.trusted_principals))),
        Text(response, style="red" if response == "revert" else "yellow"),
    )


def _paged(pages: Pages) -> Text:
    channels = {"Slack": pages.slack, "PagerDuty": pages.pagerduty}
    people = [*pages.email, *pages.sms, *(name for name, channel in channels.items() if channel)]
    if not people:
        return Text("Nobody is paged: add an address, a number or a channel under `pages`.", style="yellow")
    return Text("Pages ").append_text(printable(", ".join(people), "bold"))
