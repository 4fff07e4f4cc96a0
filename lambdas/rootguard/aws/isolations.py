"""The records of isolated accounts in the ledger: who is in quarantine, from where, since when, why, by whom.

They have the pk `ISOLATION#<account>` and the sk `#latest`, and no place in the index: the quarantine OU says
which accounts there are. One that came out again is kept for 90 days, so that the same release can be run
once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from rootguard.aws.dynamo import Kind, Table
from rootguard.aws.ledger import PLACE
from rootguard.aws.versions import put_instead
from rootguard.domain.baseline import Approval, Placement
from rootguard.isolation.records import Record

RECORD: Final = Kind("ISOLATION", Record)
KEPT: Final = timedelta(days=90)
"""How long after its release."""


class DynamoIsolations:
    """`isolation.ports.Records` on the stack's table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, account_id: str) -> Record | None:
        return RECORD.get(self._table, account_id)

    def keep(self, account_id: str, record: Record, instead_of: Record | None) -> bool:
        end = record.released + KEPT if record.released else None
        item = RECORD.item(record, account_id, end=end)
        was = _version(instead_of) if instead_of else None
        return put_instead(self._table, item, _version(record), was)

    def belongs(self, account_id: str) -> str:
        place = PLACE.get(self._table, account_id)
        return place.parent_id if place else ""

    def place(self, account_id: str, parent_id: str, at: datetime) -> None:
        PLACE.put_later(
            self._table, Placement(parent_id, at, Approval.TRUSTED), at, account_id, entry=account_id
        )


def _version(record: Record) -> str:
    released = record.released.isoformat() if record.released else ""
    return " ".join(filter(None, (record.request, record.latest, released)))
