"""The organization as people want to read it in a page: names, and how many accounts are reached.

The notifier asks, never the guard. People wait for the page, so nothing is tried again: if AWS is busy or
silent, the page goes out with less.
"""

from __future__ import annotations

from botocore.client import BaseClient

from rootguard.aws.calls import Calls
from rootguard.aws.organizations import accounts_at, described
from rootguard.domain.policy import Policy, is_account_id
from rootguard.notify.story import Reach


class Directory:
    """Names and counts. Each method raises OrganizationsError, after one attempt."""

    def __init__(self, client: BaseClient, management_account_id: str) -> None:
        self._call = Calls(client, lambda: 0.0)
        self._not_bound = {management_account_id}  # SCPs and RCPs do not bind it, so it is not counted

    def organization(self) -> str:
        """Return the organization's id."""
        return str(self._call("DescribeOrganization")["Organization"]["Id"])

    def target_name(self, target_id: str) -> str:
        """Return the name of an OU or account."""
        if is_account_id(target_id):
            return str(self._call("DescribeAccount", AccountId=target_id)["Account"]["Name"])
        unit = self._call("DescribeOrganizationalUnit", OrganizationalUnitId=target_id)
        return str(unit["OrganizationalUnit"]["Name"])

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy as it is now; None if it does not exist."""
        return described(self._call, policy_id)

    def resource_policy(self) -> str:
        """Return the text of the organization's resource policy; empty if there is none."""
        found = self._call("DescribeResourcePolicy", unless="ResourcePolicyNotFoundException")
        return str(found["ResourcePolicy"]["Content"]) if found else ""

    def reach(self, *target_ids: str) -> Reach:
        """Count the member accounts at or below any of some targets. No call begins after five seconds."""
        accounts, complete = accounts_at(self._call, *target_ids)
        return Reach(len(accounts - self._not_bound), complete=complete)
