"""A wish for an exception, and what became of it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rootguard.domain.exceptions import Permit
from rootguard.domain.policy import Policy
from rootguard.notify.phrases import denies_label


@dataclass(frozen=True, slots=True)
class Wish:
    """What an exception is for: a policy as it is now, on a target. `target_name` is None for the root."""

    policy: Policy
    target_id: str
    target_name: str | None

    def denies(self, at: datetime) -> str | None:
        """Return how much the policy denies from a moment (UTC) on, if it is a lockout."""
        return denies_label(self.policy, at)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish: `granted` is False if the caller had granted it before."""

    wish: Wish
    permit: Permit
    granted: bool

    def as_json(self, now: datetime) -> dict[str, Any]:
        """Return the answer as JSON data."""
        wish = self.wish
        return {
            "granted": self.granted,
            "exception": as_json(self.permit, now),
            "policy": {"name": wish.policy.name, "type": wish.policy.type, "denies": wish.denies(now)},
            "target": {"id": wish.target_id, "name": wish.target_name},
        }


def as_json(permit: Permit, now: datetime) -> dict[str, Any]:
    """Return an exception as JSON data, with its state. Times are ISO 8601 in UTC, or null."""
    return {"state": permit.state(now).value, **permit.as_json()}
