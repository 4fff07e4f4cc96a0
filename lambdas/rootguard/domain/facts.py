"""What the guard knows about the organization when it decides.

Facts are read, never assumed: a decision that lacks one asks for it (see `decide`), the edge reads it,
and the decision is taken again with one fact more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

SERVICE_CONTROL_POLICY: Final = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY: Final = "RESOURCE_CONTROL_POLICY"

FULL_ACCESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        SERVICE_CONTROL_POLICY: "p-FullAWSAccess",
        RESOURCE_CONTROL_POLICY: "p-RCPFullAWSAccess",
    }
)
"""AWS's own policy that allows everything, by policy type. Never detached, always allowed."""

# Id patterns of the Organizations API reference (PolicyId, RootId, OrganizationalUnitId, AccountId).
_POLICY_ID = re.compile(r"p-[0-9a-zA-Z_]{8,128}")
_POLICY_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
_ROOT_ID = re.compile(r"r-[0-9a-z]{4,32}")
_OU_ID = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_IN_ORGANIZATION = re.compile(r":policy/(o-[a-z0-9]{10,32})/")


def is_policy_id(value: object) -> bool:
    """Tell whether `value` is a policy's id."""
    return isinstance(value, str) and _POLICY_ID.fullmatch(value) is not None


def is_policy_type(value: object) -> bool:
    """Tell whether `value` is written like a policy type. AWS adds types: which there are is not known."""
    return isinstance(value, str) and _POLICY_TYPE.fullmatch(value) is not None


def is_root_id(value: object) -> bool:
    """Tell whether `value` is a root's id."""
    return isinstance(value, str) and _ROOT_ID.fullmatch(value) is not None


def is_account_id(value: object) -> bool:
    """Tell whether `value` is an account's id."""
    return isinstance(value, str) and _ACCOUNT_ID.fullmatch(value) is not None


def is_target_id(value: object) -> bool:
    """Tell whether `value` is the id of something a policy can be attached to."""
    return isinstance(value, str) and any(
        pattern.fullmatch(value) for pattern in (_ROOT_ID, _OU_ID, _ACCOUNT_ID)
    )


def organization_in(arn: str | None) -> str | None:
    """Return the organization's id in a policy's ARN; None in one of AWS's own.

    `arn:PARTITION:organizations::ACCOUNT:policy/o-…/TYPE/p-…` ("Resource types defined by AWS Organizations",
    Service Authorization Reference).
    """
    found = _IN_ORGANIZATION.search(arn or "")
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as DescribePolicy returns it. `content` is None where only the id's owner is known.

    `organization_id` is the `o-…` in its ARN: AWS's own policies have none.
    """

    id: str
    type: str
    name: str | None = None
    aws_managed: bool = False
    content: str | None = None
    description: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """The organization's one root, and the policy types that are enabled in it."""

    id: str
    enabled_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class BaselinePolicy:
    """A policy as it stood on a target when that state was accepted; what UpdatePolicy can put back.

    `organization_id` is what its document was judged by, and is judged by again.
    """

    name: str | None
    content: str | None
    type: str | None = None
    description: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """An exception: a time-limited permit for one policy, with one content, on one target.

    `granted_by` is the granter's `aws:userid`, which is `userIdentity.principalId` in a record.
    `content_sha256` is the lower-case hex digest of the policy's content as UTF-8.
    """

    policy_id: str
    target_id: str
    content_sha256: str
    granted_by: str
    expires_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Under which parent an account belongs, as of a time, UTC.

    Either it was accepted to be there, or it was there before the first move that nothing approved of.

    Attributes:
        source_id: where it came from by a move that touched no pin; empty where the place was judged.
    """

    parent_id: str
    at: datetime
    accepted: bool
    source_id: str = ""


class Recollection(Enum):
    """Whether the ledger has been asked."""

    NOT_ASKED = "not-asked"
    RECALLED = "recalled"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known now. A missing key means "not known", so it can be asked for.

    Attributes:
        own_role_arn: the guard's own role, compared exactly with a session's issuer.
        now: the time of the decision, UTC.
        root_id: this organization's root, where known.
        policies: policy id → policy; None for a policy that does not exist.
        looked: the policies that were looked at now; of the others a change may not have come yet.
        parents: child id → parent id; None where no parent could be found.
        attachments: target id → the ids of all policies that stand there.
        targets: policy id → where it stands, as Organizations lists it.
        reach: target id → how many accounts are at or below it, the management account included; None where
            they cannot be counted.
        memory: whether `baseline` and `exceptions` are what the ledger says of this change.
        baseline: target id → policy id → the policy as it was accepted there. No key: never adopted.
        exceptions: the permits in force or expired, in no order.
        reverts: when changes of this policy on this target were undone lately.
        places: account id → where it belongs.
        restorer_role_arn: the role of the function that puts attachments back; None where there is none.
    """

    own_role_arn: str | None
    now: datetime
    root_id: str | None = None
    policies: Mapping[str, Policy | None] = field(default_factory=dict)
    looked: frozenset[str] = frozenset()
    parents: Mapping[str, str | None] = field(default_factory=dict)
    attachments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    targets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reach: Mapping[str, int | None] = field(default_factory=dict)
    memory: Recollection = Recollection.RECALLED
    baseline: Mapping[str, Mapping[str, BaselinePolicy]] = field(default_factory=dict)
    exceptions: tuple[Permit, ...] = ()
    reverts: tuple[datetime, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    restorer_role_arn: str | None = None

    def with_policy(self, policy_id: str, policy: Policy | None) -> Facts:
        """Return these facts, having looked at `policy` (None: it does not exist)."""
        return replace(self, policies={**self.policies, policy_id: policy}, looked=self.looked | {policy_id})

    def with_parents(self, parents: Mapping[str, str | None]) -> Facts:
        """Return these facts, knowing these child → parent links."""
        return replace(self, parents={**self.parents, **parents})

    def with_attachments(self, target_id: str, policy_ids: frozenset[str]) -> Facts:
        """Return these facts, knowing which policies stand on a target."""
        return replace(self, attachments={**self.attachments, target_id: policy_ids})

    def with_reach(self, target_id: str, accounts: int | None) -> Facts:
        """Return these facts, knowing how many accounts a target reaches."""
        return replace(self, reach={**self.reach, target_id: accounts})

    def with_targets(self, policy_id: str, targets: frozenset[str]) -> Facts:
        """Return these facts, knowing where a policy stands."""
        return replace(self, targets={**self.targets, policy_id: targets})

    def remembering(
        self,
        baseline: Mapping[str, Mapping[str, BaselinePolicy]],
        exceptions: tuple[Permit, ...] = (),
        policy: Policy | None = None,
        reverts: tuple[datetime, ...] = (),
        places: Mapping[str, Place] = MappingProxyType({}),
    ) -> Facts:
        """Return these facts, with what the ledger says of a change."""
        policies = {**self.policies, policy.id: policy} if policy else self.policies
        return replace(
            self,
            memory=Recollection.RECALLED,
            baseline=baseline,
            exceptions=exceptions,
            policies=policies,
            reverts=reverts,
            places=places,
        )

    def without_memory(self) -> Facts:
        """Return these facts, knowing that the ledger cannot be asked."""
        return replace(self, memory=Recollection.UNREACHABLE)

    def standing(self, policy_id: str) -> tuple[str, ...]:
        """Return the targets where the policy is known to stand, the root first."""
        accepted = {target for target, policies in self.baseline.items() if policy_id in policies}
        attached = {target for target, policies in self.attachments.items() if policy_id in policies}
        listed = self.targets.get(policy_id, frozenset())
        return tuple(
            sorted(accepted | attached | listed, key=lambda target: (not is_root_id(target), target))
        )

    def accepted(self, policy_id: str, target_id: str) -> BaselinePolicy | None:
        """Return the policy as it was accepted on a target, or None."""
        return self.baseline.get(target_id, {}).get(policy_id)

    def type_of(self, policy_id: str) -> str | None:
        """Return the policy's type, or None where it is not known. Full access needs no look-up."""
        for policy_type, full_access in FULL_ACCESS.items():
            if policy_id == full_access:
                return policy_type
        policy = self.policies.get(policy_id)
        return policy.type if policy else None
