"""What is known of a page's arrival at one address: decided on subscriptions and on a channel's log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from rootguard.notify import subscribers
from rootguard.notify.subscribers import Subscriber

_RAISED: Final = "[ERROR] "
"""How the log has what a function raised ("Log and monitor Python Lambda functions", Lambda guide)."""


class State(StrEnum):
    """How far the page came."""

    DELIVERED = "delivered"  # the channel's service took it
    SENT = "sent"  # SNS sent it; nobody sees an inbox or a phone
    PENDING = "pending"  # the subscription is not confirmed
    GONE = "gone"  # there is no subscription
    FAILED = "failed"  # the channel's service did not take it
    UNKNOWN = "unknown"  # nothing was heard in time


FINE: Final = frozenset({State.DELIVERED, State.SENT})


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far the page came to one address, and why not farther."""

    subscriber: Subscriber
    state: State
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as JSON data."""
        address = self.subscriber.address
        said = {"protocol": address.protocol, "endpoint": address.endpoint, "state": self.state.value}
        return said | ({"detail": self.detail} if self.detail else {})


def by_subscription(subscriber: Subscriber) -> Arrival:
    """Return what a subscription alone tells."""
    if subscriber.state is subscribers.State.CONFIRMED:
        is_queue = subscriber.address.protocol == "sqs"
        return Arrival(subscriber, State.UNKNOWN if is_queue else State.SENT)
    return Arrival(subscriber, State(subscriber.state.value))


def in_log(subscriber: Subscriber, lines: Iterable[str], about: str) -> Arrival | None:
    """Return what a channel's log tells of the page that is about something; None if it tells nothing yet.

    A line that says "not delivered" names no page. So any page that failed meanwhile counts, until the one
    that is looked for was delivered.
    """
    found = None
    for line in lines:
        if line.startswith(_RAISED):
            found = Arrival(subscriber, State.FAILED, line.removeprefix(_RAISED).splitlines()[0])
        said: Any = None
        with suppress(ValueError):  # a line of Lambda's own
            said = json.loads(line)
        match said:
            case {"message": "delivered", "about": name} if name == about:
                return Arrival(subscriber, State.DELIVERED)
            case {"message": "not delivered", "error": error}:
                found = Arrival(subscriber, State.FAILED, str(error))
    return found
