"""How exceptions lie in their table, and how they turn into what the core knows.

| what | pk | sk |
|---|---|---|
| what someone granted for one policy on one target | the granter's `aws:userid` | `<policy>#<target>` |

IAM lets a person write only in the partition that is their `aws:userid` (`dynamodb:LeadingKeys`). So a
granter has one item for a policy on a target, and can only spoil their own. Its attribute `permits` holds
the last two that they granted there, as JSON text: the event of a change that the one before permits can
still be on its way.

Granters choose the attributes, so only the two keys are trusted. What is too large, or cannot be read, is no
exception, and is never an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rootguard.aws.ledger_items import seconds, stamp
from rootguard.aws.ledger_table import Item, Key, Written
from rootguard.domain.exceptions import Permit, State
from rootguard.domain.ids import is_policy_id, is_target_id
from rootguard.ports import LedgerError

MOST_CHARACTERS: Final = 32_768
"""More than two exceptions with the longest reason take."""
LONGEST_REASON: Final = 1_000
_KEPT: Final = timedelta(days=90)
_LAST: Final = 2
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def scope(policy_id: str, target_id: str) -> str:
    """Return the sort key of all that is granted for a policy on a target."""
    return f"{policy_id}#{target_id}"


def is_scope(text: str) -> bool:
    """Tell whether a sort key names a policy and a target."""
    policy_id, _, target_id = text.partition("#")
    return is_policy_id(policy_id) and is_target_id(target_id)


def granted(before: Sequence[Permit], permit: Permit) -> tuple[Permit, ...] | None:
    """Return what an item holds after one more grant; None if this very exception is there already.

    Raises:
        LedgerError: its reason is too long, or it would push out one that still runs, which its granter
            must revoke first.
    """
    if len(permit.reason) > LONGEST_REASON:
        raise LedgerError(f"the reason is longer than {LONGEST_REASON} characters")
    if any(each.key == permit.key and each.revoked_at is None for each in before):
        return None
    others = [each for each in before if each.key != permit.key]
    now = permit.granted_at or datetime.now(UTC)
    dropped = others[: len(others) - _LAST + 1] if len(others) >= _LAST else []
    if any(each.state(now) is State.OPEN for each in dropped):
        raise LedgerError(
            f"{_LAST} exceptions of yours for {permit.policy_id} on {permit.target_id} are not over: "
            "revoke the older one first"
        )
    return (*others, permit)[-_LAST:]


def revoked(before: Sequence[Permit], permit: Permit, at: datetime) -> tuple[Permit, ...] | None:
    """Return what an item holds after an exception was revoked; None if it is not there to be revoked."""
    if not any(each.key == permit.key and each.revoked_at is None for each in before):
        return None
    return tuple(replace(each, revoked_at=at) if each.key == permit.key else each for each in before)


def item_of(permits: Sequence[Permit]) -> Item:
    """Return the item of what one granter granted for one policy on one target."""
    last = permits[-1]
    return {
        "pk": last.granted_by,
        "sk": scope(last.policy_id, last.target_id),
        "permits": json.dumps([_as_json(permit) for permit in permits]),
        "expires": seconds(max(permit.expires_at for permit in permits) + _KEPT),
    }


def permits_of(key: Key, item: Written) -> tuple[Permit, ...]:
    """Return the exceptions of an item, whatever its granter wrote there; bad ones are left out."""
    text = item.get("permits", "")
    if len(text) > MOST_CHARACTERS:
        return ()
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    found = [_permit(key, entry) for entry in (entries[-_LAST:] if isinstance(entries, list) else ())]
    return tuple(permit for permit in found if permit is not None)


def _as_json(permit: Permit) -> dict[str, str | None]:
    return {
        "content_sha256": permit.content_sha256,
        "reason": permit.reason,
        "granted_at": stamp(permit.granted_at) if permit.granted_at else None,
        "expires_at": stamp(permit.expires_at),
        "revoked_at": stamp(permit.revoked_at) if permit.revoked_at else None,
    }


def _permit(key: Key, entry: Any) -> Permit | None:
    granter, (policy_id, _, target_id) = key[0], key[1].partition("#")
    if not isinstance(entry, dict):
        return None
    digest, reason = entry.get("content_sha256"), entry.get("reason")
    if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        return None
    try:
        expires_at = _time(entry["expires_at"])
        granted_at, revoked_at = (
            _time(entry[name]) if entry.get(name) is not None else None
            for name in ("granted_at", "revoked_at")
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return Permit(
        policy_id=policy_id,
        target_id=target_id,
        content_sha256=digest,
        granted_by=granter,
        expires_at=expires_at,
        reason=reason[:LONGEST_REASON] if isinstance(reason, str) else "",
        granted_at=granted_at,
        revoked_at=revoked_at,
    )


def _time(text: str) -> datetime:
    """Return a time with an offset as UTC. Raises TypeError, ValueError, OverflowError for others."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    at = at.astimezone(UTC)
    at - timedelta(days=2), at + timedelta(days=2)  # the rules calculate with it
    return at
