"""The row of who is paged: each address, and what to do about one that hears nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cli.doctor.checks.pages import are_confirmed
from cli.doctor.facts import paging
from cli.doctor.facts.paging import Subscriptions
from cli.doctor.finding import Finding, Level, broken, ok
from cli.doctor.probe import Probe
from cli.paged import queues, what_to_do
from rootguard.notify.subscribers import State, Subscriber

ASKS: Final = ("sns:ListSubscriptionsByTopic",)
_KINDS: Final = {"email": "e-mail", "sms": "SMS"}


@dataclass(frozen=True, slots=True)
class Hearers:
    """The subscriptions, and the channels by the names of their queues."""

    found: Subscriptions
    channels: dict[str, str]


def read(probe: Probe) -> Hearers:
    """Read who is subscribed."""
    channels = {queue: channel for channel, queue in queues(probe.outputs).items()}
    return Hearers(paging.subscriptions(probe), channels)


def judge(hearers: Hearers) -> Iterator[Finding]:
    """Judge whether somebody is to be paged, and everybody who is has confirmed."""
    found = hearers.found.subscribers
    if not found:
        yield broken(
            "nobody: guardrail.yaml names nobody under pages",
            "Nobody is notified of an undo, of one that failed, or of an alarm.",
            "add an e-mail address under pages in guardrail.yaml, then make deploy",
        )
        return
    yield from (each for each in are_confirmed(hearers.found) if each.level is not Level.OK)
    if confirmed := [each for each in found if each.state is State.CONFIRMED]:
        names = ", ".join(_name(each, hearers.channels) for each in confirmed)
        yield ok(f"{len(confirmed)} of {len(found)}: {names}")


def data(hearers: Hearers) -> dict[str, Any]:
    """Return each address with its state, and what to do if that is not "confirmed"."""
    return {"subscribers": [_as_json(each, hearers.found.topic) for each in hearers.found.subscribers]}


def _name(subscriber: Subscriber, channels: dict[str, str]) -> str:
    protocol, endpoint = subscriber.address.protocol, subscriber.address.endpoint
    return channels.get(endpoint, f"{endpoint} ({_KINDS.get(protocol, protocol)})")


def _as_json(subscriber: Subscriber, topic: str) -> dict[str, str]:
    address = subscriber.address
    said = {"protocol": address.protocol, "endpoint": address.endpoint, "state": subscriber.state.value}
    return said | ({"fix": fix} if (fix := what_to_do(subscriber, topic)) else {})
