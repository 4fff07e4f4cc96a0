"""The survey in the ledger's table: one partition, which a sweep reads in one query.

| what | pk | sk |
|---|---|---|
| a spot: what lies above it, what is guarded there | `SURVEY#` | `SPOT#<target>` |
| how far a round has come | `SURVEY#` | `TURN#<what goes round>` |
| which policies there are | `SURVEY#` | `LISTED#<type>` |
| when an account was last moved | `SURVEY#` | `MOVED` |

A write gives way to a later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rootguard.aws.ledger_items import stamp
from rootguard.aws.ledger_table import Item, Table
from rootguard.domain.survey import Listing, Spot, Survey, Turn
from rootguard.ports import LedgerError

SURVEY: Final = "SURVEY"
_ALL: Final = f"{SURVEY}#"
_SPOT: Final = "SPOT#"
_TURN: Final = "TURN#"
_LISTED: Final = "LISTED#"
_MOVED: Final = "MOVED"


class DynamoSurveys:
    """`ports.Surveys` on the stack's table, for one invocation.

    Args:
        table: what the invocation asks, here and for the ledger.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def survey(self) -> Survey:
        """Return all that is remembered."""
        items = {item["sk"]: item for item in self._table.partition(_ALL)}
        try:
            moved = items.get(_MOVED)
            return Survey(
                {_name(key): _spot_of(item) for key, item in items.items() if key.startswith(_SPOT)},
                {_name(key): _turn_of(item) for key, item in items.items() if key.startswith(_TURN)},
                datetime.fromisoformat(moved["as_of"]) if moved else None,
                {_name(key): _listing_of(item) for key, item in items.items() if key.startswith(_LISTED)},
            )
        except (KeyError, ValueError) as error:
            raise LedgerError(f"the ledger's survey cannot be read: {error!r}") from error

    def keep_spot(self, target_id: str, spot: Spot) -> None:
        """Keep what lies above a target."""
        item = {"above": " ".join(spot.above), "types": " ".join(sorted(spot.types))}
        self._put({"sk": f"{_SPOT}{target_id}", **item}, spot.at)

    def keep_turn(self, name: str, turn: Turn, at: datetime) -> None:
        """Keep how far a round has come."""
        complete = {"complete": "yes"} if turn.complete else {}
        self._put({"sk": f"{_TURN}{name}", "after": turn.after, **complete}, at)

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        """Keep which policies of a type there are."""
        item = {"sk": f"{_LISTED}{policy_type}", "policies": " ".join(sorted(listing.policies))}
        self._put(item, listing.at)

    def moved(self, at: datetime) -> None:
        """Note that an account was moved."""
        self._put({"sk": _MOVED}, at)

    def _put(self, item: Item, at: datetime) -> None:
        self._table.put_unless_later({"pk": _ALL, **item}, stamp(at))


def _spot_of(item: Mapping[str, str]) -> Spot:
    above, types = (item[name].split() for name in ("above", "types"))
    return Spot(tuple(above), frozenset(types), datetime.fromisoformat(item["as_of"]))


def _turn_of(item: Mapping[str, str]) -> Turn:
    return Turn(item["after"], "complete" in item)


def _listing_of(item: Mapping[str, str]) -> Listing:
    return Listing(frozenset(item["policies"].split()), datetime.fromisoformat(item["as_of"]))


def _name(key: str) -> str:
    return key.partition("#")[2]
