"""Granting and revoking on the table of exceptions. Rootguard's functions only read there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from rootguard.aws.dynamo import Table
from rootguard.aws.exceptions import INDEX, LAST, LONGEST_REASON, item_of, key_of, permits_of
from rootguard.domain.exceptions import Permit, State
from rootguard.ports import LedgerError

_VISIBLE_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.2
_Change = Callable[[Sequence[Permit]], tuple[Permit, ...] | None]


class Grants:
    """What a granter does in the partition of their own.

    Args:
        table: the table of exceptions.
        sleep: waits some seconds.
    """

    def __init__(self, table: Table, sleep: Callable[[float], None] = time.sleep) -> None:
        self._table = table
        self._sleep = sleep

    def grant(self, permit: Permit) -> bool:
        """Put an exception on record, and wait until the guard can find it: False if it was there before.

        Raises:
            LedgerError: also if `granted_by` is not the `aws:userid` of the caller, which is `UserId` in the
                answer of sts:GetCallerIdentity; if two others of theirs still run there; and if the index
                does not show it within ten seconds.
        """
        if not self._change(permit, lambda before: granted(before, permit)):
            return False
        pk, sk = key_of(permit)
        for _ in range(int(_VISIBLE_SECONDS / _POLL_SECONDS)):
            if any(self._table.query("sk = :sk AND pk = :pk", INDEX, sk=sk, pk=pk)):
                return True
            self._sleep(_POLL_SECONDS)
        raise LedgerError(
            "the exception is on record, but the guard cannot find it yet: list it before it is used"
        )

    def revoke(self, permit: Permit, at: datetime) -> bool:
        """Take one's own exception back: False if it is not there, or was revoked before."""
        return self._change(permit, lambda before: revoked(before, permit, at))

    def _change(self, permit: Permit, change: _Change) -> bool:
        item = self._table.get(key_of(permit))
        after = change(permits_of(item) if item else ())
        if after is None:
            return False
        if item is None or "permits" not in item:
            written = self._table.put(item_of(after), "attribute_not_exists(permits)")
        else:
            written = self._table.put(item_of(after), "permits = :read", read=item["permits"])
        if not written:
            raise LedgerError("another command of yours changed this exception just now: try again")
        return True


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
    after = (*(each for each in before if each.key != permit.key), permit)
    now = permit.granted_at or datetime.now(UTC)
    if any(each.state(now) is State.OPEN for each in after[:-LAST]):
        raise LedgerError(
            f"{LAST} exceptions of yours for {permit.policy_id} on {permit.target_id} are not over: "
            "revoke the older one first"
        )
    return after[-LAST:]


def revoked(before: Sequence[Permit], permit: Permit, at: datetime) -> tuple[Permit, ...] | None:
    """Return what an item holds after an exception was revoked; None if it is not there to be revoked."""
    if not any(each.key == permit.key and each.revoked_at is None for each in before):
        return None
    return tuple(replace(each, revoked_at=at) if each.key == permit.key else each for each in before)
