"""AWS Organizations as the guard reads and writes it. `calls` has what is done about each error.

What an answer makes of an error that a call tolerates is said here, at the call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from botocore.client import BaseClient

from rootguard.aws.calls import Calls
from rootguard.domain.policy import Policy, is_account_id, is_root_id, is_target_id, organization_in
from rootguard.ports import NotAttachedError, OrganizationsError, Root, TargetGoneError

_NOT_IN_THE_SOURCE: Final = frozenset(
    {"AccountNotFoundException", "DuplicateAccountException", "SourceParentNotFoundException"}
)
"""Answers to a move: the account may be somewhere else than was thought, or where it should go already."""
_COUNTING_SECONDS: Final = 5.0


class AwsOrganizations:
    """`ports.Organizations` on AWS, for an invocation that may still run for `seconds_left`."""

    def __init__(self, client: BaseClient, seconds_left: Callable[[], float]) -> None:
        self._client = client
        self._call = Calls(client, seconds_left)

    # Reads

    def root(self) -> Root:
        root = self._call("ListRoots")["Roots"][0]
        types = (entry["Type"] for entry in root["PolicyTypes"] if entry["Status"] == "ENABLED")
        return Root(str(root["Id"]), frozenset(types))

    def policy(self, policy_id: str, *, patient: bool = True) -> Policy | None:
        return described(self._call if patient else Calls(self._client, lambda: 0.0), policy_id)

    def targets(self, policy_id: str) -> frozenset[str]:
        pages = self._call.pages("ListTargetsForPolicy", unless="PolicyNotFoundException", PolicyId=policy_id)
        return frozenset(target["TargetId"] for page in pages for target in page["Targets"])

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        wanted = {"TargetId": target_id, "Filter": policy_type}
        pages = self._call.pages("ListPoliciesForTarget", unless="PolicyTypeNotEnabledException", **wanted)
        return {policy["Id"]: policy["Name"] for page in pages for policy in page["Policies"]}

    def ancestors(self, target_id: str) -> tuple[str, ...]:
        if is_root_id(target_id):
            return ()
        found = [target_id, *self._path(target_id)]
        while not is_root_id(found[-1]):
            found.append(self.parent(found[-1]))
        return tuple(found[1:])

    def parent(self, account_id: str) -> str:
        return str(self._call("ListParents", ChildId=account_id)["Parents"][0]["Id"])

    def accounts_in(self, parent_id: str) -> frozenset[str]:
        return frozenset().union(*map(_ids, self._call.pages("ListAccountsForParent", ParentId=parent_id)))

    def policies(self, policy_type: str, token: str = "") -> tuple[frozenset[str], str]:
        page = None
        if token:
            of_token = {"Filter": policy_type, "NextToken": token}
            page = self._call("ListPolicies", unless="InvalidInputException", **of_token)
        page = page or self._call("ListPolicies", Filter=policy_type)
        return frozenset(policy["Id"] for policy in page["Policies"]), page.get("NextToken") or ""

    def count_accounts(self, *target_ids: str) -> int | None:
        accounts, complete = accounts_at(self._call, *target_ids)
        return len(accounts) if complete else None

    # Writes

    def detach(self, policy_id: str, target_id: str) -> None:
        try:
            self._call("DetachPolicy", PolicyId=policy_id, TargetId=target_id)
        except NotAttachedError as error:
            # Only that it is not attached proves that. Something that is not found may be found yet.
            if error.code != "PolicyNotAttachedException" and target_id in self.targets(policy_id):
                raise OrganizationsError(
                    error.operation, error.code, "it is attached all the same"
                ) from error
            raise

    def attach(self, policy_id: str, target_id: str) -> bool:
        pair = {"PolicyId": policy_id, "TargetId": target_id}
        return self._call("AttachPolicy", unless="DuplicatePolicyAttachmentException", **pair) is not None

    def restore(self, policy_id: str, policy: Policy) -> bool:
        known = {"Name": policy.name, "Description": policy.description, "Content": policy.content}
        given = {name: value for name, value in known.items() if value is not None}
        # Names are unique within a type. Whoever took this one must not save the edit by that.
        taken = "DuplicatePolicyException" if "Name" in given else ""
        done = self._call("UpdatePolicy", unless=taken, PolicyId=policy_id, **given)
        if done is None:
            del given["Name"]
            self._call("UpdatePolicy", PolicyId=policy_id, **given)
        return done is not None

    def enable_type(self, policy_type: str, root_id: str) -> None:
        wanted = {"RootId": root_id, "PolicyType": policy_type}
        self._call("EnablePolicyType", unless="PolicyTypeAlreadyEnabledException", **wanted)

    def move(self, account_id: str, source_id: str, destination_id: str) -> bool:
        try:
            self._move(account_id, source_id, destination_id)
        except OrganizationsError as error:
            if error.code not in _NOT_IN_THE_SOURCE:
                raise
            parent_id = self.parent(account_id)
            if parent_id == destination_id:
                return False
            if parent_id == source_id:
                raise
            self._move(account_id, parent_id, destination_id)
        return True

    def _move(self, account_id: str, source_id: str, destination_id: str) -> None:
        parents = {"SourceParentId": source_id, "DestinationParentId": destination_id}
        self._call("MoveAccount", AccountId=account_id, **parents)

    def _path(self, target_id: str) -> list[str]:
        """Return the ids from the target's parent upwards, as far as the answer gives them."""
        if is_account_id(target_id):
            paths = self._call("DescribeAccount", AccountId=target_id)["Account"].get("Paths", [])
        else:
            unit = self._call("DescribeOrganizationalUnit", OrganizationalUnitId=target_id)
            paths = [unit["OrganizationalUnit"].get("Path", "")]
        ids = [part for path in paths[:1] for part in path.split("/") if is_target_id(part)]
        return [part for part in reversed(ids) if part != target_id]


def described(call: Calls, policy_id: str) -> Policy | None:
    """Return a policy with its content; None if AWS knows no such policy. Raises OrganizationsError."""
    answer = call("DescribePolicy", unless="PolicyNotFoundException", PolicyId=policy_id)
    if answer is None:
        return None
    summary = answer["Policy"]["PolicySummary"]
    return Policy(
        id=summary["Id"],
        type=summary["Type"],
        name=summary.get("Name"),
        content=answer["Policy"].get("Content"),
        description=summary.get("Description"),
        organization_id=organization_in(summary.get("Arn")),
    )


def accounts_at(call: Calls, *target_ids: str) -> tuple[frozenset[str], bool]:
    """Return the accounts at or below any of some targets, and whether these are all.

    None is below a target that was deleted since: an OU is deleted only if nothing is below it. No call
    begins after five seconds. Raises OrganizationsError.
    """
    stop = time.monotonic() + _COUNTING_SECONDS
    accounts: frozenset[str] = frozenset()
    for target_id in target_ids:
        with suppress(TargetGoneError):
            for page in _accounts(call, target_id):
                accounts |= page
                if time.monotonic() > stop:
                    return accounts, False
    return accounts, True


def _accounts(call: Calls, target_id: str) -> Iterator[frozenset[str]]:
    """Yield accounts page by page: the whole list for the root, the tree below it for an OU."""
    if is_account_id(target_id):
        yield frozenset({target_id})
    elif is_root_id(target_id):
        yield from map(_ids, call.pages("ListAccounts"))
    else:
        yield from map(_ids, call.pages("ListAccountsForParent", ParentId=target_id))
        for page in call.pages("ListOrganizationalUnitsForParent", ParentId=target_id):
            for unit in page["OrganizationalUnits"]:
                yield from _accounts(call, unit["Id"])


def _ids(page: Any) -> frozenset[str]:
    return frozenset(account["Id"] for account in page["Accounts"])
