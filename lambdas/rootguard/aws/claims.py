"""The notifier's notes in the ledger: who is about to page a notice, and which ones were paged.

    claim ──page──▶ paged         the usual way
    claim ──it fails──▶ release   the next delivery of the notice pages
    claim ──it dies──▶ 60 s ──▶ claim by the next delivery

They have the pk `NOTICE#<key>` and the sk `#claim`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from rootguard.aws.dynamo import Item, Key, Table, seconds, stamp

HELD: Final = timedelta(seconds=60)
_KEPT: Final = timedelta(days=365)


class Claims:
    """The notes of the notifier, in the ledger's table. Each method raises LedgerError.

    A `holder` is what tells this invocation from others that claim at the same moment.
    """

    def __init__(self, table: Table, holder: str = "") -> None:
        self._table, self._holder = table, holder

    def claim(self, key: str, now: datetime) -> bool:
        """Claim a notice for 60 seconds: False if it was paged, or if someone else holds it."""
        claim = _item(key, now, held_until=stamp(now + HELD), holder=self._holder)
        # The SDK tries again if an answer was lost. What it finds then is its own claim.
        nobody = "attribute_not_exists(held_until) OR held_until <= :now OR holder = :holder"
        free = f"attribute_not_exists(paged_at) AND ({nobody})"
        return self._table.put(claim, free, now=stamp(now), holder=self._holder)

    def paged(self, key: str, now: datetime) -> None:
        """Note that people were paged: nobody claims this notice again, for a year."""
        self._table.put(_item(key, now, paged_at=stamp(now)))

    def published(self, keys: Collection[str]) -> dict[str, datetime]:
        """Return when notices were published, of those that were. For people only."""
        found = self._table.get_all([_key(key) for key in keys])
        paged = {key: found.get(_key(key), {}).get("paged_at") for key in keys}
        return {key: datetime.fromisoformat(at) for key, at in paged.items() if at}

    def release(self, key: str) -> None:
        """Give a claim up, if the page did not go out."""
        self._table.delete(_key(key), "attribute_not_exists(paged_at)")


def _key(key: str) -> Key:
    return f"NOTICE#{key}", "#claim"


def _item(key: str, now: datetime, **said: str) -> Item:
    pk, sk = _key(key)
    return {"pk": pk, "sk": sk, **said, "expires": seconds(now + _KEPT)}
