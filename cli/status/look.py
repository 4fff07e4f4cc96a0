"""The status for people: who is paged, and what to do about each who is not."""

from __future__ import annotations

import shlex
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import printable
from rootguard.notify.subscribers import State, Subscriber

_STYLES: Final = {State.CONFIRMED: "green", State.PENDING: "yellow", State.GONE: "bold red"}
_MARKS: Final = {State.CONFIRMED: "✓", State.PENDING: "…", State.GONE: "✗"}
_NAMES: Final = {"email": "e-mail", "sms": "SMS", "sqs": "queue"}


def show(subscribers: tuple[Subscriber, ...], topic_arn: str, console: Console) -> None:
    """Print who is paged, in 80 columns and more."""
    confirmed = sum(each.state is State.CONFIRMED for each in subscribers)
    style = "bold" if confirmed else "bold red"
    console.print(Text(f"{confirmed} of {len(subscribers)} get pages", style=style))
    table, todo = Table.grid(padding=(0, 2, 0, 0)), []
    for each in subscribers:
        mark = Text(_MARKS[each.state], style=_STYLES[each.state])
        state = Text(each.state.value, style=_STYLES[each.state])
        protocol = _NAMES.get(each.address.protocol, each.address.protocol)
        table.add_row(mark, protocol, printable(each.address.endpoint), state)
        if advice := what_to_do(each, topic_arn):
            todo.append(advice)
    console.print(table)
    for advice in todo:
        # A command is copied, so it is never broken.
        console.print(Text(advice), soft_wrap=True)


def what_to_do(subscriber: Subscriber, topic_arn: str) -> str:
    """Return what makes this address hear pages; empty if it does.

    CloudFormation does not see that a subscription is gone, so a deployment does not bring it back.
    """
    address = subscriber.address
    if subscriber.state is State.CONFIRMED:
        return ""
    if subscriber.state is State.PENDING:
        return f"{address.endpoint}: follow the link in SNS's e-mail. It works for 48 hours."
    if address.protocol == "sqs":
        return f"{address.endpoint}: take the channel out of guardrail.yaml, deploy, put it back, deploy."
    return (
        f"aws sns subscribe --topic-arn {topic_arn} --protocol {address.protocol} "
        f"--notification-endpoint {shlex.quote(address.endpoint)}"
    )
