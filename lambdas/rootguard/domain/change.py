"""A change: what one CloudTrail record says happened, by whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rootguard.domain.json_data import JsonData
from rootguard.domain.verdict import Reason

DENIALS = ("AccessDenied", "AccessDeniedException")
"""IAM's refusal, and Organizations' own, which keeps the exception's name."""


class ChangeKind(StrEnum):
    """The Organizations calls that change what the guard protects, and one event of the service's own.

    A member account's LeaveOrganization is recorded in that account. What the management account sees of it
    is AccountDepartedOrganization ("LeaveOrganization", AWS Organizations API Reference).
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
    ORGANIZATION_DELETED = "DeleteOrganization"
    RESOURCE_POLICY_PUT = "PutResourcePolicy"
    RESOURCE_POLICY_DELETED = "DeleteResourcePolicy"
    ADMINISTRATOR_REGISTERED = "RegisterDelegatedAdministrator"
    ADMINISTRATOR_DEREGISTERED = "DeregisterDelegatedAdministrator"


ATTACHMENTS = frozenset({ChangeKind.ATTACHED, ChangeKind.DETACHED})
"""A policy on, or off, one target."""

PLACINGS = frozenset({ChangeKind.ATTACHED, ChangeKind.UPDATED})
"""These can put something in force that a policy says."""


@dataclass(frozen=True, slots=True)
class Actor(JsonData):
    """Who made the call, as the record's `userIdentity` says.

    Attributes:
        kind: `userIdentity.type` (Root, IAMUser, AssumedRole, AWSService, …); "Unknown" if the record does
            not say who it was: such an actor is never trusted.
        arn: the role or user that acted: for a session its issuer's ARN, never the session's own,
            since the session name is chosen by the caller. None for a service.
        session: the ARN of the session or user as recorded, for people to read.
        principal_id: what IAM calls `aws:userid`.
        mfa: whether the session was made with MFA; None if the record does not say.
    """

    kind: str
    arn: str | None = None
    session: str | None = None
    principal_id: str | None = None
    source_ip: str | None = None
    user_agent: str | None = None
    from_console: bool = False
    mfa: bool | None = None

    @property
    def name(self) -> str:
        """A name that differs between actors: the session or user, or else whatever the record has."""
        return self.session or self.arn or self.principal_id or f"{self.kind} {self.source_ip or ''}"


@dataclass(frozen=True, slots=True)
class Change(JsonData):
    """What the record says of a drift beside its subject: who made the call, and whether it failed.

    Attributes:
        id: the CloudTrail event's id.
        account: the management account's id; None if the record does not name it.
        error_code: as what the call failed; None if it did not.
    """

    id: str
    account: str | None
    error_code: str | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A record that leads to nothing. `detail` says why, in words that name the field."""

    reason: Reason
    detail: str
