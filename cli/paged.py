"""Who should be paged by the deployed stack: what guardrail.yaml names, and the channels' queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cli.aws import output_of
from rootguard.notify.subscribers import Address
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
