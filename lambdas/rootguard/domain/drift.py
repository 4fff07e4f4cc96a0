"""A drift: a subject whose observed state differs from its baseline, or is about to be judged.

A drift that an event reports has the change that made it. A drift that a sweep found has none: nobody knows
yet who did it, and no actor is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from rootguard.domain.change import Actor, Change, ChangeKind
from rootguard.domain.policy import Policy

_SHORT_DIGEST = 12


class SubjectKind(StrEnum):
    """What can drift."""

    ATTACHMENT = "attachment"
    CONTENT = "content"
    TYPE = "type"
    PLACEMENT = "placement"
    ORGANIZATION = "organization"
    """Nothing undoes these: accounts that leave, deleted OUs, delegations, the resource policy."""


_SUBJECTS = {
    ChangeKind.ATTACHED: SubjectKind.ATTACHMENT,
    ChangeKind.DETACHED: SubjectKind.ATTACHMENT,
    ChangeKind.UPDATED: SubjectKind.CONTENT,
    ChangeKind.TYPE_DISABLED: SubjectKind.TYPE,
    ChangeKind.TYPE_ENABLED: SubjectKind.TYPE,
    ChangeKind.ACCOUNT_MOVED: SubjectKind.PLACEMENT,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that can drift, by its kind and its ids."""

    kind: SubjectKind
    ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """The subject as one text, such as "attachment/p-12345678/r-exam"."""
        return "/".join((self.kind.value, *self.ids))


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs, since when, and who did it if that is known. An id is empty if there is none.

    Attributes:
        kind: the call that leads to such a state: AttachPolicy for a policy that is attached and is not
            accepted, MoveAccount for an account that is elsewhere.
        at: the age of the drift: the record's time, or when a sweep first saw it; UTC.
        policy: the policy as it is observed now, if it was read.
        source_id: where a moved account belongs, or came from.
        destination_id: where it is.
        service: the service that an account was made a delegated administrator of.
        change: what its event says; None until it comes.
    """

    kind: ChangeKind
    at: datetime
    policy_id: str = ""
    target_id: str = ""
    policy_type: str = ""
    policy: Policy | None = None
    source_id: str = ""
    destination_id: str = ""
    service: str = ""
    change: Change | None = None

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return the drift that an event reports."""
        return cls(
            kind=change.kind,
            at=change.at,
            policy_id=change.policy_id,
            target_id=change.target_id,
            policy_type=change.policy_type,
            policy=change.policy,
            source_id=change.source_id,
            destination_id=change.destination_id,
            service=change.service,
            change=change,
        )

    @property
    def actor(self) -> Actor | None:
        """Who did it; None if no event has said so yet."""
        return self.change.actor if self.change else None

    @property
    def event_id(self) -> str:
        """The CloudTrail event's id; empty if no event has come yet."""
        return self.change.event_id if self.change else ""

    @property
    def denied(self) -> bool:
        """Whether IAM refused the call, so that this is an attempt."""
        return self.change is not None and self.change.denied

    @property
    def subject(self) -> Subject:
        """What drifts."""
        kind = _SUBJECTS.get(self.kind, SubjectKind.ORGANIZATION)
        match kind:
            case SubjectKind.ATTACHMENT:
                return Subject(kind, (self.policy_id, self.target_id))
            case SubjectKind.CONTENT:
                return Subject(kind, (self.policy_id,))
            case SubjectKind.TYPE:
                return Subject(kind, (self.policy_type,))
            case SubjectKind.PLACEMENT:
                return Subject(kind, (self.target_id,))
        ids = (self.policy_id or self.target_id or self.event_id, self.service)
        return Subject(kind, (self.kind.value, *(part for part in ids if part)))

    @property
    def observed(self) -> str:
        """What was observed of the subject, in a few characters: two incidents of a subject differ in it."""
        match self.subject.kind:
            case SubjectKind.CONTENT:
                return self.policy.digest[:_SHORT_DIGEST] if self.policy and self.policy.digest else "edited"
            case SubjectKind.PLACEMENT:
                return self.destination_id
            case SubjectKind.ORGANIZATION:
                return "done"
        return self.kind.value

    def seen_as(self, policy: Policy | None) -> Self:
        """Return this drift with the policy as it was read."""
        return replace(self, policy=policy)

    def as_json(self) -> dict[str, Any]:
        """Return the drift as JSON data, with who did it but not the whole record. Times are ISO 8601."""
        change = self.change
        return {
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "policy_id": self.policy_id,
            "target_id": self.target_id,
            "policy_type": self.policy_type,
            "policy": self.policy.as_json() if self.policy else None,
            "source_id": self.source_id,
            "destination_id": self.destination_id,
            "service": self.service,
            "event": {
                "id": change.event_id,
                "account": change.management_account_id,
                "error_code": change.error_code,
                "actor": change.actor.as_json(),
            }
            if change
            else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the drift that `as_json` wrote. Raises KeyError, TypeError or ValueError for others."""
        ids = ("policy_id", "target_id", "policy_type", "source_id", "destination_id", "service")
        what: dict[str, Any] = {name: data[name] for name in ids}
        what["policy"] = Policy.from_json(data["policy"]) if data["policy"] else None
        kind, at, event = ChangeKind(data["kind"]), datetime.fromisoformat(data["at"]), data["event"]
        change = None
        if event is not None:
            change = Change(
                kind=kind,
                at=at,
                actor=Actor.from_json(event["actor"]),
                event_id=event["id"],
                management_account_id=event["account"],
                error_code=event["error_code"],
                **what,
            )
        return cls(kind=kind, at=at, change=change, **what)
