"""A survey in memory, with the meaning of `DynamoSurveys`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from rootguard.domain.survey import Listing, Spot, Survey, Turn
from rootguard.ports import LedgerError


@dataclass(slots=True)
class FakeSurveys:
    """`ports.Surveys`; `fail` makes it one that does not answer."""

    fail: bool = False
    spots: dict[str, Spot] = field(default_factory=dict)
    _turns: dict[str, tuple[datetime, Turn]] = field(default_factory=dict)
    _listings: dict[str, Listing] = field(default_factory=dict)
    _moved_at: datetime | None = None

    def survey(self) -> Survey:
        self._answer()
        return Survey(
            dict(self.spots),
            {name: turn for name, (_, turn) in self._turns.items()},
            self._moved_at,
            dict(self._listings),
        )

    def keep_spot(self, target_id: str, spot: Spot) -> None:
        self._answer()
        known = self.spots.get(target_id)
        if known is None or known.at <= spot.at:
            self.spots[target_id] = spot

    def keep_turn(self, name: str, turn: Turn, at: datetime) -> None:
        self._answer()
        if name not in self._turns or self._turns[name][0] <= at:
            self._turns[name] = at, turn

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        self._answer()
        known = self._listings.get(policy_type)
        if known is None or known.at <= listing.at:
            self._listings[policy_type] = listing

    def moved(self, at: datetime) -> None:
        self._answer()
        self._moved_at = max(at, self._moved_at or at)

    def _answer(self) -> None:
        if self.fail:
            raise LedgerError("the ledger does not answer")
