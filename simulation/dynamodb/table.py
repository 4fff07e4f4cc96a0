"""One table: its items by key, and its indexes, which can lag.

Nothing here knows expressions. An index holds the items that have its two attributes. TTL is honoured as late
as on AWS: an item goes some time after it expired ("Using time to live", developer guide: within a few days).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.values import Item, Stored, Value, comparable, type_of

MOST_BYTES: Final = 400 * 1024
_TTL_LATE_SECONDS: Final = 2 * 86_400
_MOST_KEY_BYTES: Final = {"partition": 2048, "sort": 1024}


@dataclass(frozen=True, slots=True)
class Keys:
    """The attributes that a table or an index is keyed by; all keys are strings. `sort` is empty for none."""

    partition: str
    sort: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Both, or the one there is."""
        return (self.partition, self.sort) if self.sort else (self.partition,)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How a table is made: its keys, its indexes by name, and the attribute of its time to live.

    Attributes:
        only_keys: the indexes that hold keys alone.
    """

    keys: Keys
    indexes: tuple[tuple[str, Keys], ...] = ()
    expires: str = ""
    only_keys: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Index:
    keys: Keys
    entries: dict[str, dict[tuple[Any, ...], Item]] = field(default_factory=dict)
    pending: list[tuple[float, Item | None, Item | None]] = field(default_factory=list)


class Table:
    """A table with its items.

    Args:
        layout: how it is made.
        now: returns seconds since the epoch.
        lag: returns when a change that is made now shows in the indexes, in seconds since the epoch.
    """

    def __init__(self, layout: TableLayout, now: Callable[[], float], lag: Callable[[], float]) -> None:
        self.layout = layout
        self._now, self._lag = now, lag
        self._partitions: dict[Any, dict[Any, Item]] = {}
        self._indexes = {name: _Index(keys) for name, keys in layout.indexes}

    def get(self, key: Item) -> Item | None:
        """Return the item of a key, or None. Raises a ValidationException for what is no key."""
        partition, sort = self._key(key)
        if set(key) != set(self.layout.keys.names):
            raise invalid("The provided key element does not match the schema")
        item = self._partitions.get(partition, {}).get(sort)
        return item if item is None or not self._is_gone(item) else None

    def put(self, item: Item) -> None:
        """Write an item. Raises a ValidationException if it is too large, or its keys are wrong."""
        partition, sort = self._key(item)
        item = Stored(item)
        if item.bytes > MOST_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")
        for name, index in self._indexes.items():
            for attribute in index.keys.names:
                if attribute in item and (type_of(item[attribute]) != "S" or not item[attribute]["S"]):
                    raise invalid(
                        f"One or more parameter values were invalid: Type mismatch for Index Key {attribute} "
                        f"Expected: S Actual: {type_of(item[attribute])} IndexName: {name}"
                    )
        there = self._partitions.setdefault(partition, {})
        self._index(there.get(sort), item)
        there[sort] = item

    def delete(self, key: Item) -> None:
        """Delete the item of a key, if there is one."""
        before = self.get(key)
        if before is not None:
            partition, sort = self._key(key)
            del self._partitions[partition][sort]
            self._index(before, None)

    def partition(self, value: Value) -> list[Item]:
        """Return the items of a partition, in the order of their sort keys."""
        found = self._partitions.get(comparable(value), {})
        return [found[sort] for sort in sorted(found) if not self._is_gone(found[sort])]

    def indexed(self, name: str, value: Value) -> list[Item]:
        """Return the items of an index's partition, in its order. Raises DynamoDbError for no such index."""
        found = self._entries(name).get(comparable(value), {})
        items = [found[place] for place in sorted(found) if not self._is_gone(found[place])]
        return self._projected(name, items)

    def keys_of(self, index: str | None) -> Keys:
        """Return the keys of an index, or of the table. Raises a ValidationException for no index."""
        if index is None:
            return self.layout.keys
        if index not in self._indexes:
            raise invalid(f"The table does not have the specified index: {index}")
        return self._indexes[index].keys

    def everything(self, index: str | None) -> list[Item]:
        """Return every item of the table or of an index, by key. Raises DynamoDbError for no such index."""
        keys = self.keys_of(index)
        partitions = self._partitions if index is None else self._entries(index)
        found = [item for partition in partitions.values() for item in partition.values()]
        shown = [item for item in found if not self._is_gone(item)]
        shown.sort(
            key=lambda item: [comparable(item[name]) for name in (*keys.names, *self.layout.keys.names)]
        )
        return shown if index is None else self._projected(index, shown)

    def _entries(self, name: str) -> dict[str, dict[tuple[Any, ...], Item]]:
        index = self._indexes.get(name)
        if index is None:
            raise invalid(f"The table does not have the specified index: {name}")
        self._catch_up(index)
        return index.entries

    def _projected(self, name: str, items: list[Item]) -> list[Item]:
        if name not in self.layout.only_keys:
            return items
        kept = {*self.keys_of(name).names, *self.layout.keys.names}
        return [{key: value for key, value in item.items() if key in kept} for item in items]

    def _key(self, item: Item) -> tuple[Any, Any]:
        keys = self.layout.keys
        for name, kind in ((keys.partition, "partition"), (keys.sort, "sort")):
            if not name:
                continue
            if name not in item:
                raise invalid(
                    f"One or more parameter values were invalid: Missing the key {name} in the item"
                )
            if type_of(item[name]) != "S":
                raise invalid(
                    f"One or more parameter values were invalid: Type mismatch for key {name} expected: S "
                    f"actual: {type_of(item[name])}"
                )
            length = len(item[name]["S"].encode("utf-8", "surrogatepass"))
            if not 0 < length <= _MOST_KEY_BYTES[kind]:
                raise invalid(
                    f"One or more parameter values are not valid. The length of the key {name} is {length}"
                )
        return item[keys.partition]["S"], item[keys.sort]["S"] if keys.sort else ""

    def _index(self, before: Item | None, after: Item | None) -> None:
        for index in self._indexes.values():
            index.pending.append((self._lag(), before, after))

    def _catch_up(self, index: _Index) -> None:
        now = self._now()
        # In order: a later change never shows before an earlier one.
        while index.pending and index.pending[0][0] <= now:
            _, before, after = index.pending.pop(0)
            for item, is_new in ((before, False), (after, True)):
                if item is None or any(name not in item for name in index.keys.names):
                    continue
                value = comparable(item[index.keys.partition])
                sort = item[index.keys.sort]["S"] if index.keys.sort else ""
                place = (sort, *self._key(item))
                if is_new:
                    index.entries.setdefault(value, {})[place] = item
                else:
                    index.entries.get(value, {}).pop(place, None)

    def _is_gone(self, item: Item) -> bool:
        expires = item.get(self.layout.expires, {}).get("N") if self.layout.expires else None
        return expires is not None and Decimal(expires) + _TTL_LATE_SECONDS < Decimal(self._now())
