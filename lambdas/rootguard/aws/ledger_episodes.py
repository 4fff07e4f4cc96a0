"""What the ledger keeps of one incident's key, and how each report changes it; pure.

A key is one policy on one target in one kind of trouble; it can be in trouble again and again, one episode
after the other. Reports come doubled and out of order, so nothing here depends on their order: sightings are
a set, the last close and the last page are the latest of all reported, and the rest follows from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from rootguard.domain.drift import UNSEEN

_SIGHTINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Episodes:
    """The episodes of one key.

    Attributes:
        sightings: when the trouble was seen, since about the last close.
        closed_at: when it was last found clean.
        paged_at: the latest sighting that was paged.
        document: the incident as it was first seen in this episode.
    """

    sightings: frozenset[datetime] = frozenset()
    closed_at: datetime | None = None
    paged_at: datetime | None = None
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def opened_at(self) -> datetime | None:
        """When the open episode was first seen; None where none is open."""
        closed_at = self.closed_at
        return min((at for at in self.sightings if closed_at is None or at > closed_at), default=None)

    @property
    def is_open(self) -> bool:
        """Whether an episode is open."""
        return self.opened_at is not None

    @property
    def was_paged(self) -> bool:
        """Whether the open episode was paged."""
        return self.opened_at is not None and self.paged_at is not None and self.paged_at >= self.opened_at

    def seen(self, document: Mapping[str, Any], at: datetime) -> Self:
        """Return this with one more sighting; a known one, or one of an episode that is over, is none."""
        if self.closed_at is not None and at <= self.closed_at and at not in self.sightings:
            if at < _second(self.closed_at):
                return self
            # CloudTrail tells whole seconds, so this may have come after the close, within its second:
            # better one page too many than one too few.
            at = self.closed_at + timedelta(microseconds=1)
        opened_at = self.opened_at
        is_first = opened_at is None or at < opened_at
        return replace(
            self, sightings=_bounded(self.sightings | {at}), document=document if is_first else self.document
        )

    def named(self, document: Mapping[str, Any]) -> Self:
        """Return this with who did what a sweep found, as its event tells; then it is not paged yet.

        It stays the incident that it was: what belongs together keeps one id.
        """
        if not self.is_open or _actor(self.document) != UNSEEN.kind or _actor(document) == UNSEEN.kind:
            return self
        told_as = {"incident_id": self.document["incident_id"]}
        page = document["page"] | {"about": self.document["page"]["about"]}
        return replace(self, document={**document, **told_as, "page": page}, paged_at=None)

    def told_as(self, document: Mapping[str, Any]) -> str | None:
        """Return the id under which a sweep told this before its event came; None where none did."""
        told_as = str(self.document.get("incident_id", ""))
        is_its_event = self.document.get("event_id") == document["event_id"]
        return told_as if self.is_open and is_its_event and told_as != document["incident_id"] else None

    def paged(self, at: datetime) -> Self:
        """Return this, with the sighting of time `at` paged."""
        return replace(self, paged_at=max(at, self.paged_at or at))

    def closed(self, at: datetime) -> Self:
        """Return this, found clean at `at`. What was seen later stays open."""
        closed_at = max(at, self.closed_at or at)
        kept = frozenset(seen for seen in self.sightings if seen >= _second(closed_at))
        return replace(self, closed_at=closed_at, sightings=kept)


def _bounded(sightings: frozenset[datetime]) -> frozenset[datetime]:
    """Return the first sighting and the latest, at most a hundred: trouble can be seen for weeks."""
    if len(sightings) <= _SIGHTINGS:
        return sightings
    in_order = sorted(sightings)
    return frozenset((in_order[0], *in_order[1 - _SIGHTINGS :]))


def _actor(document: Mapping[str, Any]) -> str | None:
    return (document.get("actor") or {}).get("type")


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
