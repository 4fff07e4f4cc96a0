"""How the inventory's items are laid out in the ledger's table.

| what | pk | sk |
|---|---|---|
| how far a round has come | `ROUND#` | `<what goes round>` |
| which policies of a type there are | `LISTING#<type>` | `#latest` |
| where a policy is attached | `INVENTORY#<type>` | `<policy>` |
| what lies above a target | `ABOVE#<target>` | `#latest` |
| when an account was last moved | `MOVED#` | `#latest` |

Sets of ids are JSON text, and compressed if they are long (`packing`): a policy on ten thousand accounts
takes some 90 kB, and a listing of ten thousand policies some 200 kB.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from rootguard.aws.ledger_items import LATEST, digest, stamp
from rootguard.aws.ledger_table import Item, Key, Written
from rootguard.aws.packing import packed, unpacked
from rootguard.domain.inventory import Above, Listing, Located, Round

MOVED_KEY: Final[Key] = ("MOVED#", LATEST)


ROUNDS: Final = "ROUND#"


def round_key(policy_type: str) -> Key:
    """Return the key of a round: of a policy type, or of something else that goes round."""
    return ROUNDS, policy_type


def round_item(policy_type: str, turn: Round) -> Item:
    """Return the item that says how far a round has come."""
    pk, sk = round_key(policy_type)
    return {"pk": pk, "sk": sk, "after": turn.after, "complete": "yes" if turn.complete else "no"}


def round_of(item: Written) -> Round:
    """Return how far a round has come."""
    return Round(item["after"], {"yes": True, "no": False}[item["complete"]])


def listing_key(policy_type: str) -> Key:
    """Return the key of the listing of a policy type."""
    return f"LISTING#{policy_type}", LATEST


def listing_item(policy_type: str, listing: Listing) -> Item:
    """Return the item that says which policies there are."""
    pk, sk = listing_key(policy_type)
    times = {"at": listing.at, "began": listing.began}
    return {
        "pk": pk,
        "sk": sk,
        "policies": _text(listing.policies),
        "partial": _text(listing.partial),
        "token": listing.token,
        **{name: stamp(at) for name, at in times.items() if at is not None},
    }


def listing_of(item: Written) -> Listing:
    """Return which policies there are."""
    return Listing(
        policies=_ids(item["policies"]),
        at=_time(item, "at"),
        partial=_ids(item["partial"]),
        token=item["token"],
        began=_time(item, "began"),
    )


def located_partition(policy_type: str) -> str:
    """Return the partition of where the policies of a type are attached."""
    return f"INVENTORY#{policy_type}"


def located_item(policy_type: str, policy_id: str, located: Located) -> Item:
    """Return the item that says where a policy is attached."""
    item: dict[str, str | int] = {"targets": _text(located.targets)}
    if located.before is not None and located.before_at is not None:
        # Two looks differ little, and only one of them has room for tens of thousands of targets.
        item["lost"] = _text(located.before - located.targets)
        item["gained"] = _text(located.targets - located.before)
        item["before_at"] = stamp(located.before_at)
    keys = {"pk": located_partition(policy_type), "sk": policy_id, "as_of": stamp(located.at)}
    return item | keys | {"digest": digest(item)}


def located_of(item: Written) -> Located:
    """Return where a policy is attached."""
    targets, at = _ids(item["targets"]), datetime.fromisoformat(item["as_of"])
    if "before_at" not in item:
        return Located(targets, at)
    before = targets - _ids(item["gained"]) | _ids(item["lost"])
    return Located(targets, at, before, datetime.fromisoformat(item["before_at"]))


def above_key(target_id: str) -> Key:
    """Return the key of what lies above a target."""
    return f"ABOVE#{target_id}", LATEST


def above_item(target_id: str, above: Above) -> Item:
    """Return the item that says what lies above a target."""
    pk, sk = above_key(target_id)
    ancestors = " ".join(above.ancestors)
    return {"pk": pk, "sk": sk, "ancestors": ancestors, "as_of": stamp(above.at), "digest": digest(ancestors)}


def above_of(item: Written) -> Above:
    """Return what lies above a target."""
    return Above(tuple(item["ancestors"].split()), datetime.fromisoformat(item["as_of"]))


def moved_item(at: datetime) -> Item:
    """Return the item that says when an account was moved."""
    pk, sk = MOVED_KEY
    return {"pk": pk, "sk": sk, "as_of": stamp(at), "digest": ""}


def moved_of(item: Written) -> datetime:
    """Return when an account was moved."""
    return datetime.fromisoformat(item["as_of"])


def _text(ids: Iterable[str]) -> str:
    return packed(sorted(ids))


def _ids(text: str) -> frozenset[str]:
    ids = unpacked(text)
    if not isinstance(ids, list):
        raise TypeError("not a list of ids")
    return frozenset(map(str, ids))


def _time(item: Written, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]) if name in item else None
