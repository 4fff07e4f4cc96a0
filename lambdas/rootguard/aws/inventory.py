"""The inventory on DynamoDB: where policies are attached, in the ledger's table.

`inventory_items` has the layout. A look is written unless a later one is there. A round and a listing belong
to the one sweep that runs, so they are simply written over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from rootguard.aws import inventory_items as items
from rootguard.aws.ledger_items import read
from rootguard.aws.ledger_table import Key, Table, Written
from rootguard.domain.inventory import Above, Listing, Located, Round

_T = TypeVar("_T")


class DynamoInventory:
    """`ports.Inventory` on the stack's table, for one invocation.

    Args:
        table: the ledger's table.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def rounds(self) -> Mapping[str, Round]:
        """Return how far each round has come."""
        found = {item["sk"]: item for item in self._table.partition(items.ROUNDS)}
        return _present({sk: read((items.ROUNDS, sk), items.round_of, item) for sk, item in found.items()})

    def keep_round(self, policy_type: str, turn: Round) -> None:
        """Keep how far a round has come."""
        self._table.put(items.round_item(policy_type, turn))

    def listing(self, policy_type: str) -> Listing:
        """Return which policies of a type there are, as they were listed last."""
        return self._get(items.listing_key(policy_type), items.listing_of) or Listing()

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        """Keep it."""
        self._table.put(items.listing_item(policy_type, listing))

    def located(self, policy_type: str, policy_ids: Collection[str] | None = None) -> Mapping[str, Located]:
        """Return where policies of a type are attached, by id: all of them, or those named."""
        pk = items.located_partition(policy_type)
        if policy_ids is not None:
            return self._read_all({policy_id: (pk, policy_id) for policy_id in policy_ids}, items.located_of)
        found = {item["sk"]: item for item in self._table.partition(pk)}
        return _present({sk: read((pk, sk), items.located_of, item) for sk, item in found.items()})

    def locate(self, policy_type: str, policy_id: str, located: Located) -> None:
        """Keep where a policy is attached, unless a later look is there."""
        self._table.put_later(items.located_item(policy_type, policy_id, located))

    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]:
        """Return what lies above targets, as far as it is known, a hundred in one round trip."""
        return self._read_all({target: items.above_key(target) for target in target_ids}, items.above_of)

    def keep_above(self, target_id: str, above: Above) -> None:
        """Keep what lies above a target."""
        self._table.put_later(items.above_item(target_id, above))

    def moved_at(self) -> datetime | None:
        """Return when an account was last moved, as far as events told."""
        return self._get(items.MOVED_KEY, items.moved_of)

    def keep_moved(self, at: datetime) -> None:
        """Note that an account was moved, unless a later move is noted."""
        self._table.put_later(items.moved_item(at))

    def _get(self, key: Key, parse: Callable[[Written], _T]) -> _T | None:
        return read(key, parse, self._table.get(key))

    def _read_all(self, keys: Mapping[str, Key], parse: Callable[[Written], _T]) -> Mapping[str, _T]:
        found = self._table.get_all(keys.values())
        return _present({name: read(key, parse, found.get(key)) for name, key in keys.items()})


def _present(found: Mapping[str, _T | None]) -> Mapping[str, _T]:
    return {name: value for name, value in found.items() if value is not None}
