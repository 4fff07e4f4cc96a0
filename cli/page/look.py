"""The arrivals for people: which channel took the test, and what to do about each that did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.page.arrival import FINE, Arrival, State
from cli.paged import what_to_do

_MARKS: Final = {
    State.DELIVERED: ("✓", "green"),
    State.SENT: ("✓", "green"),
    State.PENDING: ("…", "yellow"),
    State.UNKNOWN: ("?", "yellow"),
    State.GONE: ("✗", "bold red"),
    State.FAILED: ("✗", "bold red"),
}
_SAID: Final = {
    State.DELIVERED: "took it",
    State.SENT: "SNS sent it: look there",
    State.PENDING: "not confirmed yet: SNS sends nothing",
    State.GONE: "not subscribed",
    State.FAILED: "did not take it",
    State.UNKNOWN: "said nothing within a minute",
}
_NAMES: Final = {"email": "e-mail", "sms": "SMS", "sqs": "queue"}


def show(arrivals: Sequence[Arrival], topic_arn: str, key: str, console: Console) -> None:
    """Print how far the page came, in 80 columns and more."""
    fine = sum(each.state in FINE for each in arrivals)
    style = "bold" if fine == len(arrivals) else "bold red"
    console.print(Text(f"{fine} of {len(arrivals)} took the page {key}", style=style))
    table, todo = Table.grid(padding=(0, 2, 0, 0)), []
    for each in arrivals:
        address, (mark, color) = each.subscriber.address, _MARKS[each.state]
        protocol = _NAMES.get(address.protocol, address.protocol)
        table.add_row(Text(mark, style=color), protocol, printable(address.endpoint), Text(_SAID[each.state]))
        if each.detail:
            todo.append(f"{address.endpoint}: {each.detail}")
        if advice := what_to_do(each.subscriber, topic_arn):
            todo.append(advice)
    console.print(table)
    for advice in todo:
        # A command is copied, so it is never broken.
        console.print(printable(advice), soft_wrap=True)
