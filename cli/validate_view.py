"""A valid guardrail.yaml for people: who protects what, what happens otherwise, whom it wakes."""

from __future__ import annotations

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import printable
from stacks.config import GuardrailConfig, Pages, Protection

_SHORT_TYPES = {"SERVICE_CONTROL_POLICY": "SCP", "RESOURCE_CONTROL_POLICY": "RCP"}


def show(path: Path, config: GuardrailConfig, console: Console) -> None:
    """Print it; at home in 80 columns."""
    console.print(Text.assemble(("✓ ", "green"), printable(str(path), "bold"), " is valid"), soft_wrap=True)
    console.print(_table(config))
    if config.mode == "observe":
        console.print(Text("  mode is observe: nothing is reverted, on-call is only told.", style="yellow"))
    console.print(_paged(config.pages))


def _table(config: GuardrailConfig) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=True)
    table.add_column("Protection", style="bold", min_width=10, overflow="fold")
    table.add_column("Targets", no_wrap=True)
    for heading in ("Below", "Types"):
        table.add_column(heading)
    for heading in ("Allow", "Trusted"):
        table.add_column(heading, justify="right")
    table.add_column("On violation", min_width=9)
    for protection in config.protections:
        table.add_row(*_row(protection, observe=config.mode == "observe"))
    return table


def _row(protection: Protection, *, observe: bool) -> tuple[Text, ...]:
    response = "alert" if observe else protection.on_violation
    return (
        printable(protection.name),
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
        return Text("  Nobody is paged: add an address, a number or a channel under `pages`.", style="yellow")
    return Text("  Pages ").append_text(printable(", ".join(people), "bold"))
