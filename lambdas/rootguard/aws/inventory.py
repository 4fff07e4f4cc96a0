"""The inventory on DynamoDB: where policies are attached, in the ledger's table.

| what | pk | sk |
|---|---|---|
| how far a round has come | `ROUND#` | `<what goes round>` |
| which policies of a type there are | `LISTING#<type>` | `#latest` |
| where a policy is attached | `INVENTORY#<type>` | `<policy>` |
| what lies above a target | `ABOVE#<target>` | `#latest` |
| when an account was last moved | `MOVED#` | `#latest` |

A look is written unless a later one is there. A round and a listing belong to the one sweep that runs, so
they are simply written over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from rootguard.aws.dynamo import Table
from rootguard.aws.items import Kind
from rootguard.aws.ledger import ROUND
from rootguard.domain.inventory import Above, Listing, Located, Round

_LISTING: Final = Kind("LISTING", Listing)
_LOCATED: Final = Kind("INVENTORY", Located)
_ABOVE: Final = Kind("ABOVE", Above)
_MOVED: Final = Kind("MOVED", datetime)


class DynamoInventory:
    """`ports.Inventory` on the stack's table, for one invocation."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def rounds(self) -> Mapping[str, Round]:
        return ROUND.get_all(self._table)

    def keep_round(self, policy_type: str, turn: Round) -> None:
        self._table.put(ROUND.item(turn, sk=policy_type))

    def listing(self, policy_type: str) -> Listing:
        return _LISTING.get(self._table, policy_type) or Listing()

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        self._table.put(_LISTING.item(listing, policy_type))

    def located(self, policy_type: str, only: Collection[str] | None = None) -> Mapping[str, Located]:
        if only is None:
            return _LOCATED.get_all(self._table, policy_type)
        keys = {policy_id: _LOCATED.key(policy_type, policy_id) for policy_id in only}
        return _LOCATED.read_each(keys, self._table.get_all(keys.values()))

    def locate(self, policy_type: str, policy_id: str, located: Located) -> None:
        _LOCATED.put_later(self._table, located, located.at, policy_type, policy_id)

    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]:
        return _ABOVE.get_each(self._table, target_ids)

    def keep_above(self, target_id: str, above: Above) -> None:
        _ABOVE.put_later(self._table, above, above.at, target_id)

    def moved_at(self) -> datetime | None:
        return _MOVED.get(self._table)

    def keep_moved(self, at: datetime) -> None:
        _MOVED.put_later(self._table, at, at)
