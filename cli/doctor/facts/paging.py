"""Who is paged: the subscriptions of the deployed topic, and the secrets of the channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cli import paged
from cli.doctor.probe import Probe, RefusedError
from rootguard.notify.channels.pagerduty import PagerDutySender
from rootguard.notify.channels.slack import SlackSender
from rootguard.notify.subscribers import Subscriber, subscribers
from stacks.config import Pages
from stacks.names import TOPIC_OUTPUT


class SecretState(StrEnum):
    """What became of a secret."""

    USABLE = "usable"
    MISSING = "missing"
    DELETED = "deleted"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Secret:
    """A channel's secret: never its value.

    Attributes:
        channel: Slack or PagerDuty.
        name: the secret's name.
        state: what became of it.
        trouble: why its value cannot be used, if it is unusable.
    """

    channel: str
    name: str
    state: SecretState = SecretState.USABLE
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The deployed topic, and each address of guardrail.yaml with what became of its subscription."""

    topic: str
    subscribers: tuple[Subscriber, ...]


def pages(probe: Probe) -> Pages:
    """Return who is to be paged."""
    return probe.config.pages


def subscriptions(probe: Probe) -> Subscriptions:
    """Read who is subscribed."""
    topic = probe.outputs.get(TOPIC_OUTPUT, "")
    listed: list[Mapping[str, Any]] = probe.list(
        "sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=topic
    )
    return Subscriptions(topic, subscribers(paged.addresses(probe.config.pages, probe.outputs), listed))


def secrets(probe: Probe) -> tuple[Secret, ...]:
    """Read each channel's secret, and let the channel's own sender say whether it can be used."""
    asked = probe.config.pages
    found = []
    if asked.slack:
        found.append(_secret(probe, "Slack", asked.slack.webhook_secret, SlackSender))
    if asked.pagerduty:
        url = asked.pagerduty.events_url
        found.append(
            _secret(
                probe,
                "PagerDuty",
                asked.pagerduty.routing_key_secret,
                lambda key: PagerDutySender(key, events_url=url),
            )
        )
    return tuple(found)


def _secret(probe: Probe, channel: str, name: str, make: Callable[[str], object]) -> Secret:
    try:
        value = probe.ask("secretsmanager", "GetSecretValue", SecretId=name).get("SecretString")
    except RefusedError as refused:
        if refused.code == "ResourceNotFoundException":
            return Secret(channel, name, SecretState.MISSING)
        # Of a secret that waits for its deletion ("GetSecretValue", AWS Secrets Manager API Reference).
        if refused.code == "InvalidRequestException":
            return Secret(channel, name, SecretState.DELETED)
        if refused.is_denied:
            # A policy for one secret by its ARN does not match a name that no secret has.
            why = f"{refused} If there is no secret {name}, Secrets Manager answers the same."
            raise RefusedError(refused.action, refused.code, why) from refused
        raise
    # As rootguard.aws.secrets takes it in the channel's function.
    if not isinstance(value, str) or not value.strip():
        return Secret(channel, name, SecretState.UNUSABLE, "it holds no text")
    try:
        make(value.strip())
    except ValueError as error:
        return Secret(channel, name, SecretState.UNUSABLE, str(error))
    return Secret(channel, name)
