"""What `rootguard init` finds in an organization. Plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from cli.drawing import Unit
from cli.init.on_root import OnRoot
from cli.init.products import Suggestion


@dataclass(frozen=True, slots=True)
class Found:
    """An organization as it is now.

    Attributes:
        organization_id: its id, `o-…`.
        management_account_id: the account that manages it, where the reader is signed in.
        root: its tree, every OU and account.
        enabled: the policy types that are enabled on Root, of all kinds.
        on_root: what is attached to Root, an entry for each policy type that Rootguard guards.
        suggestions: the roles of the management account that may deserve trust.
        region: where Rootguard is deployed in this partition.
    """

    organization_id: str
    management_account_id: str
    root: Unit
    enabled: frozenset[str]
    on_root: tuple[OnRoot, ...]
    suggestions: tuple[Suggestion, ...]
    region: str

    @property
    def management_account_name(self) -> str | None:
        """The management account's name; None if it was not read."""
        accounts = (account for unit in self.root.walk() for account in unit.accounts)
        return next((each.name for each in accounts if each.id == self.management_account_id), None)

    @property
    def is_locked_out(self) -> bool:
        """Whether Root is locked out now, by one policy or by several together."""
        return any(entry.is_lockout for entry in self.on_root)

    @property
    def is_read(self) -> bool:
        """Whether every OU could be listed to the end."""
        return all(unit.is_read for unit in self.root.walk())

    @property
    def accounts(self) -> int:
        """How many accounts were listed, the management account among them."""
        return sum(len(unit.accounts) for unit in self.root.walk())

    @property
    def units(self) -> int:
        """How many OUs were listed."""
        return sum(1 for _ in self.root.walk()) - 1

    def as_json(self) -> dict[str, Any]:
        """Return what was found as JSON data."""
        return {
            "organization": self.organization_id,
            "management_account": {"id": self.management_account_id, "name": self.management_account_name},
            "region": self.region,
            "root": self.root.id,
            "policy_types": sorted(self.enabled),
            "on_root": [asdict(entry) | {"is_lockout": entry.is_lockout} for entry in self.on_root],
            "units": list(_units(self.root.units, self.root.id)),
            "accounts": self.accounts,
            "is_read": self.is_read,
            "suggested_principals": [asdict(each) for each in self.suggestions],
        }


def _units(units: Iterable[Unit], parent_id: str) -> Iterable[dict[str, Any]]:
    for unit in units:
        known = {"id": unit.id, "name": unit.name, "parent": parent_id, "accounts": len(unit.accounts)}
        yield known | {"is_read": unit.is_read}
        yield from _units(unit.units, unit.id)
