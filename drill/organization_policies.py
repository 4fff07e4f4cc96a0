"""The policies of an organization and what they are attached to.

The other half of the strict model behind `organization.py`. It holds every rule the guard can run
into: the last policy on a target, the limits, what enabling and disabling a policy type does, AWS's
own full-access policies.

Rules and numbers: "Quotas and service limits for AWS Organizations" and the API reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from drill.api_error import ApiError, constraint, invalid_input
from drill.organization_tree import Ids, Tree

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
POLICY_TYPES = (
    SCP,
    RCP,
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY",
    "INSPECTOR_POLICY",
)
FULL_ACCESS = {SCP: "p-FullAWSAccess", RCP: "p-RCPFullAWSAccess"}
MAX_ATTACHED = {SCP: 10, RCP: 5}
_MAX_ATTACHED_OTHERS = 10
MAX_CONTENT = {SCP: 10_240, RCP: 5_120}
_MAX_CONTENT_OTHERS = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy; `content` is its JSON text."""

    id: str
    name: str
    description: str
    type: str
    content: str
    aws_managed: bool = False


def _full_access_policies() -> dict[str, Policy]:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    described = "Allows access to every operation"
    scp = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    rcp = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Principal": "*"}]})
    return {
        p.id: p
        for p in (
            Policy(FULL_ACCESS[SCP], "FullAWSAccess", described, SCP, scp, aws_managed=True),
            Policy(FULL_ACCESS[RCP], "RCPFullAWSAccess", described, RCP, rcp, aws_managed=True),
        )
    }


class Policies:
    """Policies and attachments over a `Tree`."""

    def __init__(self, tree: Tree, ids: Ids) -> None:
        """Start as a new organization does: AWS's own policies, and no type enabled on the root."""
        self._tree = tree
        self._ids = ids
        self._policies = _full_access_policies()
        # target → policy ids, in the order of their attachment
        self._attached: dict[str, list[str]] = {}
        self.enabled_types: list[str] = []

    def create(self, policy_type: str, name: str, description: str, content: str) -> Policy:
        """Create a customer's policy; it stands nowhere yet."""
        _check_type(policy_type)
        _check_content(policy_type, content)
        self._check_name_free(policy_type, name)
        policy = Policy(f"p-{self._ids.text(8)}", name, description, policy_type, content)
        self._policies[policy.id] = policy
        return policy

    def update(
        self, policy_id: str, name: str | None, description: str | None, content: str | None
    ) -> Policy:
        """Change what is given; it acts at once wherever the policy stands."""
        policy = self._mutable(policy_id)
        if content is not None:
            _check_content(policy.type, content)
        if name is not None and name != policy.name:
            self._check_name_free(policy.type, name)
        self._policies[policy_id] = replace(
            policy,
            name=policy.name if name is None else name,
            description=policy.description if description is None else description,
            content=policy.content if content is None else content,
        )
        return self._policies[policy_id]

    def delete(self, policy_id: str) -> None:
        """Delete a policy that is attached nowhere."""
        self._mutable(policy_id)
        if self.targets_of(policy_id):
            raise ApiError(
                "PolicyInUseException",
                "The policy is attached to one or more entities. You must detach it from all "
                "roots, OUs, and accounts before performing this operation.",
            )
        del self._policies[policy_id]

    def attach(self, policy_id: str, target_id: str) -> None:
        """Attach a policy to a root, unit or account."""
        policy = self.get(policy_id)
        self._tree.target_type(target_id)
        if policy.type not in self.enabled_types:
            raise ApiError(
                "PolicyTypeNotEnabledException",
                f"The given policy type {policy.type} is not enabled on the current view",
            )
        standing = self.attached(target_id, policy.type)
        if policy in standing:
            raise ApiError(
                "DuplicatePolicyAttachmentException",
                "A policy with the specified name and type already exists on the target.",
            )
        if len(standing) >= MAX_ATTACHED.get(policy.type, _MAX_ATTACHED_OTHERS):
            raise constraint(
                "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You have attached the maximum number of policies to the specified target.",
            )
        self._attached.setdefault(target_id, []).append(policy_id)

    def detach(self, policy_id: str, target_id: str) -> None:
        """Detach a policy; the last SCP stays, and RCPFullAWSAccess always does."""
        policy = self.get(policy_id)
        self._tree.target_type(target_id)
        if policy_id == FULL_ACCESS[RCP]:
            raise invalid_input("NON_DETACHABLE_POLICY", f"You can't detach {policy.name}.")
        standing = self.attached(target_id, policy.type)
        if policy not in standing:
            raise ApiError(
                "PolicyNotAttachedException",
                "The policy isn't attached to the specified target in the specified root.",
            )
        if policy.type == SCP and len(standing) == 1:
            raise constraint(
                "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You cannot remove the last policy attached to the specified target. "
                "You must have at least one attached at all times.",
            )
        self._attached[target_id].remove(policy_id)

    def enable(self, policy_type: str) -> None:
        """Enable a type: full access comes back on every target, and nothing else does."""
        _check_type(policy_type)
        if policy_type in self.enabled_types:
            raise ApiError(
                "PolicyTypeAlreadyEnabledException",
                "The specified policy type is already enabled in the specified root.",
            )
        self.enabled_types.append(policy_type)
        for target_id in self._tree.targets():
            self.attach_full_access(target_id, policy_type)

    def disable(self, policy_type: str) -> None:
        """Disable a type: every attachment of that type is dropped, everywhere."""
        _check_type(policy_type)
        if policy_type not in self.enabled_types:
            raise ApiError(
                "PolicyTypeNotEnabledException",
                f"The given policy type {policy_type} is not enabled on the current view",
            )
        self.enabled_types.remove(policy_type)
        for attached in self._attached.values():
            attached[:] = [p for p in attached if self._policies[p].type != policy_type]

    def attach_full_access(self, target_id: str, *types: str) -> None:
        """Give a target full access for the types given, or for each enabled one."""
        for policy_type in types or self.enabled_types:
            if policy_type in FULL_ACCESS:
                self._attached.setdefault(target_id, []).append(FULL_ACCESS[policy_type])

    def forget(self, target_id: str) -> None:
        """Drop the attachments of a target that is gone."""
        self._attached.pop(target_id, None)

    def as_it_is(self, tree: Tree) -> Policies:
        """Return a copy over a copied tree, which later changes leave as it is now."""
        copy = Policies(tree, self._ids)
        copy._policies = dict(self._policies)
        copy._attached = {target_id: list(attached) for target_id, attached in self._attached.items()}
        copy.enabled_types = list(self.enabled_types)
        return copy

    def find(self, policy_id: str) -> Policy | None:
        """Return a policy, or None when there is none of that id."""
        return self._policies.get(policy_id)

    def get(self, policy_id: str) -> Policy:
        """Return a policy, or raise PolicyNotFoundException."""
        policy = self.find(policy_id)
        if policy is None:
            raise ApiError("PolicyNotFoundException", "You specified a policy that doesn't exist.")
        return policy

    def of_type(self, policy_type: str) -> list[Policy]:
        """Return every policy of a type, AWS's own ones too."""
        _check_type(policy_type)
        return [p for p in self._policies.values() if p.type == policy_type]

    def attached(self, target_id: str, policy_type: str) -> list[Policy]:
        """Return what stands on a target, of one type."""
        _check_type(policy_type)
        self._tree.target_type(target_id)
        standing = [self._policies[p] for p in self._attached.get(target_id, [])]
        return [p for p in standing if p.type == policy_type]

    def targets_of(self, policy_id: str) -> list[str]:
        """Return the targets that a policy stands on."""
        self.get(policy_id)
        return [target for target, policies in self._attached.items() if policy_id in policies]

    def describe(self, policy: Policy) -> dict[str, Any]:
        """Return the API's PolicySummary."""
        kind = policy.type.lower()
        return {
            "Id": policy.id,
            "Arn": f"arn:aws:organizations::aws:policy/{kind}/{policy.id}"
            if policy.aws_managed
            else self._tree.arn(f"policy/{self._tree.organization_id}/{kind}/{policy.id}"),
            "Name": policy.name,
            "Description": policy.description,
            "Type": policy.type,
            "AwsManaged": policy.aws_managed,
        }

    def _mutable(self, policy_id: str) -> Policy:
        policy = self.get(policy_id)
        if policy.aws_managed:
            raise invalid_input("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS.")
        return policy

    def _check_name_free(self, policy_type: str, name: str) -> None:
        if any(p.name == name for p in self.of_type(policy_type)):
            raise ApiError("DuplicatePolicyException", "A policy with the same name already exists.")


def _check_type(policy_type: str) -> None:
    if policy_type not in POLICY_TYPES:
        raise invalid_input("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type.")


def _check_content(policy_type: str, content: str) -> None:
    if len(content) > MAX_CONTENT.get(policy_type, _MAX_CONTENT_OTHERS):
        raise constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            "You have exceeded the maximum number of characters of a policy.",
        )
    malformed = ApiError(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
    try:
        document = json.loads(content)
    except ValueError as error:
        raise malformed from error
    if not isinstance(document, dict):
        raise malformed
    if policy_type not in FULL_ACCESS:
        return
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    if not statements or not all(_statement_fits(policy_type, s) for s in statements):
        raise malformed


def _statement_fits(policy_type: str, statement: object) -> bool:
    """Tell whether a statement is one that the type takes ("SCP syntax", "RCP syntax")."""
    if not isinstance(statement, dict) or not {"Action", "NotAction"} & statement.keys():
        return False
    if policy_type == RCP:
        return statement.get("Effect") == "Deny" and statement.get("Principal") == "*"
    return statement.get("Effect") in ("Allow", "Deny") and "Principal" not in statement
