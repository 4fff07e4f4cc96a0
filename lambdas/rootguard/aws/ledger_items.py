"""How the ledger's items are laid out, and how they turn into what the core knows.

| what | pk | sk | kind, entry (in the index) |
|---|---|---|---|
| a policy accepted on a target | `BASELINE#<target>` | `<policy>` | `BASELINE`, `<policy>#<target>` |
| one that is accepted to be gone | `BASELINE#<target>` | `<policy>` | - |
| that a target was adopted | `BASELINE#<target>` | `#adopted` | - |
| the accepted document of a policy | `POLICY#<policy>` | `#accepted` | - |
| a policy as it was last learnt | `POLICY#<policy>` | `#latest` | - |
| where a pinned account belongs | `PLACE#<account>` | `#latest` | `PLACE`, `<account>` |
| what came of an event | `EVENT#<event id>` | `#mark` | - |
| what was undone of late | `FIGHT#<subject>` | `#latest` | - |
| that an exception was used | `USE#<exception>` | `#use` | - |
| which places are protected | `COVERAGE#` | `#latest` | - |

`ledger_records` has the incidents, `claims` the notifier's notes, `inventory` what sweeps remember. Only
Rootguard's own roles write here: people write exceptions into a table of their own (`exceptions`).

An item that may be written out of order holds `as_of` and `digest`. The later word counts, and of two words
of the same time the one with the greater digest, so that any order ends in the same state.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

from rootguard.aws.ledger_table import Item, Key, Written
from rootguard.aws.packing import packed, unpacked
from rootguard.domain.baseline import Acceptance, Approval, Placement, TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.policy import Policy
from rootguard.domain.reader import AcceptedDocument
from rootguard.ports import EventMark, LedgerError

LATEST: Final = "#latest"
ADOPTED: Final = "#adopted"
BASELINE: Final = "BASELINE"
PLACE: Final = "PLACE"

_EVENTS_KEPT: Final = timedelta(days=40)
"""Longer than EventBridge, Lambda and the dead-letter queue keep an event together."""
_FIGHTS_KEPT: Final = timedelta(days=3)
"""Longer than twice the longest wait of a fight."""
_USES_KEPT: Final = timedelta(days=90)
_T = TypeVar("_T")


def stamp(at: datetime) -> str:
    """Return a time so that texts sort as times do: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def seconds(at: datetime) -> int:
    """Return a time as DynamoDB's time to live wants it."""
    return int(at.timestamp())


def digest(said: Any) -> str:
    """Return what decides between two words of the same time."""
    text = json.dumps(said, sort_keys=True)  # in ASCII, so that any text there is can be encoded
    return sha256(text.encode("ascii")).hexdigest()


def read(key: Key, parse: Callable[[Written], _T], item: Written | None) -> _T | None:
    """Return what an item says, or None if there is none. Raises LedgerError if it cannot be read."""
    if item is None:
        return None
    try:
        return parse(item)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise LedgerError(f"the ledger's item {'/'.join(key)} cannot be read: {error!r}") from error


# The baseline


def acceptance_key(policy_id: str, target_id: str) -> Key:
    """Return the key of what was accepted of a policy on a target."""
    return f"{BASELINE}#{target_id}", policy_id


def acceptance_digest(word: Acceptance) -> str:
    """Return the digest of an acceptance; that a policy is gone has the least one of all."""
    return digest([word.policy_type, word.by.value]) if word.present else ""


def acceptance_item(policy_id: str, target_id: str, word: Acceptance) -> Item:
    """Return the item that says that a policy is accepted on a target, or accepted to be gone."""
    pk, sk = acceptance_key(policy_id, target_id)
    item = {
        "pk": pk,
        "sk": sk,
        "as_of": stamp(word.at),
        "digest": acceptance_digest(word),
        "present": "yes" if word.present else "no",
        "type": word.policy_type,
        "by": word.by.value,
    }
    return item | {"kind": BASELINE, "entry": f"{policy_id}#{target_id}"} if word.present else item


def acceptance_of(item: Written) -> Acceptance:
    """Return what was accepted."""
    present = {"yes": True, "no": False}[item["present"]]
    return Acceptance(present, item["type"], datetime.fromisoformat(item["as_of"]), Approval(item["by"]))


def adopted_key(target_id: str) -> Key:
    """Return the key of the note that a target was adopted."""
    return f"{BASELINE}#{target_id}", ADOPTED


def adopted_of(item: Written) -> TargetBaseline:
    """Return the note of an adoption, without the policies."""
    types = frozenset(item.get("types", "").split())
    return TargetBaseline(datetime.fromisoformat(item["adopted_at"]), types)


# Policies


def document_key(policy_id: str) -> Key:
    """Return the key of the accepted document of a policy."""
    return f"POLICY#{policy_id}", "#accepted"


def document_digest(document: AcceptedDocument) -> str:
    """Return the digest of an accepted document."""
    return digest([document.policy.as_json(), document.by.value])


def document_item(document: AcceptedDocument) -> Item:
    """Return the item of the accepted document of a policy."""
    pk, sk = document_key(document.policy.id)
    return {
        "pk": pk,
        "sk": sk,
        "as_of": stamp(document.at),
        "digest": document_digest(document),
        "policy": packed(document.policy.as_json()),
        "by": document.by.value,
    }


def document_of(item: Written) -> AcceptedDocument:
    """Return the accepted document of a policy."""
    policy = Policy.from_json(unpacked(item["policy"]))
    return AcceptedDocument(policy, datetime.fromisoformat(item["as_of"]), Approval(item["by"]))


def known_key(policy_id: str) -> Key:
    """Return the key of a policy in the catalogue."""
    return f"POLICY#{policy_id}", LATEST


def known_item(policy: Policy, at: datetime) -> Item:
    """Return the item of a policy as it was learnt at `at`."""
    pk, sk = known_key(policy.id)
    said = policy.as_json()
    return {"pk": pk, "sk": sk, "as_of": stamp(at), "digest": digest(said), "policy": packed(said)}


def known_of(item: Written) -> Policy:
    """Return a policy from the catalogue."""
    return Policy.from_json(unpacked(item["policy"]))


# Accounts


def place_key(account_id: str) -> Key:
    """Return the key of where an account belongs."""
    return f"{PLACE}#{account_id}", LATEST


def place_item(account_id: str, placement: Placement) -> Item:
    """Return the item that says where an account belongs."""
    pk, sk = place_key(account_id)
    return {
        "pk": pk,
        "sk": sk,
        "as_of": stamp(placement.at),
        "digest": digest(placement.parent_id),
        "parent": placement.parent_id,
        "kind": PLACE,
        "entry": account_id,
    }


def place_of(item: Written) -> Placement:
    """Return where an account belongs."""
    return Placement(item["parent"], datetime.fromisoformat(item["as_of"]))


# Events, fights, exceptions that were used, coverage


def mark_key(event_id: str) -> Key:
    """Return the key of what came of an event."""
    return f"EVENT#{event_id}", "#mark"


def mark_item(event_id: str, mark: EventMark) -> Item:
    """Return the item that says what came of an event."""
    pk, sk = mark_key(event_id)
    expires = seconds(mark.at + _EVENTS_KEPT)
    return {"pk": pk, "sk": sk, "came_of": mark.came_of, "at": stamp(mark.at), "expires": expires}


def mark_of(item: Written) -> EventMark:
    """Return what came of an event."""
    return EventMark(item["came_of"], datetime.fromisoformat(item["at"]))


def fight_key(subject: Subject) -> Key:
    """Return the key of what was undone of a subject."""
    return f"FIGHT#{subject.key}", LATEST


def fight_rank(fight: Fight) -> tuple[str, str]:
    """Return what makes one fight later than another: its last undo, and its round."""
    last = fight.last or datetime.fromtimestamp(0, UTC)
    return stamp(last), f"{fight.round:09}{digest([*map(stamp, fight.reverts)])}"


def fight_item(subject: Subject, fight: Fight) -> Item:
    """Return the item that says what was undone of a subject."""
    pk, sk = fight_key(subject)
    as_of, rank = fight_rank(fight)
    return {
        "pk": pk,
        "sk": sk,
        "as_of": as_of,
        "digest": rank,
        "reverts": " ".join(map(stamp, fight.reverts)),
        "round": str(fight.round),
        "stopped_at": stamp(fight.stopped_at) if fight.stopped_at else "",
        "expires": seconds(datetime.fromisoformat(as_of) + _FIGHTS_KEPT),
    }


def fight_of(item: Written) -> Fight:
    """Return what was undone of a subject."""
    reverts = tuple(map(datetime.fromisoformat, item["reverts"].split()))
    stopped_at = datetime.fromisoformat(item["stopped_at"]) if item["stopped_at"] else None
    return Fight(reverts, int(item["round"]), stopped_at)


def use_key(permit: Permit) -> Key:
    """Return the key of the note that an exception was used."""
    return f"USE#{permit.key}", "#use"


def use_item(permit: Permit, event_id: str, at: datetime) -> Item:
    """Return the item that says that an event used an exception."""
    pk, sk = use_key(permit)
    expires = seconds(permit.expires_at + _USES_KEPT)
    return {"pk": pk, "sk": sk, "used_at": stamp(at), "used_by": event_id, "expires": expires}


def use_of(item: Written) -> tuple[datetime, str]:
    """Return when an exception was used, and by which event."""
    return datetime.fromisoformat(item["used_at"]), item["used_by"]


COVERAGE_KEY: Final[Key] = ("COVERAGE#", LATEST)


def coverage_item(coverage: str) -> Item:
    """Return the item that says which places are protected."""
    pk, sk = COVERAGE_KEY
    return {"pk": pk, "sk": sk, "coverage": coverage}


def coverage_of(item: Written) -> str:
    """Return which places are protected."""
    return item["coverage"]
