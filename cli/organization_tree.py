"""The organization's tree as it is now, read from AWS for a report: every OU, and every account in its place.

Read from the top down: of each parent its OUs and its accounts are listed ("ListOrganizationalUnitsForParent"
and "ListAccountsForParent", AWS Organizations API Reference). What cannot be listed is marked as not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cli.drawing import Account, Unit
from rootguard.aws.calls import Calls
from rootguard.ports import OrganizationsError


@dataclass(frozen=True, slots=True)
class Tree:
    """The organization: its root with all below it, and which account manages it."""

    root: Unit
    management_account_id: str


def read_tree(calls: Calls) -> Tree:
    """Read the whole of it. Raises OrganizationsError where not even the root can be read."""
    organization = calls("DescribeOrganization")["Organization"]
    root_id = str(calls("ListRoots")["Roots"][0]["Id"])
    # MasterAccountId is the management account ("Organization", AWS Organizations API Reference).
    return Tree(_unit(calls, root_id, "Root"), str(organization["MasterAccountId"]))


def _unit(calls: Calls, unit_id: str, name: str | None) -> Unit:
    units, has_units = _listed(calls, "ListOrganizationalUnitsForParent", "OrganizationalUnits", unit_id)
    accounts, has_accounts = _listed(calls, "ListAccountsForParent", "Accounts", unit_id)
    return Unit(
        id=unit_id,
        name=name,
        units=tuple(_unit(calls, str(unit["Id"]), unit.get("Name")) for unit in units),
        accounts=tuple(Account(str(account["Id"]), account.get("Name")) for account in accounts),
        is_read=has_units and has_accounts,
    )


def _listed(calls: Calls, operation: str, what: str, parent_id: str) -> tuple[list[Any], bool]:
    """Return what a parent holds, sorted by name, and whether that is all of it."""
    found: list[Any] = []
    complete = True
    try:
        for page in calls.pages(operation, ParentId=parent_id):
            found += page[what]
    except OrganizationsError:
        # Moved or deleted meanwhile, or refused: the drawing says what could not be read.
        complete = False
    return sorted(found, key=lambda child: (child.get("Name", ""), child["Id"])), complete
