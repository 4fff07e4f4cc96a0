"""What the guard reads before it decides, and what it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from rootguard.aws.calls import Calls
from rootguard.aws.surroundings import AwsSurroundings
from rootguard.domain.facts import (
    BaselinePolicy,
    Policy,
    Root,
    is_account_id,
    is_root_id,
    is_target_id,
    organization_in,
)
from rootguard.ports import OrganizationsError

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient


class AwsOrganizations:
    """`ports.Organizations` on AWS.

    Args:
        client: an Organizations client.
        seconds_left: how long this invocation may still run.
    """

    def __init__(self, client: OrganizationsClient, seconds_left: Callable[[], float]) -> None:
        self._call = Calls(client, seconds_left)
        self._surroundings = AwsSurroundings(client, seconds_left)

    def policy(self, policy_id: str) -> Policy | None:
        """Return the policy with its content; None where AWS knows no such policy."""
        try:
            answer = self._call("DescribePolicy", PolicyId=policy_id)
        except OrganizationsError as error:
            if error.code == "PolicyNotFoundException":
                return None
            raise
        summary = answer["Policy"]["PolicySummary"]
        return Policy(
            id=summary["Id"],
            type=summary["Type"],
            name=summary.get("Name"),
            aws_managed=summary.get("AwsManaged", False),
            content=answer["Policy"].get("Content"),
            description=summary.get("Description"),
            organization_id=organization_in(summary.get("Arn")),
        )

    def count_accounts(self, target_id: str) -> int | None:
        """Count the accounts at or below a target, the management account included."""
        reach = self._surroundings.reach(target_id, None)
        return reach.accounts if reach.complete else None

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy stands."""
        try:
            pages = list(self._call.pages("ListTargetsForPolicy", PolicyId=policy_id))
        except OrganizationsError as error:
            if error.code == "PolicyNotFoundException":
                return frozenset()
            raise
        return frozenset(target["TargetId"] for page in pages for target in page["Targets"])

    def root(self) -> Root:
        """Return the root; a type that is on its way to being enabled or disabled is not enabled."""
        root = self._call("ListRoots")["Roots"][0]
        types = (entry["Type"] for entry in root["PolicyTypes"] if entry["Status"] == "ENABLED")
        return Root(str(root["Id"]), frozenset(types))

    def policies(self, policy_type: str) -> frozenset[str]:
        """Return the ids of all policies of a type: a call for each twenty or so."""
        pages = self._call.pages("ListPolicies", Filter=policy_type)
        return frozenset(policy["Id"] for page in pages for policy in page["Policies"])

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return the names of a target's policies of a type, by id; none where the type is not enabled."""
        try:
            pages = list(self._call.pages("ListPoliciesForTarget", TargetId=target_id, Filter=policy_type))
        except OrganizationsError as error:
            if error.code == "PolicyTypeNotEnabledException":
                return {}
            raise
        return {policy["Id"]: policy["Name"] for page in pages for policy in page["Policies"]}

    def ancestors(self, child_id: str) -> Mapping[str, str | None]:
        """Return the links up to the root: one read where the answer carries a path, else one a level."""
        links: dict[str, str | None] = {child: parent for parent, child in pairwise(self._path(child_id))}
        if not any(is_root_id(parent) for parent in links.values()):
            child = child_id
            while not is_root_id(child):
                parent = self._call("ListParents", ChildId=child)["Parents"][0]["Id"]
                links[child] = child = parent
        return links

    def detach(self, policy_id: str, target_id: str) -> None:
        """Detach a policy from a target."""
        self._call("DetachPolicy", PolicyId=policy_id, TargetId=target_id)

    def attach(self, policy_id: str, target_id: str) -> None:
        """Attach a policy to a target; that it stands there already is as good."""
        try:
            self._call("AttachPolicy", PolicyId=policy_id, TargetId=target_id)
        except OrganizationsError as error:
            if error.code != "DuplicatePolicyAttachmentException":
                raise

    def restore(self, policy_id: str, policy: BaselinePolicy) -> bool:
        """Give a policy back what it was; what is not known is left as it is."""
        known = {"Name": policy.name, "Description": policy.description, "Content": policy.content}
        given = {name: value for name, value in known.items() if value is not None}
        try:
            self._call("UpdatePolicy", PolicyId=policy_id, **given)
        except OrganizationsError as error:
            # Names are unique within a type. Whoever took this one must not save what they made of the rest.
            if error.code != "DuplicatePolicyException" or "Name" not in given:
                raise
            self._call("UpdatePolicy", PolicyId=policy_id, **{k: v for k, v in given.items() if k != "Name"})
            return False
        return True

    def enable_type(self, policy_type: str, root_id: str) -> None:
        """Enable a policy type in the root."""
        try:
            self._call("EnablePolicyType", RootId=root_id, PolicyType=policy_type)
        except OrganizationsError as error:
            if error.code != "PolicyTypeAlreadyEnabledException":
                raise

    def move(self, account_id: str, source_id: str, destination_id: str) -> bool:
        """Move an account to where it was; that it left the source already may mean that it is there."""
        try:
            self._call(
                "MoveAccount",
                AccountId=account_id,
                SourceParentId=source_id,
                DestinationParentId=destination_id,
            )
        except OrganizationsError as error:
            if error.code not in ("DuplicateAccountException", "SourceParentNotFoundException"):
                raise
            if self._call("ListParents", ChildId=account_id)["Parents"][0]["Id"] != destination_id:
                raise
            return False
        return True

    def _path(self, child_id: str) -> list[str]:
        """Return the ids from the root down to `child_id`, as far as the answer gives them."""
        if is_account_id(child_id):
            paths = self._call("DescribeAccount", AccountId=child_id)["Account"].get("Paths", [])
        else:
            unit = self._call("DescribeOrganizationalUnit", OrganizationalUnitId=child_id)
            paths = [unit["OrganizationalUnit"].get("Path", "")]
        ids = [part for path in paths[:1] for part in path.split("/") if is_target_id(part)]
        return ids if child_id in ids else [*ids, child_id]
