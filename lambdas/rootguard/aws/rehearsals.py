"""The record of the last rehearsal, in the ledger: the pk `REHEARSAL#` and the sk `#latest`.

One is enough: how long each took is a metric, and how each ended is in the function's log.
"""

from __future__ import annotations

from typing import Final

from rootguard.aws.dynamo import Kind, Table
from rootguard.aws.versions import put_instead
from rootguard.rehearsal.record import Record

RECORD: Final = Kind("REHEARSAL", Record)


class DynamoRehearsals:
    """`rehearsal.rehearsal.Records` on the stack's table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def last(self) -> Record | None:
        return RECORD.get(self._table)

    def keep(self, record: Record, instead_of: Record | None) -> bool:
        was = _version(instead_of) if instead_of else None
        return put_instead(self._table, RECORD.item(record), _version(record), was)


def _version(record: Record) -> str:
    return f"{record.request} {record.started.isoformat()} {record.outcome.value}"
