"""The snapshots in the ledger's table: one partition for each policy type, written as seen.

| what | pk | sk |
|---|---|---|
| which policies there are | `SNAPSHOT#<type>` | `#listed` |
| where one of them stood | `SNAPSHOT#<type>` | `<policy>` |

Sets of ids are kept as JSON text. A write gives way to a later one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rootguard.aws.ledger_items import stamp
from rootguard.aws.ledger_table import Table
from rootguard.domain.snapshot import Seen, Sight, Snapshot
from rootguard.ports import LedgerError

SNAPSHOT: Final = "SNAPSHOT"
LISTED: Final = "#listed"


class DynamoSnapshots:
    """`ports.Snapshots` on the stack's table, for one invocation.

    Args:
        table: what the invocation asks, here and for the ledger.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def snapshot(self, policy_type: str) -> Snapshot:
        """Return all that was seen of a type."""
        items = {item["sk"]: item for item in self._table.partition(_partition(policy_type))}
        listing = items.pop(LISTED, None)
        try:
            seen = {policy_id: _seen_of(item) for policy_id, item in items.items()}
            if listing is None:
                return Snapshot(seen=seen)
            return Snapshot(datetime.fromisoformat(listing["as_of"]), _ids(listing["policies"]), seen)
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(policy_type, error) from error

    def seen(self, policy_type: str, policy_id: str) -> Seen | None:
        """Return the sights of one policy."""
        item = self._table.get(_partition(policy_type), policy_id)
        try:
            return _seen_of(item) if item else None
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(policy_type, error) from error

    def keep_listing(self, policy_type: str, policies: frozenset[str], at: datetime) -> None:
        """Keep which policies of a type there are."""
        item = {"pk": _partition(policy_type), "sk": LISTED, "policies": _text(policies)}
        self._table.put_unless_later(item, stamp(at))

    def keep(self, policy_type: str, policy_id: str, seen: Seen) -> None:
        """Keep where a policy stood."""
        item = {"pk": _partition(policy_type), "sk": policy_id, "targets": _text(seen.last.targets)}
        if seen.before is not None:
            item |= {"before": _text(seen.before.targets), "before_as_of": stamp(seen.before.at)}
        self._table.put_unless_later(item, stamp(seen.last.at))


def _partition(policy_type: str) -> str:
    return f"{SNAPSHOT}#{policy_type}"


def _seen_of(item: Mapping[str, str]) -> Seen:
    before = None
    if "before" in item:
        before = Sight(_ids(item["before"]), datetime.fromisoformat(item["before_as_of"]))
    return Seen(Sight(_ids(item["targets"]), datetime.fromisoformat(item["as_of"])), before)


def _text(ids: frozenset[str]) -> str:
    return json.dumps(sorted(ids))


def _ids(text: str) -> frozenset[str]:
    return frozenset(map(str, json.loads(text)))


def _unreadable(policy_type: str, error: Exception) -> LedgerError:
    return LedgerError(f"the ledger's snapshot of {policy_type} cannot be read: {error!r}")
