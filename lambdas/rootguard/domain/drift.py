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

from rootguard.domain.change import DENIALS, Actor, Change, ChangeKind
from rootguard.domain.json_data import JsonData, by_fields, from_fields
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
    ChangeKind.ATTACHED: (SubjectKind.ATTACHMENT, ("policy_id", "target_id")),
    ChangeKind.DETACHED: (SubjectKind.ATTACHMENT, ("policy_id", "target_id")),
    ChangeKind.UPDATED: (SubjectKind.CONTENT, ("policy_id",)),
    ChangeKind.TYPE_DISABLED: (SubjectKind.TYPE, ("policy_type",)),
    ChangeKind.TYPE_ENABLED: (SubjectKind.TYPE, ("policy_type",)),
    ChangeKind.ACCOUNT_MOVED: (SubjectKind.PLACEMENT, ("target_id",)),
}
"""What a kind of change is about, and the fields whose ids name it."""


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
        at: the age of the drift: the record's time, to the second, or when a sweep first saw it; UTC.
        target_id: where: the target of an attachment, the root of a policy type, the account that moved,
            left, was closed or was made a delegated administrator.
        policy: the policy as the record says that it is now, or as it was read.
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

    @property
    def actor(self) -> Actor | None:
        """Who did it; None if no event has said so yet."""
        return self.change.actor if self.change else None

    @property
    def event_id(self) -> str:
        """The CloudTrail event's id; empty if no event has come yet."""
        return self.change.id if self.change else ""

    @property
    def error_code(self) -> str | None:
        """As what the call failed; None if it did not, or if no event has come yet."""
        return self.change.error_code if self.change else None

    @property
    def denied(self) -> bool:
        """Whether IAM refused the call, so that this is an attempt."""
        return self.error_code in DENIALS

    @property
    def subject(self) -> Subject:
        """What drifts."""
        if self.kind in _SUBJECTS:
            kind, fields = _SUBJECTS[self.kind]
            return Subject(kind, tuple(getattr(self, field) for field in fields))
        ids = (self.kind.value, self.policy_id or self.target_id or self.event_id, self.service)
        return Subject(SubjectKind.ORGANIZATION, tuple(filter(None, ids)))

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
        """Return the drift as JSON data, with its change as `event`. Times are ISO 8601."""
        data = by_fields(self)
        data["event"] = data.pop("change")
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the drift that `as_json` wrote. Raises KeyError, TypeError or ValueError for others."""
        return from_fields(cls, {**data, "change": data["event"]})
