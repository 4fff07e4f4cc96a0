"""The record of the last rehearsal, in the ledger: the pk `REHEARSAL#` and the sk `#latest`.

One is enough: how long each took is a metric, and how each ended is in the function's log.
"""

from __future__ import annotations

from typing import Final

from rootguard.aws.dynamo import NEW, Kind, Table
from rootguard.rehearsal.record import Record

RECORD: Final = Kind("REHEARSAL", Record)


class DynamoRehearsals:
    """`rehearsal.rehearsal.Records` on the stack's table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def last(self) -> Record | None:
        return RECORD.get(self._table)

    def keep(self, record: Record, instead_of: Record | None) -> bool:
        version = _version(record)
        item = RECORD.item(record) | {"version": version}
        # The SDK tries again if an answer was lost. What it finds then is this very item.
        mine = "version = :version"
        if instead_of is None:
            return self._table.put(item, f"{NEW} OR {mine}", version=version)
        return self._table.put(item, f"version = :was OR {mine}", version=version, was=_version(instead_of))


def _version(record: Record) -> str:
    return f"{record.request} {record.started.isoformat()} {record.outcome.value}"
