"""The page of those who should get pages, and do not: nobody confirmed it, or the subscription ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rootguard.domain.json_data import JsonData
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import clean, time_label
from rootguard.notify.subscribers import Address, State, Subscriber

_STEPS: Final = {
    State.PENDING: "Have each of them follow the link in SNS's e-mail \"AWS Notification - Subscription "
    'Confirmation". SNS deletes a subscription that nobody confirms within 48 hours.',
    State.GONE: "Subscribe again who is gone, and have it confirmed. This says how for each of them:\n"
    "rootguard status",
}


@dataclass(frozen=True, slots=True)
class Check(JsonData):
    """Who should be subscribed, as the hourly notice says."""

    at: datetime
    expected: tuple[Address, ...]


def page(check: Check, found: Sequence[Subscriber]) -> Page | None:
    """Return the page of those who get no pages; None if all of them do."""
    names = {
        state: [clean(each.address.endpoint) for each in found if each.state is state] for state in State
    }
    lost = [*names[State.PENDING], *names[State.GONE]]
    if not lost:
        return None
    left = names[State.CONFIRMED]
    return Page(
        kind=Kind.SUBSCRIPTIONS,
        severity=Severity.WARNING if left else Severity.CRITICAL,
        about=f"subscriptions on {check.at:%Y-%m-%d}",
        at=check.at,
        headline="GETS NO PAGES" if left else "NOBODY GETS PAGES",
        title=lost[0] if len(lost) == 1 else f"{len(lost)} of {len(found)} subscriptions",
        sentences=(
            f"SNS sends no pages to {', '.join(lost)}.",
            f"Pages go to {', '.join(left)}." if left else "It is NOT safe: pages go to nobody.",
        ),
        safe=None if left else False,
        fields=facts(
            ("Pending", *names[State.PENDING]), ("Gone", *names[State.GONE]), ("When", time_label(check.at))
        ),
        steps=tuple(step for state, step in _STEPS.items() if names[state]),
    )
