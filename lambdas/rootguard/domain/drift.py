"""A drift: a subject whose observed state differs from its baseline, or is about to be judged.

A drift that an event reports has the change that made it. A drift that a sweep found has none: nobody knows
yet who did it, and no actor is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from rootguard.domain.json_data import JsonData
from rootguard.domain.policy import Policy

DENIALS = ("AccessDenied", "AccessDeniedException")
"""IAM's refusal, and Organizations' own, which keeps the exception's name."""
_SHORT_DIGEST = 12


class ChangeKind(StrEnum):
    """The Organizations calls that change what the guard protects, and two events of the service's own.

    A member account's LeaveOrganization is recorded in that account. What the management account sees of it
    is AccountDepartedOrganization ("LeaveOrganization", AWS Organizations API Reference). An account that is
    created or accepts an invitation enters Root without a MoveAccount.
    """

    ATTACHED = "AttachPolicy"
    DETACHED = "DetachPolicy"
    CREATED = "CreatePolicy"
    UPDATED = "UpdatePolicy"
    DELETED = "DeletePolicy"
    TYPE_ENABLED = "EnablePolicyType"
    TYPE_DISABLED = "DisablePolicyType"
    ACCOUNT_MOVED = "MoveAccount"
    UNIT_DELETED = "DeleteOrganizationalUnit"
    ACCOUNT_CLOSED = "CloseAccount"
    ACCOUNT_REMOVED = "RemoveAccountFromOrganization"
    ACCOUNT_LEFT = "LeaveOrganization"
    ACCOUNT_DEPARTED = "AccountDepartedOrganization"
    ACCOUNT_JOINED = "AccountJoinedOrganization"
    ORGANIZATION_DELETED = "DeleteOrganization"
    RESOURCE_POLICY_PUT = "PutResourcePolicy"
    RESOURCE_POLICY_DELETED = "DeleteResourcePolicy"
    ADMINISTRATOR_REGISTERED = "RegisterDelegatedAdministrator"
    ADMINISTRATOR_DEREGISTERED = "DeregisterDelegatedAdministrator"
    TRANSFER_OFFERED = "InviteOrganizationToTransferResponsibility"
    TRANSFER_UPDATED = "UpdateResponsibilityTransfer"
    TRANSFER_ENDED = "TerminateResponsibilityTransfer"


ATTACHMENTS = frozenset({ChangeKind.ATTACHED, ChangeKind.DETACHED})
"""A policy on, or off, one target."""
BY_THE_SERVICE = frozenset({ChangeKind.ACCOUNT_DEPARTED, ChangeKind.ACCOUNT_JOINED})
"""Events of Organizations' own. Their records have details in place of parameters."""
PLACINGS = frozenset({ChangeKind.ATTACHED, ChangeKind.UPDATED})
"""These can put something in force that a policy says."""


@dataclass(frozen=True, slots=True)
class Actor(JsonData):
    """Who made the call, as the record's `userIdentity` says.

    For a session `arn` is its issuer's, never the session's own, since the caller chooses the session's name.
    """

    kind: str  # `userIdentity.type`; "Unknown" if the record does not say it: such an actor is never trusted
    arn: str | None = None  # of the role or user that acted; None for a service
    session: str | None = None  # the ARN of the session or user as recorded, for people to read
    principal_id: str | None = None  # what IAM calls `aws:userid`
    source_ip: str | None = None
    user_agent: str | None = None
    from_console: bool = False
    mfa: bool | None = None  # whether the session was made with MFA; None if the record does not say

    @property
    def name(self) -> str:
        """A name that differs between actors: the session or user, or else whatever the record has."""
        return self.session or self.arn or self.principal_id or f"{self.kind} {self.source_ip or ''}"


@dataclass(frozen=True, slots=True)
class Change(JsonData):
    """What a record says of a drift beside its subject: who made the call, and whether it failed."""

    id: str  # the CloudTrail event's
    account: str | None  # the management account's id; None if the record does not name it
    error_code: str | None  # as what the call failed; None if it did not
    actor: Actor


class SubjectKind(StrEnum):
    ATTACHMENT = "attachment"
    CONTENT = "content"
    TYPE = "type"
    PLACEMENT = "placement"
    ORGANIZATION = "organization"  # accounts that leave, deleted OUs, delegations, the resource policy


@dataclass(frozen=True, slots=True)
class Subject:
    kind: SubjectKind
    ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """The subject as one text, such as "attachment/p-12345678/r-exam"."""
        return "/".join((self.kind.value, *self.ids))


@dataclass(frozen=True, slots=True)
class Drift(JsonData):
    """What differs, since when, and who did it if that is known. An id is empty if there is none.

    `kind` is the call that leads to such a state: AttachPolicy for a policy that is attached and is not
    accepted, MoveAccount for an account that is elsewhere.
    """

    kind: ChangeKind
    at: datetime  # the record's time, to the second, or when a sweep first saw it; UTC
    policy_id: str = ""
    target_id: str = ""  # of an attachment; the root of a policy type; the account that moved, left, …
    policy_type: str = ""
    policy: Policy | None = None  # as the record says that it is now, or as it was read
    source_id: str = ""  # where a moved account belongs, or came from
    destination_id: str = ""  # where it is
    service: str = ""  # that an account was made a delegated administrator of
    change: Change | None = None  # what its event says; None until it comes

    @property
    def actor(self) -> Actor | None:
        return self.change.actor if self.change else None  # no event has said so yet

    @property
    def event_id(self) -> str:
        return self.change.id if self.change else ""

    @property
    def error_code(self) -> str | None:
        return self.change.error_code if self.change else None

    @property
    def denied(self) -> bool:
        """Whether IAM refused the call, so that this is an attempt."""
        return self.error_code in DENIALS

    @property
    def subject(self) -> Subject:
        match self.kind:
            case ChangeKind.ATTACHED | ChangeKind.DETACHED:
                return Subject(SubjectKind.ATTACHMENT, (self.policy_id, self.target_id))
            case ChangeKind.UPDATED:
                return Subject(SubjectKind.CONTENT, (self.policy_id,))
            case ChangeKind.TYPE_ENABLED | ChangeKind.TYPE_DISABLED:
                return Subject(SubjectKind.TYPE, (self.policy_type,))
            case ChangeKind.ACCOUNT_MOVED:
                return Subject(SubjectKind.PLACEMENT, (self.target_id,))
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
        return replace(self, policy=policy)
