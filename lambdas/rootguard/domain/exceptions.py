"""An exception's life: someone grants it, then it is used, revoked or over; and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from rootguard.cloudtrail.read import Change
from rootguard.domain.facts import Permit, Policy

LONGEST: Final = timedelta(hours=24)
"""How long an exception is granted for at most."""


class State(StrEnum):
    """Where an exception is in its life; all but the first are its end."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Grant:
    """An exception as it is on record.

    Attributes:
        granted_at: when, as the granter's command told.
        revoked_at: when its granter took it back, as the granter's command told; None where nobody did.
        used_at: when the guard let it through; None where it did not.
    """

    permit: Permit
    granted_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def state(self, now: datetime) -> State:
        """Return where it is in its life at `now`, UTC."""
        if self.used_at is not None:
            return State.USED
        if self.revoked_at is not None:
            return State.REVOKED
        return State.OPEN if now < self.permit.expires_at else State.EXPIRED

    def as_json(self, now: datetime) -> dict[str, Any]:
        """Return it as JSON data. Times are ISO 8601 in UTC, or null."""
        permit = self.permit
        times = {"granted_at": self.granted_at, "revoked_at": self.revoked_at, "used_at": self.used_at}
        return {
            "state": self.state(now).value,
            "policy_id": permit.policy_id,
            "target_id": permit.target_id,
            "content_sha256": permit.content_sha256,
            "granted_by": permit.granted_by,
            "reason": permit.reason,
            "expires_at": permit.expires_at.isoformat(),
            **{name: at.isoformat() if at else None for name, at in times.items()},
        }


@dataclass(frozen=True, slots=True)
class ExceptionNews:
    """A turn in an exception's life that people are told of.

    Attributes:
        at: when it is told, UTC.
        policy: the policy as it is now; None where it could not be read.
        use: the change that it permitted, where an event tells of it; the sweep sees only that it was used.
    """

    grant: Grant
    at: datetime
    policy: Policy | None = None
    use: Change | None = None

    @property
    def state(self) -> State:
        """Where the exception is in its life."""
        return self.grant.state(self.at)
