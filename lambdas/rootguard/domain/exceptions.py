"""An exception: a time-limited permit for one policy, with one content, on one target.

Its granter is proven by IAM, and cannot be the one who uses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rootguard.domain.json_data import JsonData
from rootguard.domain.policy import Policy

LONGEST: Final = timedelta(hours=24)
"""How long an exception is granted for at most."""
_CLOCKS: Final = timedelta(minutes=5)
"""How wrong the clock of a granter's machine may be."""


class State(StrEnum):
    """Where an exception is in its life; all but the first are its end."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Permit(JsonData):
    """An exception as it is on record. Times are UTC."""

    policy_id: str
    target_id: str
    content_sha256: str  # `Policy.digest`
    granted_by: str  # the granter's `aws:userid`, which is `userIdentity.principalId` in a record
    expires_at: datetime  # a change made then is not permitted any more
    reason: str = ""
    granted_at: datetime | None = None  # as the granter's command says; None if it does not say
    revoked_at: datetime | None = None  # when its granter took it back
    used_at: datetime | None = None  # when the change was made that used it
    used_by: str | None = None  # the CloudTrail event id of that change

    @property
    def key(self) -> str:
        """What differs between any two exceptions."""
        scope = (self.granted_by, self.policy_id, self.target_id, self.content_sha256)
        return "#".join((*scope, self.expires_at.isoformat()))

    def state(self, now: datetime) -> State:
        """Return where it is in its life at `now`, UTC."""
        if self.used_at is not None:
            return State.USED
        if self.revoked_at is not None:
            return State.REVOKED
        return State.OPEN if now < self.expires_at else State.EXPIRED

    def permits(self, at: datetime, event_id: str = "") -> bool:
        """Tell whether it covers a change that was made at `at`. Its event may come much later.

        A change that already used it is covered still: its event may be delivered again.
        """
        is_free = self.used_at is None or self.used_by == event_id
        is_revoked = self.revoked_at is not None and self.revoked_at <= at
        # Granters write these times, and may write anything: none reaches further than a day.
        since = self.granted_at or self.expires_at - LONGEST
        is_short = self.expires_at - since <= LONGEST + _CLOCKS
        return is_free and not is_revoked and is_short and since <= at < self.expires_at


def covering(
    permits: Iterable[Permit], policy: Policy, target_id: str, at: datetime, event_id: str = ""
) -> tuple[Permit, ...]:
    """Return the exceptions that cover a change of a policy, with its content, on a target at `at`."""
    if policy.content is None:
        return ()
    scope = (policy.id, target_id, policy.digest)
    return tuple(
        permit
        for permit in permits
        if (permit.policy_id, permit.target_id, permit.content_sha256) == scope
        and permit.permits(at, event_id)
    )
