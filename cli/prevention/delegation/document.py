"""The delegation as a resource policy, beside the statements that are there already.

Actions, resources and conditions: "Resource-based policy examples for AWS Organizations", AWS Organizations
User Guide. Missing on purpose: `UpdatePolicy`, which knows no target, so it would edit a policy on Root as
well; and what concerns the organization as a whole (enabling a policy type, moving accounts, delegating).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.prevention.delegation.places import Places
from cli.prevention.organization import Organization
from rootguard.lockout.grammar import elements

MOST: Final = 40_000
"""Characters of a resource policy ("PutResourcePolicy", AWS Organizations API Reference). What the CLI sends
counts as it is, with its spaces."""

_SEE: Final = (
    "DescribeAccount",
    "DescribeOrganization",
    "DescribeOrganizationalUnit",
    "ListAccounts",
    "ListAccountsForParent",
    "ListChildren",
    "ListOrganizationalUnitsForParent",
    "ListParents",
    "ListRoots",
    "ListTagsForResource",
)
_SEE_POLICIES: Final = (
    "DescribeEffectivePolicy",
    "DescribePolicy",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListTargetsForPolicy",
)
_WRITE: Final = ("CreatePolicy", "DeletePolicy")
"""AWS deletes no policy that is attached anywhere ("DeletePolicy", AWS Organizations API Reference)."""
_ATTACH: Final = ("AttachPolicy", "DetachPolicy")


@dataclass(frozen=True, slots=True)
class Delegation:
    """To whom what is delegated.

    Attributes:
        account_id: the member account.
        policy_types: such as SERVICE_CONTROL_POLICY.
        places: where it may attach and detach.
    """

    account_id: str
    policy_types: tuple[str, ...]
    places: Places


def statements(delegation: Delegation, organization: Organization) -> list[dict[str, Any]]:
    """Return the statements of a delegation. Each Sid names the account, so that it is found again."""
    account, types = delegation.account_id, delegation.policy_types
    policies = [organization.policy_arn(kind, "*") for kind in types]
    of_types = {"Condition": {"StringLikeIfExists": {"organizations:PolicyType": list(types)}}}

    def allow(what: str, actions: Sequence[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
        return {
            "Sid": f"Rootguard{what}{account}",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{organization.partition}:iam::{account}:root"},
            "Action": [f"organizations:{action}" for action in actions],
            "Resource": resource,
            **more,
        }

    return [
        allow("See", _SEE, "*"),
        allow("SeePolicies", _SEE_POLICIES, "*", **of_types),
        allow("WritePolicies", _WRITE, policies, **of_types),
        allow("Attach", _ATTACH, [*_targets(delegation.places, organization), *policies], **of_types),
    ]


def _targets(places: Places, organization: Organization) -> list[str]:
    named = (("ou", places.ous), ("account", places.accounts))
    return [
        organization.target_arn(kind, target)
        for kind, targets in named
        for target in (("*",) if targets is None else targets)
    ]


def kept_from(content: str, account_id: str) -> list[dict[str, Any]]:
    """Return a resource policy's statements but for those of an earlier delegation to the account.

    Args:
        content: the policy that is there, or empty text.
        account_id: to whom is delegated anew.

    Raises:
        ValueError: the text is no policy document.
    """
    if not content:
        return []
    found = elements(content)
    if found is None:
        raise ValueError("the organization's resource policy is no JSON policy document")
    own = {f"Rootguard{what}{account_id}" for what in ("See", "SeePolicies", "WritePolicies", "Attach")}
    return [dict(element) for name, element in found if name not in own]


def text_of(kept: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]]) -> str:
    """Return the whole policy as JSON text with a line's end, in many lines if AWS takes as much."""
    document = {"Version": "2012-10-17", "Statement": [*kept, *added]}
    laid_out = json.dumps(document, indent=2) + "\n"
    return laid_out if len(laid_out) <= MOST else json.dumps(document, separators=(",", ":")) + "\n"
