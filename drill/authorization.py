"""Which resources, and which policy type, an Organizations call is authorized on.

AWS asks IAM once for each resource of a call: attaching a policy needs permission on the policy
*and* on the target. Source: "Actions, resources, and condition keys for AWS Organizations" in the
Service Authorization Reference. Pure; `organizations_api.py` asks IAM.
"""

from __future__ import annotations

from typing import Any

from drill.organization import Organization
from drill.organization_policies import FULL_ACCESS, SCP

# The parameters that name a resource. MoveAccount has three of them.
_TARGETS = (
    "TargetId",
    "RootId",
    "OrganizationalUnitId",
    "AccountId",
    "ParentId",
    "SourceParentId",
    "DestinationParentId",
    "ChildId",
    "ResourceId",
)


def resources(organization: Organization, params: dict[str, Any]) -> list[str]:
    """Return the ARNs to ask IAM about, `*` where the call has no resource."""
    if not organization.exists:
        return ["*"]
    arns = [_policy_arn(organization, params["PolicyId"])] if params.get("PolicyId") else []
    arns += [_target_arn(organization, params[name]) for name in _TARGETS if params.get(name)]
    return arns or ["*"]


def context(organization: Organization, params: dict[str, Any]) -> dict[str, str]:
    """Return the condition keys: `organizations:PolicyType` where there is one, `aws:TagKeys` of one tag."""
    keys = [*params.get("TagKeys", []), *(tag["Key"] for tag in params.get("Tags", []))]
    tagged = {"aws:tagkeys": keys[0]} if len(keys) == 1 else {}
    named = params.get("PolicyType") or params.get("Type") or params.get("Filter")
    if not named and params.get("PolicyId") and organization.exists:
        named = _policy_type(organization, params["PolicyId"])
    return ({"organizations:policytype": named} if named else {}) | tagged


def _policy_type(organization: Organization, policy_id: str) -> str | None:
    policy = organization.policies.find(policy_id)
    return policy.type if policy else None


def _policy_arn(organization: Organization, policy_id: str) -> str:
    kind = (_policy_type(organization, policy_id) or SCP).lower()
    if policy_id in FULL_ACCESS.values():
        return f"arn:aws:organizations::aws:policy/{kind}/{policy_id}"
    tree = organization.tree
    return tree.arn(f"policy/{tree.organization_id}/{kind}/{policy_id}")


def _target_arn(organization: Organization, target_id: str) -> str:
    """Return the ARN that the id would have, whether or not there is such a target."""
    kind = {"r": "root", "ou": "ou"}.get(target_id.partition("-")[0], "account")
    tree = organization.tree
    return tree.arn(f"{kind}/{tree.organization_id}/{target_id}")
