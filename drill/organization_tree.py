"""The tree of an organization: one root, organizational units down to five levels, accounts.

Half of the strict model behind `organization.py`. It knows ids, names, parents, ARNs and paths, and
nothing about policies: `organization_policies.py` does. Shapes, limits and errors follow the API
reference of AWS Organizations; ids look like AWS's and are the same on every run with one seed.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from drill.api_error import ApiError, constraint

MAX_DEPTH = 5
_ID_CHARACTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit."""

    id: str
    name: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the organization; `joined` is seconds since the epoch."""

    id: str
    name: str
    email: str
    parent_id: str
    joined: float
    method: str


class Ids:
    """Makes ids of AWS's patterns from a seed, so that two runs give the same organization."""

    def __init__(self, seed: str) -> None:
        """Start the sequence that belongs to `seed`."""
        self._random = random.Random(seed)  # noqa: S311 - example ids, no secrets

    def text(self, length: int) -> str:
        """Return lower-case letters and digits."""
        return "".join(self._random.choices(_ID_CHARACTERS, k=length))

    def account(self) -> str:
        """Return twelve digits, the first not zero."""
        return str(self._random.randrange(10**11, 10**12))


class Tree:
    """Root, units and accounts, with the rules for where each may stand."""

    def __init__(self, management_account: str, ids: Ids, now: Callable[[], float]) -> None:
        """Found the organization: a root with the management account in it."""
        self._ids = ids
        self._now = now
        self.management_account = management_account
        self.organization_id = f"o-{ids.text(10)}"
        self.root_id = f"r-{ids.text(4)}"
        self.units: dict[str, Unit] = {}
        self.accounts: dict[str, Account] = {}
        self._add_account(management_account, "management", "management@example.com", "INVITED")

    def add_unit(self, parent_id: str, name: str) -> Unit:
        """Create a unit under a root or another unit."""
        self.check_parent(parent_id)
        self._check_name_free(parent_id, name)
        if len(self.chain(parent_id)) > MAX_DEPTH:
            raise constraint("OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the maximum depth of OU nesting.")
        suffix = self.root_id.removeprefix("r-")
        unit = Unit(f"ou-{suffix}-{self._ids.text(8)}", name, parent_id)
        self.units[unit.id] = unit
        return unit

    def rename_unit(self, unit_id: str, name: str) -> Unit:
        """Give a unit another name, or the one that it has."""
        unit = self.unit(unit_id)
        if unit.name != name:
            self._check_name_free(unit.parent_id, name)
        self.units[unit_id] = replace(unit, name=name)
        return self.units[unit_id]

    def _check_name_free(self, parent_id: str, name: str) -> None:
        if any(unit.name == name and unit.parent_id == parent_id for unit in self.units.values()):
            raise ApiError("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")

    def add_account(self, name: str, email: str) -> Account:
        """Create an account in the root, where AWS puts every new one."""
        return self._add_account(self._ids.account(), name, email, "CREATED")

    def move(self, account_id: str, source_id: str, destination_id: str) -> None:
        """Move an account between two parents."""
        account = self.account(account_id)
        for parent_id, code in (
            (source_id, "SourceParentNotFoundException"),
            (destination_id, "DestinationParentNotFoundException"),
        ):
            if not self._is_parent(parent_id):
                message = "We can't find a root or OU with the ParentId that you specified."
                raise ApiError(code, message)
        if account.parent_id != source_id:
            raise ApiError(
                "SourceParentNotFoundException",
                "The account isn't in the source root or OU that you specified.",
            )
        if source_id == destination_id:
            raise ApiError(
                "DuplicateAccountException",
                "That account is already present in the specified destination.",
            )
        self.accounts[account_id] = replace(account, parent_id=destination_id)

    def remove_unit(self, unit_id: str) -> None:
        """Delete a unit in which nothing is."""
        self.unit(unit_id)
        parents = {unit.parent_id for unit in self.units.values()}
        if unit_id in parents | {account.parent_id for account in self.accounts.values()}:
            raise ApiError(
                "OrganizationalUnitNotEmptyException",
                "The specified OU is not empty. Move all accounts to another root or to other OUs, "
                "remove all child OUs, and try the operation again.",
            )
        del self.units[unit_id]

    def remove_account(self, account_id: str) -> None:
        """Let an account leave the organization."""
        self.account(account_id)
        if account_id == self.management_account:
            raise ApiError(
                "MasterCannotLeaveOrganizationException",
                "You can't remove a management account from an organization.",
            )
        del self.accounts[account_id]

    def as_it_is(self) -> Tree:
        """Return a copy that later changes leave as it is now."""
        copy = Tree.__new__(Tree)
        copy.__dict__ |= self.__dict__
        copy.units, copy.accounts = dict(self.units), dict(self.accounts)
        return copy

    def unit(self, unit_id: str) -> Unit:
        """Return a unit, or raise OrganizationalUnitNotFoundException."""
        if unit_id not in self.units:
            raise ApiError(
                "OrganizationalUnitNotFoundException",
                "We can't find an OU with the OrganizationalUnitId that you specified.",
            )
        return self.units[unit_id]

    def account(self, account_id: str) -> Account:
        """Return an account, or raise AccountNotFoundException."""
        if account_id not in self.accounts:
            raise ApiError(
                "AccountNotFoundException",
                "You specified an account that doesn't exist.",
            )
        return self.accounts[account_id]

    def check_root(self, root_id: str) -> None:
        """Raise RootNotFoundException for any other root than this organization's."""
        if root_id != self.root_id:
            raise ApiError("RootNotFoundException", "You specified a root that doesn't exist.")

    def check_parent(self, parent_id: str) -> None:
        """Raise ParentNotFoundException unless it is the root or a unit."""
        if not self._is_parent(parent_id):
            raise ApiError("ParentNotFoundException", "You specified parent that doesn't exist.")

    def parent_of(self, child_id: str) -> str:
        """Return the parent of a unit or account, or raise ChildNotFoundException."""
        child = self.units.get(child_id) or self.accounts.get(child_id)
        if child is None:
            raise ApiError(
                "ChildNotFoundException",
                "We can't find an OU or AWS account with the ChildId that you specified.",
            )
        return child.parent_id

    def targets(self) -> list[str]:
        """Return everything that a policy can be attached to."""
        return [self.root_id, *self.units, *self.accounts]

    def target_type(self, target_id: str) -> str:
        """Return ROOT, ORGANIZATIONAL_UNIT or ACCOUNT, or raise TargetNotFoundException."""
        if target_id == self.root_id:
            return "ROOT"
        if target_id in self.units:
            return "ORGANIZATIONAL_UNIT"
        if target_id in self.accounts:
            return "ACCOUNT"
        raise ApiError("TargetNotFoundException", "You specified a target that doesn't exist.")

    def chain(self, target_id: str) -> list[str]:
        """Return the target itself, its parent, and so on up to the root."""
        chain = [target_id]
        while chain[-1] != self.root_id:
            chain.append(self.parent_of(chain[-1]))
        return chain

    def name(self, target_id: str) -> str:
        """Return the name of a root, unit or account."""
        if target_id == self.root_id:
            return "Root"
        return (self.units.get(target_id) or self.account(target_id)).name

    def arn(self, resource: str) -> str:
        """Return the ARN of one of this organization's resources, as `kind/o-…[/id]`."""
        return f"arn:aws:organizations::{self.management_account}:{resource}"

    def target_arn(self, target_id: str) -> str:
        """Return the ARN of a root, unit or account."""
        kind = {"ROOT": "root", "ORGANIZATIONAL_UNIT": "ou", "ACCOUNT": "account"}
        return self.arn(f"{kind[self.target_type(target_id)]}/{self.organization_id}/{target_id}")

    def path(self, target_id: str) -> str:
        """Return the path from the organization down to a target, with a slash at its end."""
        return "/".join([self.organization_id, *reversed(self.chain(target_id)), ""])

    def describe_unit(self, unit: Unit) -> dict[str, Any]:
        """Return the API's OrganizationalUnit."""
        return {
            "Id": unit.id,
            "Arn": self.target_arn(unit.id),
            "Name": unit.name,
            "Path": self.path(unit.id),
        }

    def describe_account(self, account: Account) -> dict[str, Any]:
        """Return the API's Account, with `State`; AWS retired `Status` in September 2026."""
        return {
            "Id": account.id,
            "Arn": self.target_arn(account.id),
            "Email": account.email,
            "Name": account.name,
            "State": "ACTIVE",
            "Paths": [self.path(account.id)],
            "JoinedMethod": account.method,
            "JoinedTimestamp": account.joined,
        }

    def _add_account(self, account_id: str, name: str, email: str, method: str) -> Account:
        account = Account(account_id, name, email, self.root_id, self._now(), method)
        self.accounts[account_id] = account
        return account

    def _is_parent(self, parent_id: str) -> bool:
        return parent_id == self.root_id or parent_id in self.units
