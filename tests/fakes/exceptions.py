"""The exceptions' table in memory, with the meaning of `DynamoExceptions`; with `fail` it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from cli.exception.grants import granted, revoked
from rootguard.aws.exceptions import key_of
from rootguard.domain.exceptions import Permit
from rootguard.ports import LedgerError


@dataclass(slots=True)
class FakeExceptions:
    """`ports.Exceptions`, and the people's side: `grant` and `revoke`."""

    fail: bool = False
    items: dict[tuple[str, str], tuple[Permit, ...]] = field(default_factory=dict)
    """By granter, and policy and target: the last two."""

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        self._answer()
        return tuple(p for p in self._all() if (p.policy_id, p.target_id) == (policy_id, target_id))

    def all(self) -> tuple[Permit, ...]:
        self._answer()
        return tuple(self._all())

    def grant(self, permit: Permit) -> bool:
        self._answer()
        return self._keep(permit, granted(self.items.get(key_of(permit), ()), permit))

    def revoke(self, permit: Permit, at: datetime) -> bool:
        self._answer()
        return self._keep(permit, revoked(self.items.get(key_of(permit), ()), permit, at))

    def take_out(self, permit: Permit) -> None:
        """What an administrator can do to an exception: delete its item."""
        del self.items[key_of(permit)]

    def _keep(self, permit: Permit, after: tuple[Permit, ...] | None) -> bool:
        if after is None:
            return False
        self.items[key_of(permit)] = tuple(replace(each, used_at=None, used_by=None) for each in after)
        return True

    def _all(self) -> Iterator[Permit]:
        for permits in self.items.values():
            yield from permits

    def _answer(self) -> None:
        if self.fail:
            raise LedgerError("the table of exceptions does not answer")
