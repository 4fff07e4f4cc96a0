"""An incident: a violation, what was done about it, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, Self

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.json_data import JsonData, by_fields, from_fields, made, plain
from rootguard.domain.policy import is_root_id
from rootguard.domain.remedy import ACTIONS, Action, as_json
from rootguard.domain.verdict import Obstacle, Verdict

ATTACHED_A_SECOND: Final = 2
"""How many attachments AWS accepts a second, at most."""


class Result(StrEnum):
    """What became of the violation so far."""

    UNDONE = "undone"
    ALREADY_UNDONE = "already-undone"
    NOT_UNDONE = "not-undone"
    WATCHED = "watched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Restoring:
    """How many attachments of a policy type are being put back, as they were last seen at `seen_at`."""

    attachments: int
    seen_at: datetime

    @property
    def takes(self) -> timedelta:
        """How long it takes at least, in whole seconds."""
        return timedelta(seconds=-(-self.attachments // ATTACHED_A_SECOND))


@dataclass(frozen=True, slots=True)
class Incident(JsonData):
    """A violation and what was done about it."""

    drift: Drift
    verdict: Verdict
    result: Result
    id: str = ""  # the same in every notice of this incident; empty until it is on record
    done: tuple[Action, ...] = ()  # what AWS accepted, in order, in this attempt or in an earlier one
    received_at: datetime | None = None  # when the guard had the event that led to the undo, UTC
    decided_at: datetime | None = None  # when it began to write
    undone_at: datetime | None = None  # when it was known to be undone
    error: str | None = None  # what AWS answered to the write that failed, for people
    remembered: bool = True  # whether the ledger answered; if not, nobody looked at what was accepted
    restoring: Restoring | None = None  # what is put back since a policy type was enabled again
    lockout: bool = False  # whether it puts a policy in force that denies everything to everyone
    times: int = 1  # how often it happened since it was opened
    rehearsal: bool = False  # whether a rehearsal made it, and it was undone: nobody has to be woken

    @property
    def target_id(self) -> str:
        """Where it happened: the protected target, or what the call named; empty if it names none."""
        return self.verdict.target_id or self.drift.target_id

    @property
    def at_root(self) -> bool:
        """Whether the target is the organization's root."""
        return is_root_id(self.target_id)

    @property
    def exposure(self) -> timedelta | None:
        """How long it was in force, from the change to its undoing; None while it is in force."""
        if self.undone_at is None:
            return None
        return max(self.undone_at - self.drift.at, timedelta(0))

    @property
    def delays(self) -> Mapping[str, timedelta]:
        """What the exposure is made of, in order; empty if no event led to the undo."""
        if self.received_at is None or self.decided_at is None or self.undone_at is None:
            return {}
        moments = (self.drift.at, self.received_at, self.decided_at, self.undone_at)
        lasted = (max(end - start, timedelta(0)) for start, end in pairwise(moments))
        return dict(zip(("delivery", "decision", "write"), lasted, strict=True))

    @property
    def ends_lockout(self) -> bool:
        """Whether the change took a lockout off that was accepted on Root, or edited it into none."""
        edited_into_another = self.drift.kind is ChangeKind.UPDATED and self.lockout
        return self.verdict.obstacle is Obstacle.LOCKOUT_ACCEPTED and not edited_into_another

    @property
    def is_safe(self) -> bool:
        """Whether everything is in force that was before the change, or better than that."""
        if self.ends_lockout or self.verdict.obstacle is Obstacle.APPROVED_SINCE:
            return True
        if self.drift.kind is ChangeKind.TYPE_DISABLED and self.result is not Result.REFUSED:
            # To enable a type again brings none of its attachments back but full access.
            return self.restoring is not None and self.restoring.attachments == 0
        return self.result in (Result.UNDONE, Result.ALREADY_UNDONE, Result.REFUSED)

    def as_json(self) -> dict[str, Any]:
        """Return the incident as JSON data. Times are ISO 8601."""
        return by_fields(self) | {"done": [as_json(action) | plain(action) for action in self.done]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the incident that `as_json` wrote. Raises KeyError, TypeError, ValueError for others."""
        done = tuple(made(ACTIONS[action["action"]], action) for action in data["done"])
        return from_fields(cls, data, done=done)
