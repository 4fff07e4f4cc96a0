"""The inventory in plain dicts, with the meaning of `DynamoInventory`; with `fail` it does not answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rootguard.aws.items import word
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.ports import LedgerError


@dataclass(slots=True)
class FakeInventory:
    """`ports.Inventory` in memory."""

    fail: bool = False
    turns: dict[str, Round] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    attached: dict[tuple[str, str], Located] = field(default_factory=dict)
    """By policy type and policy."""
    over: dict[str, Above] = field(default_factory=dict)
    moved: datetime | None = None

    def rounds(self) -> Mapping[str, Round]:
        self._answer()
        return dict(self.turns)

    def keep_round(self, policy_type: str, turn: Round) -> None:
        self._answer()
        self.turns[policy_type] = turn

    def listing(self, policy_type: str) -> Listing:
        self._answer()
        return self.listings.get(policy_type, Listing())

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        self._answer()
        self.listings[policy_type] = listing

    def located(self, policy_type: str, only: Collection[str] | None = None) -> Mapping[str, Located]:
        self._answer()
        return {
            policy: located
            for (kind, policy), located in self.attached.items()
            if kind == policy_type and (only is None or policy in only)
        }

    def locate(self, policy_type: str, policy_id: str, located: Located) -> None:
        self._answer()
        known = self.attached.get((policy_type, policy_id), located)
        self.attached[policy_type, policy_id] = max(known, located, key=lambda look: word(look, look.at))

    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]:
        self._answer()
        return {target: self.over[target] for target in target_ids if target in self.over}

    def keep_above(self, target_id: str, above: Above) -> None:
        self._answer()
        known = self.over.get(target_id, above)
        self.over[target_id] = max(known, above, key=lambda look: word(look, look.at))

    def moved_at(self) -> datetime | None:
        self._answer()
        return self.moved

    def keep_moved(self, at: datetime) -> None:
        self._answer()
        self.moved = max(at, self.moved or at)

    def _answer(self) -> None:
        if self.fail:
            raise LedgerError("the ledger does not answer")
