r"""How the ledger's items are laid out, and how they turn into what the core knows.

| what | pk | sk | kind, entry (in the index) |
|---|---|---|---|
| a policy, as last learnt | `POLICY#<policy>` | `#latest` | - |
| a policy accepted on a target | `BASELINE#<target>` | `<policy>` | `BASELINE`, `<policy>#<target>` |
| one that is accepted no more | `BASELINE#<target>` | `<policy>` | - |
| that a target was adopted | `BASELINE#<target>` | `#adopted` | - |
| where an account belongs | `PLACE#<account>` | `#latest` | - |
| an exception | the granter's `aws:userid` | `EXCEPTION#<scope>` | `EXCEPTION`, `<scope>#<granter>` |
| that it was used | `USE#<granter>` | `EXCEPTION#<scope>` | `USE`, `<scope>#<granter>` |
| that a change was undone | `REVERTS#<policy>#<target>` | `<at>` | - |
| an incident's key | `INCIDENT#<key>` | `#current` | `INCIDENT`, `<key>` while open |
| that someone is paging it | `INCIDENT#<key>` | `#claimed` | - |
| a closed incident | `INCIDENT#<key>` | `<opened at>` | `CLOSED`, `<closed at>#<key>` |

An exception's scope is `<policy>#<target>#<digest of the content>#<its end>`. Its partition alone is written
by people, each in the one that IAM ties to their `aws:userid`. That id never holds a `#`: it is an account's
id, a unique id of IAM, or one of these, a colon and a session name, whose characters are `[\w+=,.@-]` ("IAM
JSON policy elements: Variables and tags", IAM User Guide; "AssumeRole", AWS STS API Reference). Every other
partition's key does hold one, so nobody's exceptions can pass for anything else. But people choose what else
stands in their items, `kind` and `entry` included: so every reader goes by the table's own keys, and takes no
notice of what does not fit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from rootguard.aws.ledger_episodes import Episodes
from rootguard.aws.ledger_table import Item
from rootguard.domain.exceptions import Grant
from rootguard.domain.facts import BaselinePolicy, Permit, Place, Policy
from rootguard.incidents.incident import RecordedIncident

LATEST: Final = "#latest"
ADOPTED: Final = "#adopted"
CURRENT: Final = "#current"
CLAIMED: Final = "#claimed"

CATALOGUE: Final = "POLICY"
BASELINE: Final = "BASELINE"
EXCEPTION: Final = "EXCEPTION"
USE: Final = "USE"
INCIDENT: Final = "INCIDENT"
CLOSED: Final = "CLOSED"
REVERTS: Final = "REVERTS"
PLACE: Final = "PLACE"

_EXCEPTIONS_KEPT: Final = timedelta(days=90)
_PLACES_KEPT: Final = timedelta(days=30)
"""Longer than a dead letter waits to be handled once more."""
_INCIDENTS_KEPT: Final = timedelta(days=365)


def stamp(at: datetime) -> str:
    """Return a time so that texts sort as times do: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def catalogue_item(policy: Policy, at: datetime) -> Item:
    """Return the item of a policy as it was at `at`."""
    said = _present(
        type=policy.type,
        name=policy.name,
        content=policy.content,
        description=policy.description,
        organization_id=policy.organization_id,
        aws_managed="yes" if policy.aws_managed else None,
    )
    keys = {"pk": f"{CATALOGUE}#{policy.id}", "sk": LATEST}
    return {**said, **keys, "as_of": stamp(at), "digest": _digest(said)}


def policy_of(policy_id: str, item: Mapping[str, str]) -> Policy:
    """Return the policy of an item of the catalogue."""
    return Policy(
        id=policy_id,
        type=item["type"],
        name=item.get("name"),
        aws_managed="aws_managed" in item,
        content=item.get("content"),
        description=item.get("description"),
        organization_id=item.get("organization_id"),
    )


def baseline_item(target_id: str, policy_id: str, policy: BaselinePolicy | None, at: datetime) -> Item:
    """Return the item that says: accepted there since `at`, or (None) gone from there since."""
    keys = {"pk": f"{BASELINE}#{target_id}", "sk": policy_id, "as_of": stamp(at)}
    if policy is None:
        # The least digest of all: said at the same second, that it is there wins over that it is not.
        return {**keys, "gone": "yes", "digest": ""}
    said = _present(
        type=policy.type,
        name=policy.name,
        description=policy.description,
        content=policy.content,
        organization_id=policy.organization_id,
    )
    return {
        **said,
        **keys,
        "digest": _digest(said),
        "kind": BASELINE,
        "entry": f"{policy_id}#{target_id}",
    }


def accepted_of(item: Mapping[str, str]) -> BaselinePolicy | None:
    """Return what was accepted; None for a policy that is gone, and for the note of the adoption."""
    if "gone" in item or item["sk"] == ADOPTED:
        return None
    return BaselinePolicy(
        name=item.get("name"),
        content=item.get("content"),
        type=item.get("type"),
        description=item.get("description"),
        organization_id=item.get("organization_id"),
    )


def place_item(account_id: str, place: Place) -> Item:
    """Return the item that says where an account belongs."""
    said = _present(
        parent=place.parent_id,
        accepted="yes" if place.accepted else None,
        source=place.source_id or None,
    )
    keys = {"pk": f"{PLACE}#{account_id}", "sk": LATEST, "as_of": stamp(place.at), "digest": _digest(said)}
    return {**said, **keys, "expires": _seconds(place.at + _PLACES_KEPT)}


def place_of(item: Mapping[str, str]) -> Place:
    """Return where an account belongs."""
    at = datetime.fromisoformat(item["as_of"])
    return Place(item["parent"], at, accepted="accepted" in item, source_id=item.get("source", ""))


def exception_key(permit: Permit) -> tuple[str, str]:
    """Return pk and sk of an exception's item."""
    return permit.granted_by, f"{EXCEPTION}#{_scope(permit)}"


def use_key(permit: Permit) -> tuple[str, str]:
    """Return pk and sk of the item that says that an exception was used."""
    return f"{USE}#{permit.granted_by}", f"{EXCEPTION}#{_scope(permit)}"


def exception_item(grant: Grant) -> Item:
    """Return the item of an exception, to be written by its granter."""
    permit = grant.permit
    pk, sk = exception_key(permit)
    times = {"granted_at": grant.granted_at, "revoked_at": grant.revoked_at}
    return {
        "pk": pk,
        "sk": sk,
        "reason": permit.reason,
        **{name: stamp(at) for name, at in times.items() if at is not None},
        "kind": EXCEPTION,
        "entry": f"{_scope(permit)}#{permit.granted_by}",
        "expires": _seconds(permit.expires_at + _EXCEPTIONS_KEPT),
    }


def reverts_key(policy_id: str, target_id: str) -> str:
    """Return the partition of what was undone of a policy on a target."""
    return f"{REVERTS}#{policy_id}#{target_id}"


def revert_item(policy_id: str, target_id: str, at: datetime) -> Item:
    """Return the item that says: a change was undone at `at`. It is kept for a day."""
    return {
        "pk": reverts_key(policy_id, target_id),
        "sk": stamp(at),
        "expires": _seconds(at + timedelta(days=1)),
    }


def claim_item(key: str, until: datetime) -> Item:
    """Return the item that says who pages an incident is at it, until a time."""
    return {
        "pk": f"{INCIDENT}#{key}",
        "sk": CLAIMED,
        "claimed_until": stamp(until),
        "expires": _seconds(until + timedelta(days=1)),
    }


def use_item(permit: Permit, event_id: str, at: datetime) -> Item:
    """Return the item that says: used by the event, at `at`."""
    pk, sk = use_key(permit)
    return {
        "pk": pk,
        "sk": sk,
        "used_at": stamp(at),
        "used_by": event_id,
        "kind": USE,
        "entry": f"{_scope(permit)}#{permit.granted_by}",
        "expires": _seconds(permit.expires_at + _EXCEPTIONS_KEPT),
    }


def grant_of(item: Mapping[str, str]) -> Grant | None:
    """Return the exception of an item; None where the item is none, whatever it says of itself."""
    marker, *scope = item["sk"].split("#")
    if marker != EXCEPTION or len(scope) != 4 or "#" in item["pk"]:  # noqa: PLR2004 - as in the table above
        return None
    policy_id, target_id, content_sha256, end = scope
    expires_at = _time(end)
    if expires_at is None:
        return None
    return Grant(
        Permit(policy_id, target_id, content_sha256, item["pk"], expires_at, item.get("reason", "")),
        granted_at=_time(item.get("granted_at", "")),
        # Present but not a time: revoked all the same, since some time.
        revoked_at=(_time(item["revoked_at"]) or expires_at) if "revoked_at" in item else None,
    )


def used_at_of(use: Mapping[str, str] | None) -> datetime | None:
    """Return when an exception was used, from the item that says so, if there is one."""
    return _time(use.get("used_at", "")) if use else None


def incident_item(key: str, episodes: Episodes, revision: int) -> Item:
    """Return the item of an incident's key as it now is."""
    item: Item = {
        "pk": f"{INCIDENT}#{key}",
        "sk": CURRENT,
        "revision": str(revision),
        "sightings": " ".join(sorted(map(stamp, episodes.sightings))),
        "document": json.dumps(dict(episodes.document), sort_keys=True),
        **_times(episodes),
    }
    if episodes.is_open:
        return {**item, "kind": INCIDENT, "entry": key}
    return {**item, **_expiring(episodes)}


def closed_item(key: str, before: Episodes, after: Episodes) -> Item:
    """Return the item that keeps an episode: `before` its close, and `after` it."""
    # Only an open episode is closed.
    assert before.opened_at is not None and after.closed_at is not None  # noqa: S101, PT018
    return {
        "pk": f"{INCIDENT}#{key}",
        "sk": stamp(before.opened_at),
        "document": json.dumps(dict(before.document), sort_keys=True),
        "kind": CLOSED,
        "entry": f"{stamp(after.closed_at)}#{key}",
        **_times(after),
        **_expiring(after),
    }


def episodes_of(item: Mapping[str, str]) -> Episodes:
    """Return the episodes of an incident's key."""
    return Episodes(
        sightings=frozenset(map(datetime.fromisoformat, item["sightings"].split())),
        closed_at=_time(item.get("closed_at", "")),
        paged_at=_time(item.get("paged_at", "")),
        document=document_of(item),
    )


def incident_of(item: Mapping[str, str]) -> RecordedIncident | None:
    """Return the incident that an item of the index keeps; None for one that is no incident's own.

    What else the guard keeps open is none either: a difference seen once, an exception that was paged.
    """
    kind, _, key = item["pk"].partition("#")
    record = document_of(item) if kind == INCIDENT else {}
    if "event_id" not in record:
        return None
    is_open = item["sk"] == CURRENT
    opened_at = episodes_of(item).opened_at if is_open else _time(item["sk"])
    if opened_at is None:
        return None
    paged_at = _time(item.get("paged_at", ""))
    return RecordedIncident(
        key=key,
        record=record,
        opened_at=opened_at,
        closed_at=None if is_open else _time(item["closed_at"]),
        was_paged=paged_at is not None and paged_at >= opened_at,
    )


def document_of(item: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the incident that an item keeps."""
    document: Mapping[str, Any] = json.loads(item["document"])
    return document


def _scope(permit: Permit) -> str:
    return "#".join((permit.policy_id, permit.target_id, permit.content_sha256, stamp(permit.expires_at)))


def _times(episodes: Episodes) -> dict[str, str]:
    times = {"closed_at": episodes.closed_at, "paged_at": episodes.paged_at}
    return {name: stamp(at) for name, at in times.items() if at is not None}


def _expiring(episodes: Episodes) -> dict[str, int]:
    # Without a close there is a page alone, of a sighting that is still on its way.
    last = episodes.closed_at or episodes.paged_at
    return {"expires": _seconds(last + _INCIDENTS_KEPT)} if last else {}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _time(text: str) -> datetime | None:
    """Return the time that `stamp` wrote; None for any other text."""
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None and stamp(at) == text else None
    except (ValueError, OverflowError):
        # With an offset, the first and the last hours there are have no name in UTC.
        return None


def _present(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _digest(said: Mapping[str, str]) -> str:
    text = json.dumps(said, sort_keys=True)  # in ASCII, so that any text there is can be encoded
    return sha256(text.encode("ascii")).hexdigest()
