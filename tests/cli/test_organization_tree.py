"""The organization's tree as a report reads it: all of it, and what could not be read marked so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cli.drawing import Account, Unit
from cli.organization_tree import read_tree
from rootguard.ports import OrganizationsError

ROOT, MANAGEMENT = "r-exam", "111122223333"
_LISTINGS = {
    "ListOrganizationalUnitsForParent": "OrganizationalUnits",
    "ListAccountsForParent": "Accounts",
}


class Listings:
    """`Calls` on an organization in memory, twenty children a page; what is in `refused` fails."""

    def __init__(
        self,
        units: dict[str, list[str]],
        accounts: dict[str, list[str]],
        refused: frozenset[str] = frozenset(),
    ) -> None:
        self._children = {"OrganizationalUnits": units, "Accounts": accounts}
        self._refused = refused

    def __call__(self, operation: str) -> Any:
        if operation in self._refused:
            raise OrganizationsError(operation, "AccessDeniedException", "no")
        if operation == "DescribeOrganization":
            return {"Organization": {"MasterAccountId": MANAGEMENT}}
        assert operation == "ListRoots"
        return {"Roots": [{"Id": ROOT, "Name": "Root"}]}

    def pages(self, operation: str, **parameters: str) -> Iterator[Any]:
        if {operation, parameters["ParentId"]} & self._refused:
            raise OrganizationsError(operation, "AccessDeniedException", "no")
        what = _LISTINGS[operation]
        names = self._children[what].get(parameters["ParentId"], [])
        for start in range(0, len(names) + 1, 20):
            yield {what: [{"Id": name, "Name": f"name of {name}"} for name in names[start : start + 20]]}


def test_every_ou_and_account_is_where_it_stands() -> None:
    tree = read_tree(Listings({ROOT: ["ou-b", "ou-a"], "ou-a": ["ou-c"]}, {ROOT: ["1"], "ou-c": ["3", "2"]}))
    assert tree.management_account_id == MANAGEMENT
    inner = Unit("ou-c", "name of ou-c", accounts=(Account("2", "name of 2"), Account("3", "name of 3")))
    assert tree.root == Unit(
        ROOT,
        "Root",
        units=(Unit("ou-a", "name of ou-a", units=(inner,)), Unit("ou-b", "name of ou-b")),
        accounts=(Account("1", "name of 1"),),
    )


def test_two_thousand_accounts_are_read_to_the_last() -> None:
    units = [f"ou-{number:03}" for number in range(200)]
    accounts = {unit: [f"{unit}-{number}" for number in range(10)] for unit in units}
    root = read_tree(Listings({ROOT: units}, accounts)).root
    assert sum(len(unit.accounts) for unit in root.walk()) == 2000
    assert all(unit.is_read for unit in root.walk())


@pytest.mark.parametrize("refused", ["ou-a", "ListAccountsForParent", "ListOrganizationalUnitsForParent"])
def test_what_could_not_be_listed_is_marked(refused: str) -> None:
    there = Listings({ROOT: ["ou-a", "ou-b"]}, {ROOT: ["1"], "ou-a": ["2"]}, frozenset({refused}))
    units = {unit.id: unit.is_read for unit in read_tree(there).root.walk()}
    assert (
        units
        == {
            "ou-a": {ROOT: True, "ou-a": False, "ou-b": True},
            "ListAccountsForParent": {ROOT: False, "ou-a": False, "ou-b": False},
            "ListOrganizationalUnitsForParent": {ROOT: False},
        }[refused]
    )


@pytest.mark.parametrize("refused", ["DescribeOrganization", "ListRoots"])
def test_without_a_root_there_is_no_tree(refused: str) -> None:
    with pytest.raises(OrganizationsError):
        read_tree(Listings({}, {}, frozenset({refused})))
