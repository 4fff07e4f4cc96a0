"""The records of incidents in the ledger.

| what | pk | sk | kind, entry (in the index) |
|---|---|---|---|
| a record that is suspected or open | `INCIDENT#<key>` | `#current` | `INCIDENT`, `<key>` |
| a record that is clean | `INCIDENT#<key>` | `#current` | - |
| an incident that is over | `INCIDENT#<key>` | `<opened at>` | `CLOSED`, `<closed at>#<key>` |

A clean record is overwritten by the next incident of its subject. So what people heard of is kept beside it,
in the same transaction, for a year. A mere suspicion that ends leaves no such copy.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from rootguard.aws.ledger_items import digest, seconds, stamp
from rootguard.aws.ledger_table import Item, Key, Written
from rootguard.aws.packing import packed, unpacked
from rootguard.domain.drift import Drift
from rootguard.incidents.incident import Incident
from rootguard.incidents.life import Life, Record

INCIDENT: Final = "INCIDENT"
CLOSED: Final = "CLOSED"
_INCIDENTS_KEPT: Final = timedelta(days=365)
_SUSPICIONS_KEPT: Final = timedelta(days=40)
"""As long as the marks of events: the event of what was approved can come so late."""


def record_key(key: str) -> Key:
    """Return the key of a record's item."""
    return f"{INCIDENT}#{key}", "#current"


def record_item(record: Record) -> Item:
    """Return the item of a record that was read as `record.revision`, as it is after this write."""
    pk, sk = record_key(record.key)
    item = _item(record) | {"pk": pk, "sk": sk}
    if record.life is not Life.CLEAN:
        return item | {"kind": INCIDENT, "entry": record.key}
    kept = _INCIDENTS_KEPT if record.incident else _SUSPICIONS_KEPT
    return item | {"expires": seconds(_ended(record) + kept)}


def past_item(record: Record) -> Item | None:
    """Return the item that keeps an incident after its end; None for anything else."""
    if record.life is not Life.CLEAN or record.incident is None:
        return None
    pk, _ = record_key(record.key)
    return _item(record) | {
        "pk": pk,
        "sk": stamp(record.opened_at),
        "kind": CLOSED,
        "entry": f"{stamp(_ended(record))}#{record.key}",
        "expires": seconds(_ended(record) + _INCIDENTS_KEPT),
    }


def record_of(item: Written) -> Record:
    """Return the record of an item. Raises KeyError, TypeError, ValueError if it cannot be read."""
    return from_json(unpacked(item["record"]), int(item["revision"]))


def as_json(record: Record) -> dict[str, Any]:
    """Return a record as JSON data, without its revision. Times are ISO 8601."""
    return {
        "key": record.key,
        "life": record.life.value,
        "opened_at": record.opened_at.isoformat(),
        "drift": record.drift.as_json(),
        "incident": record.incident.as_json() if record.incident else None,
        "acting": record.acting,
        "last_at": record.last_at.isoformat() if record.last_at else None,
        "seen_at": record.seen_at.isoformat() if record.seen_at else None,
        "swept_at": record.swept_at.isoformat() if record.swept_at else None,
        "actors": list(record.actors),
        "events": [[event_id, notice] for event_id, notice in record.events.items()],  # in their order
        "closed_at": record.closed_at.isoformat() if record.closed_at else None,
    }


def from_json(data: dict[str, Any], revision: int) -> Record:
    """Return the record that `as_json` wrote. Raises KeyError, TypeError, ValueError for others."""
    return Record(
        key=data["key"],
        life=Life(data["life"]),
        opened_at=datetime.fromisoformat(data["opened_at"]),
        drift=Drift.from_json(data["drift"]),
        incident=Incident.from_json(data["incident"]) if data["incident"] else None,
        acting=bool(data["acting"]),
        last_at=datetime.fromisoformat(data["last_at"]) if data["last_at"] else None,
        seen_at=datetime.fromisoformat(data["seen_at"]) if data["seen_at"] else None,
        swept_at=datetime.fromisoformat(data["swept_at"]) if data["swept_at"] else None,
        actors=tuple(data["actors"]),
        events=dict(data["events"]),
        closed_at=datetime.fromisoformat(data["closed_at"]) if data["closed_at"] else None,
        revision=revision,
    )


def _item(record: Record) -> dict[str, str | int]:
    said = as_json(record)
    return {"record": packed(said), "revision": record.revision + 1, "digest": digest(said)}


def _ended(record: Record) -> datetime:
    return record.closed_at or record.opened_at
