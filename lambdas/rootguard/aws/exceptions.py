"""Exceptions on DynamoDB, in the table that people write: what the guard reads of it, what people do there.

    an event: Query by-scope (who granted something for this policy on this target) ─▶ BatchGetItem
    a sweep:  Scan  by-scope (all keys)                                             ─▶ BatchGetItem

The index holds nothing but keys, so nobody can make it slow with large items. Whatever a granter writes,
others are read all the same, and there is no error: each principal gets its turn before anyone gets a second
one, and there is a most for each. A principal is the part of `aws:userid` before the colon, since whoever may
assume a role chooses the name of the session behind it. `exception_items` has the layout.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice, zip_longest
from typing import Final

from rootguard.aws.exception_items import granted, is_scope, item_of, permits_of, revoked, scope
from rootguard.aws.ledger_table import Key, Table
from rootguard.domain.exceptions import Permit
from rootguard.ports import LedgerError

INDEX: Final = "by-scope"
MOST_OF_A_SCOPE: Final = 100
"""How many granters are read for one policy on one target."""
MOST_OF_A_PRINCIPAL: Final = 200
"""How many items of one principal a sweep reads."""
MOST_OF_ALL: Final = 2_000
_MOST_KEYS: Final = 10_000
_PAGES: Final = 20
"""How much of the index a sweep reads: 20 MB, which are some 150,000 exceptions."""
_CHUNK: Final = 20
"""Items are 400 kB at most, so an answer is 8 MB at most, and DynamoDB leaves nothing out for its size."""
_VISIBLE_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.2


class DynamoExceptions:
    """`ports.Exceptions` on the stack's table of exceptions, and the people's side of it.

    Args:
        table: the table of exceptions.
        warn: is called with a line if not everything was read.
        sleep: waits some seconds; for `grant`.
    """

    def __init__(
        self, table: Table, warn: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._table = table
        self._warn = warn
        self._sleep = sleep

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target, of a hundred granters at most."""
        found = self._table.query("sk = :sk", {":sk": scope(policy_id, target_id)}, IndexName=INDEX)
        keys = [(item["pk"], item["sk"]) for item in islice(found, _MOST_KEYS)]
        return self._read(keys, MOST_OF_A_SCOPE)

    def all(self) -> tuple[Permit, ...]:
        """Return every exception on record, up to 200 items of one principal and 2,000 of all."""
        found = self._table.scan(INDEX, _PAGES)
        return self._read([(item["pk"], item["sk"]) for item in found if is_scope(item["sk"])], MOST_OF_ALL)

    def grant(self, permit: Permit) -> bool:
        """Put an exception on record, and wait until the guard can find it: False if it was there before.

        Raises:
            LedgerError: also if `granted_by` is not the `aws:userid` of the caller, which is `UserId` in the
                answer of sts:GetCallerIdentity; if two others of theirs still run there; and if the index
                does not show it within ten seconds.
        """
        if not self._change(permit, lambda before: granted(before, permit)):
            return False
        self._wait_for(_key(permit))
        return True

    def revoke(self, permit: Permit, at: datetime) -> bool:
        """Take one's own exception back: False if it is not there, or was revoked before."""
        return self._change(permit, lambda before: revoked(before, permit, at))

    def _change(
        self, permit: Permit, change: Callable[[Sequence[Permit]], tuple[Permit, ...] | None]
    ) -> bool:
        key = _key(permit)
        item = self._table.get(key)
        after = change(permits_of(key, item) if item else ())
        if after is None:
            return False
        if item is None or "permits" not in item:
            written = self._table.put(item_of(after), "attribute_not_exists(permits)")
        else:
            written = self._table.put(item_of(after), "permits = :read", read=item["permits"])
        if not written:
            raise LedgerError("another command of yours changed this exception just now: try again")
        return True

    def _wait_for(self, key: Key) -> None:
        pk, sk = key
        condition, values = "sk = :sk AND pk = :pk", {":sk": sk, ":pk": pk}
        for _ in range(int(_VISIBLE_SECONDS / _POLL_SECONDS)):
            if any(self._table.query(condition, values, IndexName=INDEX)):
                return
            self._sleep(_POLL_SECONDS)
        raise LedgerError(
            "the exception is on record, but the guard cannot find it yet: list it before it is used"
        )

    def _read(self, keys: Sequence[Key], most: int) -> tuple[Permit, ...]:
        wanted = list(islice(_in_turns(keys), most))
        items, left_out = self._table.get_some(wanted, ("permits",), chunk=_CHUNK, attempts=3)
        if left_out or len(wanted) < len(keys):
            self._warn(f"{len(keys) - len(items)} of {len(keys)} items with exceptions were not read")
        return tuple(permit for key in wanted if key in items for permit in permits_of(key, items[key]))


def _in_turns(keys: Iterable[Key]) -> Iterator[Key]:
    """Yield a key of each principal, then a second one of each, and so on."""
    by_principal: dict[str, list[Key]] = {}
    for key in keys:
        of_one = by_principal.setdefault(key[0].partition(":")[0], [])
        if len(of_one) < MOST_OF_A_PRINCIPAL:
            of_one.append(key)
    for turn in zip_longest(*by_principal.values()):
        yield from (key for key in turn if key is not None)


def _key(permit: Permit) -> Key:
    return permit.granted_by, scope(permit.policy_id, permit.target_id)
