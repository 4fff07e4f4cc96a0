"""Exceptions on DynamoDB, in the table that people write. Here they are only read; the command writes them.

| what | pk | sk |
|---|---|---|
| what someone granted for one policy on one target | the granter's `aws:userid` | `<policy>#<target>` |

    an event: Query by-scope (who granted something for this policy on this target) ─▶ BatchGetItem
    a sweep:  Scan  by-scope (all keys)                                             ─▶ BatchGetItem

IAM lets a person write only in the partition that is their `aws:userid` (`dynamodb:LeadingKeys`). Its
attribute `permits` holds the last two that they granted there, as JSON text: the event of a change that the
one before permits can still be on its way. Granters choose the attributes, so only the two keys are trusted,
and the index holds nothing else: nobody can make it slow with large items. What is too large, or cannot be
read, is no exception, and is never an error.

Others are read all the same: each principal gets its turn before anyone gets a second one, and there is a
most for each. A principal is the part of `aws:userid` before the colon, since whoever may assume a role
chooses the name of the session behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, zip_longest
from typing import Any, Final

from rootguard.aws.dynamo import Item, Key, Table, Written, seconds
from rootguard.domain.exceptions import Permit
from rootguard.domain.policy import is_policy_id, is_target_id

INDEX: Final = "by-scope"
MOST_OF_A_SCOPE: Final = 100
"""How many granters are read for one policy on one target."""
MOST_OF_A_PRINCIPAL: Final = 200
"""How many items of one principal a sweep reads."""
MOST_OF_ALL: Final = 2_000
_MOST_KEYS_OF_A_SCOPE: Final = 10_000
_PAGES: Final = 20
"""How much of the index a sweep reads: 20 MB, which takes some seconds."""
_MOST_CHARACTERS: Final = 32_768
"""More than two exceptions with the longest reason take."""
LONGEST_REASON: Final = 1_000
LAST: Final = 2
"""How many exceptions an item holds."""
_KEPT: Final = timedelta(days=90)
_SAID: Final = ("content_sha256", "reason", "granted_at", "expires_at", "revoked_at")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class DynamoExceptions:
    """`ports.Exceptions` on the table of exceptions. `warn` gets a line if not everything was read."""

    def __init__(self, table: Table, warn: Callable[[str], None]) -> None:
        self._table, self._warn = table, warn

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        found = self._table.query("sk = :sk", INDEX, sk=f"{policy_id}#{target_id}")
        return self._read(islice(found, _MOST_KEYS_OF_A_SCOPE), MOST_OF_A_SCOPE)

    def all(self) -> tuple[Permit, ...]:
        return self._read(self._table.scan(INDEX, _PAGES), MOST_OF_ALL)

    def _read(self, found: Iterable[Written], most: int) -> tuple[Permit, ...]:
        keys = [(item["pk"], item["sk"]) for item in found if _is_scope(item["sk"])]
        wanted = list(islice(_in_turns(keys), most))
        items, left_out = self._table.get_some(wanted)
        if left_out or len(wanted) < len(keys):
            self._warn(f"{len(keys) - len(items)} of {len(keys)} items with exceptions were not read")
        return tuple(permit for key in wanted if key in items for permit in permits_of(items[key]))


def key_of(permit: Permit) -> Key:
    """Return the key of the item that an exception is in."""
    return permit.granted_by, f"{permit.policy_id}#{permit.target_id}"


def _in_turns(keys: Iterable[Key]) -> Iterator[Key]:
    """Yield a key of each principal, then a second one of each, and so on."""
    by_principal: dict[str, list[Key]] = {}
    for key in keys:
        of_one = by_principal.setdefault(key[0].partition(":")[0], [])
        if len(of_one) < MOST_OF_A_PRINCIPAL:
            of_one.append(key)
    for turn in zip_longest(*by_principal.values()):
        yield from (key for key in turn if key is not None)


def _is_scope(text: str) -> bool:
    policy_id, _, target_id = text.partition("#")
    return is_policy_id(policy_id) and is_target_id(target_id)


def item_of(permits: Sequence[Permit]) -> Item:
    """Return the item of what one granter granted for one policy on one target."""
    pk, sk = key_of(permits[-1])
    entries = [{name: permit.as_json()[name] for name in _SAID} for permit in permits]
    end = max(permit.expires_at for permit in permits) + _KEPT
    return {"pk": pk, "sk": sk, "permits": json.dumps(entries), "expires": seconds(end)}


def permits_of(item: Written) -> tuple[Permit, ...]:
    """Return the exceptions of an item, whatever its granter wrote there; bad ones are left out."""
    text = item.get("permits", "")
    try:
        entries = json.loads(text) if len(text) <= _MOST_CHARACTERS else ()
    except (ValueError, RecursionError):
        return ()
    found = [_permit(item, entry) for entry in (entries[-LAST:] if isinstance(entries, list) else ())]
    return tuple(permit for permit in found if permit is not None)


def _permit(item: Written, entry: Any) -> Permit | None:
    policy_id, _, target_id = item["sk"].partition("#")
    try:
        given = {name: entry.get(name) for name in ("expires_at", "granted_at", "revoked_at")}
        times: dict[str, Any] = {name: _time(text) for name, text in given.items() if text is not None}
        digest, reason = entry["content_sha256"], entry.get("reason")
        said = reason[:LONGEST_REASON] if isinstance(reason, str) else ""
        permit = Permit(policy_id, target_id, digest, item["pk"], reason=said, **times)
        return permit if _DIGEST.fullmatch(digest) else None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None


def _time(text: str) -> datetime:
    """Return a time with an offset as UTC. Raises TypeError, ValueError, OverflowError for others."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    at = at.astimezone(UTC)
    at - timedelta(days=2), at + timedelta(days=2)  # the rules calculate with it
    return at
