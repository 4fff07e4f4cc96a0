"""`rootguard status`: read who is subscribed to the deployed stack's topic, and print it. Writes nothing."""

from __future__ import annotations

from pathlib import Path

from cli import output, paged
from cli.aws import Aws
from cli.exits import ExitCode
from cli.inputs import read_config
from cli.status.look import show, what_to_do
from rootguard.notify.subscribers import State, Subscriber, subscribers
from stacks.names import TOPIC_OUTPUT


def run(config: Path, *, as_json: bool) -> ExitCode:
    """Look, print, and return the exit code. Raises TroubleError."""
    pages, aws = read_config(config).pages, Aws()
    outputs = aws.deployed(TOPIC_OUTPUT)
    topic = outputs[TOPIC_OUTPUT]
    found = subscribers(paged.addresses(pages, outputs), aws.subscriptions(topic))
    if as_json:
        output.write_json({"subscribers": [_as_json(each, topic) for each in found]})
    else:
        show(found, topic, output.stdout())
    is_fine = bool(found) and all(each.state is State.CONFIRMED for each in found)
    return ExitCode.FINE if is_fine else ExitCode.FINDING


def _as_json(subscriber: Subscriber, topic: str) -> dict[str, str]:
    address = subscriber.address
    said = {"protocol": address.protocol, "endpoint": address.endpoint, "state": subscriber.state.value}
    return said | ({"fix": fix} if (fix := what_to_do(subscriber, topic)) else {})
