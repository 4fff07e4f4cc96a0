"""Who should be paged by the deployed stack: what guardrail.yaml names, and the channels' queues."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from cli.aws import output_of
from rootguard.notify.subscribers import Address, State, Subscriber
from stacks.config import Pages
from stacks.names import LOGS_OUTPUT, QUEUE_OUTPUT

CHANNELS: Final = ("Slack", "PagerDuty")


def queues(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the queue's name of each channel that is deployed, as SNS lists it, by the channel."""
    urls = {channel: outputs.get(f"{channel}{QUEUE_OUTPUT}", "") for channel in CHANNELS}
    return {channel: url.rpartition("/")[2] for channel, url in urls.items() if url}


def addresses(pages: Pages, outputs: Mapping[str, str]) -> tuple[Address, ...]:
    """Return every address that should be subscribed."""
    return pages.addresses(queues(outputs).values())


def logs(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the log group of each deployed channel, by its queue's name. Raises TroubleError."""
    return {name: output_of(outputs, f"{channel}{LOGS_OUTPUT}") for channel, name in queues(outputs).items()}


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
