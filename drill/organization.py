"""AWS Organizations as a strict model in memory, with the rules that AWS enforces.

Pure: no network, no clock but the one given, ids from a seed. Emulators forget most of these rules.
It stands behind the local AWS (`organizations_api.py` puts it on the wire) and serves unit tests as
a fake. Parameters and answers have the API's own PascalCase shapes; errors are `ApiError`. Rules
for the tree are in `organization_tree.py`, for policies in `organization_policies.py`. What AWS does
asynchronously (account creation, enabling a policy type) is done here at once. Not thread-safe: the
one who serves it to several callers holds a lock.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from drill.api_error import ApiError, invalid_input
from drill.organization_delegation import Delegation
from drill.organization_pages import page_of
from drill.organization_policies import SCP, Policies, Policy
from drill.organization_tags import Tags
from drill.organization_tree import Ids, Tree

Params = dict[str, Any]
Answer = dict[str, Any]

_ROOT = r"r-[0-9a-z]{4,32}"
_UNIT = r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"
_ACCOUNT = r"\d{12}"
_PATTERNS = {
    "PolicyId": r"p-[0-9a-zA-Z_]{8,128}",
    "TargetId": f"{_ROOT}|{_UNIT}|{_ACCOUNT}",
    "RootId": _ROOT,
    "OrganizationalUnitId": _UNIT,
    "AccountId": _ACCOUNT,
    "ParentId": f"{_ROOT}|{_UNIT}",
    "SourceParentId": f"{_ROOT}|{_UNIT}",
    "DestinationParentId": f"{_ROOT}|{_UNIT}",
    "ChildId": f"{_UNIT}|{_ACCOUNT}",
    "ResourceId": f"{_ROOT}|{_UNIT}|{_ACCOUNT}|p-[0-9a-zA-Z_]{{8,128}}|rp-[0-9a-zA-Z_]{{4,128}}",
    "CreateAccountRequestId": r"car-[a-z0-9]{8,32}",
}


class Organization:
    """One account's view of AWS Organizations, as its management account."""

    def __init__(
        self,
        management_account: str,
        *,
        seed: str = "rootguard",
        ids: Ids | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Start outside any organization: CreateOrganization comes first, as on AWS."""
        self.management_account = management_account
        self._ids = ids or Ids(seed)
        self._now = now
        self._created: tuple[Tree, Policies, Delegation] | None = None
        self._creations: dict[str, Answer] = {}
        self._tags = Tags()
        self._operations = self._known_operations()

    def as_it_is(self) -> Organization:
        """Return a copy that later calls leave as it is now."""
        copy = Organization(self.management_account, ids=self._ids, now=self._now)
        if self._created is not None:
            tree, policies, delegation = self._created
            still = tree.as_it_is()
            copy._created = (still, policies.as_it_is(still), delegation.as_it_is(still))
        copy._creations, copy._tags = dict(self._creations), self._tags.as_it_is()
        return copy

    def _known_operations(self) -> dict[str, tuple[tuple[str, ...], Callable[[Params], Answer]]]:
        return {
            "CreateOrganization": ((), self._create_organization),
            "DescribeOrganization": ((), lambda _: self._describe_organization()),
            "ListRoots": ((), lambda p: page_of("Roots", [self._root()], p)),
            "EnablePolicyType": (("RootId", "PolicyType"), self._enable_policy_type),
            "DisablePolicyType": (("RootId", "PolicyType"), self._disable_policy_type),
            "CreateOrganizationalUnit": (("ParentId", "Name"), self._create_unit),
            "UpdateOrganizationalUnit": (("OrganizationalUnitId", "Name"), self._rename_unit),
            "DescribeOrganizationalUnit": (("OrganizationalUnitId",), self._describe_unit),
            "ListOrganizationalUnitsForParent": (("ParentId",), self._list_units),
            "CreateAccount": (("Email", "AccountName"), self._create_account),
            "DescribeCreateAccountStatus": (("CreateAccountRequestId",), self._creation_status),
            "DescribeAccount": (("AccountId",), self._describe_account),
            "ListAccounts": ((), self._list_accounts),
            "ListAccountsForParent": (("ParentId",), self._list_accounts_for_parent),
            "ListParents": (("ChildId",), self._list_parents),
            "ListChildren": (("ParentId", "ChildType"), self._list_children),
            "MoveAccount": (("AccountId", "SourceParentId", "DestinationParentId"), self._move),
            "CreatePolicy": (("Content", "Description", "Name", "Type"), self._create_policy),
            "UpdatePolicy": (("PolicyId",), self._update_policy),
            "DeletePolicy": (("PolicyId",), self._delete_policy),
            "DescribePolicy": (("PolicyId",), lambda p: self._policy(self._get(p))),
            "ListPolicies": (("Filter",), self._list_policies),
            "AttachPolicy": (("PolicyId", "TargetId"), self._attach_policy),
            "DetachPolicy": (("PolicyId", "TargetId"), self._detach_policy),
            "ListPoliciesForTarget": (("TargetId", "Filter"), self._list_policies_for_target),
            "ListTargetsForPolicy": (("PolicyId",), self._list_targets_for_policy),
            "DeleteOrganizationalUnit": (("OrganizationalUnitId",), self._delete_unit),
            "RemoveAccountFromOrganization": (("AccountId",), self._remove_account),
            "RegisterDelegatedAdministrator": (("AccountId", "ServicePrincipal"), self._register),
            "DeregisterDelegatedAdministrator": (("AccountId", "ServicePrincipal"), self._deregister),
            "ListDelegatedAdministrators": ((), self._list_administrators),
            "ListDelegatedServicesForAccount": (("AccountId",), self._list_delegated_services),
            "EnableAWSServiceAccess": (("ServicePrincipal",), self._enable_service),
            "DisableAWSServiceAccess": (("ServicePrincipal",), self._disable_service),
            "ListAWSServiceAccessForOrganization": ((), self._list_services),
            "PutResourcePolicy": (("Content",), self._put_resource_policy),
            "DescribeResourcePolicy": ((), lambda _: {"ResourcePolicy": self.delegation.resource_policy()}),
            "DeleteResourcePolicy": ((), self._delete_resource_policy),
            "TagResource": (("ResourceId", "Tags"), self._tag),
            "UntagResource": (("ResourceId", "TagKeys"), self._untag),
            "ListTagsForResource": (("ResourceId",), self._list_tags),
        }

    def call(self, operation: str, params: Params) -> Answer:
        """Carry out one operation and return the API's answer, or raise `ApiError`."""
        if operation not in self._operations:
            raise ApiError("InvalidAction", f"The local AWS does not know {operation}.")
        required, method = self._operations[operation]
        for name in required:
            if params.get(name) is None:
                raise invalid_input("INPUT_REQUIRED", f"You must include a value for {name}.")
        for name, pattern in _PATTERNS.items():
            if name in params and not re.fullmatch(pattern, str(params[name])):
                reason = "INVALID_PATTERN_TARGET_ID" if name == "TargetId" else "INVALID_PATTERN"
                raise invalid_input(reason, "You provided a value that does not match the required pattern.")
        return method(params)

    @property
    def tree(self) -> Tree:
        """The tree, once there is an organization."""
        return self._organization()[0]

    @property
    def policies(self) -> Policies:
        """The policies, once there is an organization."""
        return self._organization()[1]

    @property
    def delegation(self) -> Delegation:
        """The delegated administrators, once there is an organization."""
        return self._organization()[2]

    @property
    def exists(self) -> bool:
        """Whether CreateOrganization has been called."""
        return self._created is not None

    def _organization(self) -> tuple[Tree, Policies, Delegation]:
        if self._created is None:
            raise ApiError(
                "AWSOrganizationsNotInUseException",
                "Your account is not a member of an organization.",
            )
        return self._created

    # The organization and its root

    def _create_organization(self, _: Params) -> Answer:
        if self._created is not None:
            raise ApiError(
                "AlreadyInOrganizationException",
                "The AWS account is already a member of an organization.",
            )
        tree = Tree(self.management_account, self._ids, self._now)
        self._created = (tree, Policies(tree, self._ids), Delegation(tree, self._ids, self._now))
        return self._describe_organization()

    def _describe_organization(self) -> Answer:
        tree, account = self.tree, self.management_account
        organization = tree.organization_id
        return {
            "Organization": {
                "Id": organization,
                "Arn": tree.arn(f"organization/{organization}"),
                "FeatureSet": "ALL",
                "MasterAccountArn": tree.target_arn(account),
                "MasterAccountId": account,
                "MasterAccountEmail": tree.account(account).email,
                # AWS fills this in for SCPs alone and tells callers to ask ListRoots instead.
                "AvailablePolicyTypes": [{"Type": SCP, "Status": "ENABLED"}],
            }
        }

    def _root(self) -> Answer:
        tree = self.tree
        return {
            "Id": tree.root_id,
            "Arn": tree.target_arn(tree.root_id),
            "Name": "Root",
            "PolicyTypes": [{"Type": t, "Status": "ENABLED"} for t in self.policies.enabled_types],
        }

    def _enable_policy_type(self, p: Params) -> Answer:
        self.tree.check_root(p["RootId"])
        self.policies.enable(p["PolicyType"])
        return {"Root": self._root()}

    def _disable_policy_type(self, p: Params) -> Answer:
        self.tree.check_root(p["RootId"])
        self.policies.disable(p["PolicyType"])
        return {"Root": self._root()}

    # Units and accounts

    def _create_unit(self, p: Params) -> Answer:
        unit = self.tree.add_unit(p["ParentId"], p["Name"])
        self.policies.attach_full_access(unit.id)
        return {"OrganizationalUnit": self.tree.describe_unit(unit)}

    def _rename_unit(self, p: Params) -> Answer:
        unit = self.tree.rename_unit(p["OrganizationalUnitId"], p["Name"])
        return {"OrganizationalUnit": self.tree.describe_unit(unit)}

    def _describe_unit(self, p: Params) -> Answer:
        unit = self.tree.unit(p["OrganizationalUnitId"])
        return {"OrganizationalUnit": self.tree.describe_unit(unit)}

    def _list_units(self, p: Params) -> Answer:
        self.tree.check_parent(p["ParentId"])
        units = [u for u in self.tree.units.values() if u.parent_id == p["ParentId"]]
        return page_of("OrganizationalUnits", [self.tree.describe_unit(u) for u in units], p)

    def _create_account(self, p: Params) -> Answer:
        now = self._now()
        status = {
            "Id": f"car-{self._ids.text(32)}",
            "AccountName": p["AccountName"],
            "RequestedTimestamp": now,
            "CompletedTimestamp": now,
        }
        if any(a.email == p["Email"] for a in self.tree.accounts.values()):
            status |= {"State": "FAILED", "FailureReason": "EMAIL_ALREADY_EXISTS"}
        else:
            account = self.tree.add_account(p["AccountName"], p["Email"])
            self.policies.attach_full_access(account.id)
            status |= {"State": "SUCCEEDED", "AccountId": account.id}
        self._creations[status["Id"]] = status
        return {"CreateAccountStatus": status}

    def _creation_status(self, p: Params) -> Answer:
        if p["CreateAccountRequestId"] not in self._creations:
            raise ApiError(
                "CreateAccountStatusNotFoundException",
                "We can't find a create account request with the ID that you specified.",
            )
        return {"CreateAccountStatus": self._creations[p["CreateAccountRequestId"]]}

    def _describe_account(self, p: Params) -> Answer:
        return {"Account": self.tree.describe_account(self.tree.account(p["AccountId"]))}

    def _list_accounts(self, p: Params) -> Answer:
        accounts = self.tree.accounts.values()
        return page_of("Accounts", [self.tree.describe_account(a) for a in accounts], p)

    def _list_accounts_for_parent(self, p: Params) -> Answer:
        self.tree.check_parent(p["ParentId"])
        accounts = [a for a in self.tree.accounts.values() if a.parent_id == p["ParentId"]]
        return page_of("Accounts", [self.tree.describe_account(a) for a in accounts], p)

    def _list_parents(self, p: Params) -> Answer:
        parent = self.tree.parent_of(p["ChildId"])
        return page_of("Parents", [{"Id": parent, "Type": self.tree.target_type(parent)}], p)

    def _list_children(self, p: Params) -> Answer:
        self.tree.check_parent(p["ParentId"])
        kind, parent = p["ChildType"], p["ParentId"]
        if kind == "ORGANIZATIONAL_UNIT":
            found = [u.id for u in self.tree.units.values() if u.parent_id == parent]
        elif kind == "ACCOUNT":
            found = [a.id for a in self.tree.accounts.values() if a.parent_id == parent]
        else:
            raise invalid_input("INVALID_ENUM", "You specified an invalid child type.")
        children = [{"Id": child, "Type": kind} for child in found]
        return page_of("Children", children, p)

    def _move(self, p: Params) -> Answer:
        self.tree.move(p["AccountId"], p["SourceParentId"], p["DestinationParentId"])
        return {}

    def _delete_unit(self, p: Params) -> Answer:
        self.tree.remove_unit(p["OrganizationalUnitId"])
        self.policies.forget(p["OrganizationalUnitId"])
        return {}

    def _remove_account(self, p: Params) -> Answer:
        self.delegation.check_removable(p["AccountId"])
        self.tree.remove_account(p["AccountId"])
        self.policies.forget(p["AccountId"])
        return {}

    # Delegated administrators, trusted services and the resource policy

    def _register(self, p: Params) -> Answer:
        self.delegation.register(p["AccountId"], p["ServicePrincipal"])
        return {}

    def _deregister(self, p: Params) -> Answer:
        self.delegation.deregister(p["AccountId"], p["ServicePrincipal"])
        return {}

    def _list_administrators(self, p: Params) -> Answer:
        return page_of(
            "DelegatedAdministrators", self.delegation.administrators(p.get("ServicePrincipal")), p
        )

    def _list_delegated_services(self, p: Params) -> Answer:
        return page_of("DelegatedServices", self.delegation.services_of(p["AccountId"]), p)

    def _enable_service(self, p: Params) -> Answer:
        self.delegation.enable(p["ServicePrincipal"])
        return {}

    def _disable_service(self, p: Params) -> Answer:
        self.delegation.disable(p["ServicePrincipal"])
        return {}

    def _list_services(self, p: Params) -> Answer:
        return page_of("EnabledServicePrincipals", self.delegation.services(), p)

    def _put_resource_policy(self, p: Params) -> Answer:
        return {"ResourcePolicy": self.delegation.put_resource_policy(p["Content"])}

    def _delete_resource_policy(self, _: Params) -> Answer:
        self.delegation.delete_resource_policy()
        return {}

    # Tags

    def _tag(self, p: Params) -> Answer:
        return self._tags.put(self.tree, p["ResourceId"], p["Tags"])

    def _untag(self, p: Params) -> Answer:
        return self._tags.remove(self.tree, p["ResourceId"], p["TagKeys"])

    def _list_tags(self, p: Params) -> Answer:
        return page_of("Tags", self._tags.of(self.tree, p["ResourceId"]), p)

    # Policies

    def _policy(self, policy: Policy) -> Answer:
        summary = self.policies.describe(policy)
        return {"Policy": {"PolicySummary": summary, "Content": policy.content}}

    def _get(self, p: Params) -> Policy:
        return self.policies.get(p["PolicyId"])

    def _create_policy(self, p: Params) -> Answer:
        return self._policy(self.policies.create(p["Type"], p["Name"], p["Description"], p["Content"]))

    def _update_policy(self, p: Params) -> Answer:
        name, description, content = p.get("Name"), p.get("Description"), p.get("Content")
        return self._policy(self.policies.update(p["PolicyId"], name, description, content))

    def _delete_policy(self, p: Params) -> Answer:
        self.policies.delete(p["PolicyId"])
        return {}

    def _list_policies(self, p: Params) -> Answer:
        found = self.policies.of_type(p["Filter"])
        return page_of("Policies", [self.policies.describe(x) for x in found], p)

    def _attach_policy(self, p: Params) -> Answer:
        self.policies.attach(p["PolicyId"], p["TargetId"])
        return {}

    def _detach_policy(self, p: Params) -> Answer:
        self.policies.detach(p["PolicyId"], p["TargetId"])
        return {}

    def _list_policies_for_target(self, p: Params) -> Answer:
        found = self.policies.attached(p["TargetId"], p["Filter"])
        return page_of("Policies", [self.policies.describe(x) for x in found], p)

    def _list_targets_for_policy(self, p: Params) -> Answer:
        tree = self.tree
        targets = [
            {
                "TargetId": t,
                "Arn": tree.target_arn(t),
                "Name": tree.name(t),
                "Type": tree.target_type(t),
            }
            for t in self.policies.targets_of(p["PolicyId"])
        ]
        return page_of("Targets", targets, p)
