"""`rootguard status`: read who is subscribed to the deployed stack's topic, and print it. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode
from cli.inputs import read_config
from cli.status.look import show, what_to_do
from rootguard.notify.subscribers import Address, State, Subscriber, subscribers
from stacks.config import Pages
from stacks.names import QUEUE_OUTPUT, TOPIC_OUTPUT


def run(config: Path, *, as_json: bool) -> ExitCode:
    """Look, print, and return the exit code. Raises TroubleError."""
    pages, aws = read_config(config).pages, Aws()
    outputs = aws.deployed(TOPIC_OUTPUT)
    topic = outputs[TOPIC_OUTPUT]
    found = subscribers(_expected(pages, outputs), aws.subscriptions(topic))
    if as_json:
        output.write_json({"subscribers": [_as_json(each, topic) for each in found]})
    else:
        show(found, topic, output.stdout())
    is_fine = bool(found) and all(each.state is State.CONFIRMED for each in found)
    return ExitCode.FINE if is_fine else ExitCode.FINDING


def _expected(pages: Pages, outputs: Mapping[str, str]) -> Iterator[Address]:
    yield from (Address("email", address) for address in pages.email)
    yield from (Address("sms", number) for number in pages.sms)
    for name in ("Slack", "PagerDuty"):
        if queue := outputs.get(f"{name}{QUEUE_OUTPUT}"):
            yield Address("sqs", queue.rpartition("/")[2])


def _as_json(subscriber: Subscriber, topic: str) -> dict[str, str]:
    address = subscriber.address
    said = {"protocol": address.protocol, "endpoint": address.endpoint, "state": subscriber.state.value}
    return said | ({"fix": fix} if (fix := what_to_do(subscriber, topic)) else {})
