"""What happened, as data: the one thing every page is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from rootguard.cloudtrail.read import Change, ChangeKind
from rootguard.domain.approvals import digest_of, locks_out, policy_now
from rootguard.domain.facts import Facts, Policy, Recollection, is_root_id
from rootguard.domain.remedy import Action
from rootguard.domain.snapshot import ATTACHED_A_SECOND
from rootguard.domain.verdict import Hindrance, Outcome, Verdict


class Result(StrEnum):
    """How it stands with the violation when the page is written."""

    UNDONE = "undone"
    ALREADY_UNDONE = "already-undone"
    NOT_UNDONE = "not-undone"
    WATCHED = "watched"
    REFUSED = "refused"


_DIGEST_IN_KEY = 12
_UNDONE = (Result.UNDONE, Result.ALREADY_UNDONE)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many member accounts stand at or below the target.

    `accounts` is None where it could not be found out; `complete` is False where counting ended early, so
    that there are at least that many. The management account is left out: SCPs and RCPs do not bind it.
    """

    accounts: int | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Restoring:
    """How many attachments of a policy type are being put back, as they were listed at `listed_at`."""

    attachments: int
    listed_at: datetime

    @property
    def takes(self) -> timedelta:
        """How long it takes at least, in whole seconds."""
        return timedelta(seconds=-(-self.attachments // ATTACHED_A_SECOND))


@dataclass(frozen=True, slots=True)
class Incident:
    """A violation, what was done about it, and what is known around it.

    Attributes:
        policy: the policy the change is about, as the change left it; None where it names none.
        done: the writes that AWS accepted, in order, in this attempt or in an earlier one.
        undone_at: when the violation was known to be undone, UTC.
        error: what AWS answered to the write that failed, for people.
        target_name: the target's name; None where it could not be read.
        remembered: whether the ledger answered; without it nobody looked at what was accepted.
        restoring: what is being put back since a policy type was enabled again; None where nothing is.
        told_as: the id under which a sweep told it before its event came; None where none did.
    """

    result: Result
    verdict: Verdict
    change: Change
    policy: Policy | None = None
    done: tuple[Action, ...] = ()
    undone_at: datetime | None = None
    error: str | None = None
    target_name: str | None = None
    reach: Reach = Reach()
    remembered: bool = True
    restoring: Restoring | None = None
    told_as: str | None = None

    @property
    def id(self) -> str:
        """The CloudTrail event's id, the same for each delivery; or that of the sweep that told it first."""
        return self.told_as or self.change.event_id

    @property
    def key(self) -> str:
        """The episode: what happened where, and how it ended: the one must not silence the other.

        So what was only watched is told again when it is undone, and so is a second edit that says something
        else, or a policy that has become a lockout since it was attached before.
        """
        apart = "" if self.result in _UNDONE else f"#{self.result.value}"
        if self.verdict.hindrance is Hindrance.FIGHT:
            apart = "#fight"
        content = self.policy.content if self.policy and self.change.kind is ChangeKind.UPDATED else None
        said = f"#{digest_of(content)[:_DIGEST_IN_KEY]}" if content else ""
        if self.change.kind is ChangeKind.ATTACHED and self.is_lockout:
            said = "#lockout"
        # A change that names neither policy nor target is a new one each time it is made.
        subject = self.change.policy_id or self.change.policy_type
        where = self.target_id or self.change.event_id
        return f"{subject}#{where}#{self.change.kind.value}{said}{apart}"

    @property
    def target_id(self) -> str:
        """Where it happened: the protected target, or what the call named; empty where it names none."""
        return self.verdict.target_id or self.change.target_id

    @property
    def exposure(self) -> timedelta | None:
        """How long it stood, from the record's time to its undoing; None while it stands."""
        if self.undone_at is None:
            return None
        return max(self.undone_at - self.change.at, timedelta(0))

    @property
    def is_safe(self) -> bool:
        """Whether everything is in force that was before the change, or better than that."""
        if self.ends_lockout:
            return True
        if self.change.kind is ChangeKind.TYPE_DISABLED and self.result is not Result.REFUSED:
            # To enable a type again brings none of its attachments back but full access.
            return self.restoring is not None and self.restoring.attachments == 0
        return self.result in (Result.UNDONE, Result.ALREADY_UNDONE, Result.REFUSED)

    @property
    def ends_lockout(self) -> bool:
        """Whether the change took a lockout off that was accepted on Root, or edited it into none."""
        edited_into_another = self.change.kind is ChangeKind.UPDATED and self.is_lockout
        return self.verdict.hindrance is Hindrance.LOCKOUT_ACCEPTED and not edited_into_another

    @property
    def is_lockout(self) -> bool:
        """Whether the policy denies everything to everyone."""
        return locks_out(self.policy)

    @property
    def at_root(self) -> bool:
        """Whether the target is the organization's root."""
        return is_root_id(self.target_id)


@dataclass(frozen=True, slots=True)
class RecordedIncident:
    """An incident as the ledger keeps it.

    Attributes:
        key: its episode's, see `Incident.key`.
        record: what `render.document.record` made of it, as it was first seen.
        opened_at: when the change happened that opened it, UTC.
        closed_at: when it was found clean, UTC; None while it is open.
        was_paged: whether its page went out.
    """

    key: str
    record: Mapping[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    was_paged: bool


def is_incident(verdict: Verdict) -> bool:
    """Tell whether a verdict is one that people are paged for."""
    return verdict.outcome in (Outcome.ALERT, Outcome.REVERT)


def incident_of(result: Result, verdict: Verdict, change: Change, facts: Facts) -> Incident:
    """Return the incident of a verdict, as far as it is known before anything is read for people."""
    remembered = facts.memory is not Recollection.UNREACHABLE
    return Incident(result, verdict, change, policy_now(change, facts), remembered=remembered)
