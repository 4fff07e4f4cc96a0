"""A drift: a subject whose observed state differs from its baseline, or is about to be judged.

A drift that an event reports has the change that made it. A drift that a sweep found has none: nobody knows
yet who did it, and no actor is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from rootguard.domain.change import Actor, Change, ChangeKind
from rootguard.domain.json_data import JsonData, from_fields, plain
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
class Drift(JsonData):
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
        return cls(**{name: getattr(change, name) for name in _OF_CHANGES}, change=change)

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
        data = {name: plain(getattr(self, name)) for name in _OF_CHANGES} | {"event": None}
        if (change := self.change) is None:
            return data
        who = {"error_code": change.error_code, "actor": change.actor.as_json()}
        return data | {"event": {"id": change.event_id, "account": change.management_account_id, **who}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the drift that `as_json` wrote. Raises KeyError, TypeError or ValueError for others."""
        found, event = from_fields(cls, data, change=None), data["event"]
        if event is None:
            return found
        change = Change(
            **{name: getattr(found, name) for name in _OF_CHANGES},
            actor=Actor.from_json(event["actor"]),
            event_id=event["id"],
            management_account_id=event["account"],
            error_code=event["error_code"],
        )
        return replace(found, change=change)


_OF_CHANGES = tuple(name for name in Drift.__slots__ if name != "change")
"""The fields that a drift has from its change."""
