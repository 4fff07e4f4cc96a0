"""How many accounts a target reaches, counted within a few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from rootguard.aws.calls import Calls
from rootguard.domain.ids import is_account_id, is_root_id

_SECONDS: Final = 5.0


def accounts_at(call: Calls, target_id: str) -> tuple[frozenset[str], bool]:
    """Return the accounts at or below a target, and whether these are all. Raises OrganizationsError.

    No call begins after five seconds.
    """
    stop = time.monotonic() + _SECONDS
    accounts: frozenset[str] = frozenset()
    for page in _pages(call, target_id):
        accounts |= page
        if time.monotonic() > stop:
            return accounts, False
    return accounts, True


def _pages(call: Calls, target_id: str) -> Iterator[frozenset[str]]:
    """Yield accounts page by page: the whole list for the root, the tree below it for an OU."""
    if is_account_id(target_id):
        yield frozenset({target_id})
        return
    at_root = is_root_id(target_id)
    listing = {} if at_root else {"ParentId": target_id}
    for page in call.pages("ListAccounts" if at_root else "ListAccountsForParent", **listing):
        yield frozenset(account["Id"] for account in page["Accounts"])
    if at_root:
        return
    for page in call.pages("ListOrganizationalUnitsForParent", ParentId=target_id):
        for unit in page["OrganizationalUnits"]:
            yield from _pages(call, unit["Id"])
