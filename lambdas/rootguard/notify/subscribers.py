"""Who is subscribed to the pages, against who should be: decided on what SNS lists.

SNS accepts a page with nobody subscribed. It deletes a subscription that nobody confirmed after 48 hours, and
a mail scanner can follow the link that unsubscribes ("Email notifications", Amazon SNS Developer Guide). A
phone that opted out is still listed as subscribed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PENDING: Final = "PendingConfirmation"
DELETED: Final = "Deleted"
"""What SNS lists in place of an ARN ("ListSubscriptionsByTopic", Amazon SNS API Reference)."""


class State(StrEnum):
    """What became of a subscription."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Address:
    """Where pages should go: a protocol of SNS, and an e-mail address, a phone number or a queue's name."""

    protocol: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One address and its state."""

    address: Address
    state: State


def is_anyone_there(listed: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether pages go to anybody at all; `listed` has SNS's own fields."""
    return any(each["SubscriptionArn"] not in (PENDING, DELETED) for each in listed)


def subscribers(expected: Iterable[Address], listed: Iterable[Mapping[str, str]]) -> tuple[Subscriber, ...]:
    """Return the state of each address that pages should go to; `listed` has SNS's own fields.

    An address can be listed twice, such as after it was deleted and added again. The best state counts.
    """
    arns: dict[Address, set[str]] = {}
    for each in listed:
        # An e-mail address is listed as it was subscribed, a queue by its ARN.
        endpoint = each["Endpoint"]
        if each["Protocol"] == "sqs":
            endpoint = endpoint.rpartition(":")[2]
        arns.setdefault(Address(each["Protocol"], endpoint), set()).add(each["SubscriptionArn"])
    return tuple(Subscriber(address, _state(arns.get(address, set()))) for address in expected)


def _state(arns: set[str]) -> State:
    if arns - {PENDING, DELETED}:
        return State.CONFIRMED
    return State.PENDING if PENDING in arns else State.GONE
