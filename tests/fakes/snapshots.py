"""Snapshots in memory, with the meaning of `DynamoSnapshots`, and a queue that keeps what it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rootguard.domain.remedy import Attach
from rootguard.domain.snapshot import Seen, Snapshot
from rootguard.ports import LedgerError, RestorerError


@dataclass(slots=True)
class FakeSnapshots:
    """`ports.Snapshots`; `fail` makes them ones that do not answer."""

    fail: bool = False
    _listed: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    _seen: dict[tuple[str, str], Seen] = field(default_factory=dict)

    def snapshot(self, policy_type: str) -> Snapshot:
        self._answer()
        listed_at, listed = self._listed.get(policy_type, (None, frozenset()))
        seen = {policy: seen for (kind, policy), seen in self._seen.items() if kind == policy_type}
        return Snapshot(listed_at, listed, seen)

    def seen(self, policy_type: str, policy_id: str) -> Seen | None:
        self._answer()
        return self._seen.get((policy_type, policy_id))

    def keep_listing(self, policy_type: str, policies: frozenset[str], at: datetime) -> None:
        self._answer()
        known = self._listed.get(policy_type)
        if known is None or known[0] <= at:
            self._listed[policy_type] = (at, policies)

    def keep(self, policy_type: str, policy_id: str, seen: Seen) -> None:
        self._answer()
        known = self._seen.get((policy_type, policy_id))
        if known is None or known.last.at <= seen.last.at:
            self._seen[policy_type, policy_id] = seen

    def _answer(self) -> None:
        if self.fail:
            raise LedgerError("the ledger does not answer")


@dataclass(slots=True)
class FakeRestorer:
    """`ports.Restorer` that keeps what it is sent, or refuses it."""

    fail: bool = False
    queued: list[tuple[str, Attach]] = field(default_factory=list)

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        if self.fail:
            raise RestorerError("the queue does not answer")
        self.queued += [(policy_type, attachment) for attachment in attachments]
