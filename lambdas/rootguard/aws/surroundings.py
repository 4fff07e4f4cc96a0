"""What only the page needs: names, and how many accounts were touched. Read after the detach."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from rootguard.aws.calls import Calls
from rootguard.domain.facts import is_account_id, is_root_id
from rootguard.incidents.incident import Reach

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

_COUNTING_SECONDS: Final = 5.0


class AwsSurroundings:
    """`ports.Surroundings` on AWS.

    Args:
        client: an Organizations client.
        seconds_left: how long a call may be tried again, see `Calls`. By default not at all: people wait for
            the page, and where AWS is busy or silent it goes out with less.
    """

    def __init__(self, client: OrganizationsClient, seconds_left: Callable[[], float] = lambda: 0.0) -> None:
        self._call = Calls(client, seconds_left)

    def target_name(self, target_id: str) -> str:
        """Return the name of an OU or account."""
        if is_account_id(target_id):
            return str(self._call("DescribeAccount", AccountId=target_id)["Account"]["Name"])
        unit = self._call("DescribeOrganizationalUnit", OrganizationalUnitId=target_id)
        return str(unit["OrganizationalUnit"]["Name"])

    def reach(self, target_id: str, management_account_id: str | None) -> Reach:
        """Count the member accounts at or below a target. No call begins after five seconds."""
        stop = time.monotonic() + _COUNTING_SECONDS
        accounts: set[str] = set()
        for page in self._accounts_below(target_id):
            accounts |= page
            if time.monotonic() > stop:
                return Reach(len(accounts - {management_account_id}), complete=False)
        return Reach(len(accounts - {management_account_id}))

    def _accounts_below(self, target_id: str) -> Iterator[set[str]]:
        """Yield ids page by page: the whole list for the root, the tree below it for an OU."""
        if is_account_id(target_id):
            yield {target_id}
            return
        at_root = is_root_id(target_id)
        listing = {} if at_root else {"ParentId": target_id}
        for page in self._call.pages("ListAccounts" if at_root else "ListAccountsForParent", **listing):
            yield {account["Id"] for account in page["Accounts"]}
        if at_root:
            return
        for page in self._call.pages("ListOrganizationalUnitsForParent", ParentId=target_id):
            for unit in page["OrganizationalUnits"]:
                yield from self._accounts_below(unit["Id"])
