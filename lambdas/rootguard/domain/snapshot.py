"""The snapshot: where each policy of a type stood, for the day on which the type is disabled.

Disabling a policy type drops all its attachments, everywhere, and nothing but full access comes back with
it. The sweep takes the snapshot bit by bit, and follows here how much of it stands again. Pure; where it is
kept is `edge.snapshots`, who takes and restores it `restoration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from rootguard.domain.facts import FULL_ACCESS, is_account_id, is_root_id
from rootguard.domain.remedy import Attach

CALLS: Final = 15
"""How many looks a sweep takes: few enough to stay short, and under 5 a second with a burst of 8."""
ATTACHED_A_SECOND: Final = 2
"""How many attachments AWS accepts a second, at most."""

_FRESH: Final = timedelta(hours=1)
_PAGE: Final = 20
"""ListTargetsForPolicy returns at most so many targets at once."""
_LAST_TRY: Final = timedelta(minutes=30)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a policy stood when it was looked at, UTC."""

    targets: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The last two sights of a policy.

    Two, because a sweep may look between the moment a type was disabled and the moment its event comes:
    what it sees then must not be all that is left.
    """

    last: Sight
    before: Sight | None = None

    def as_of(self, moment: datetime) -> Sight:
        """Return the last sight from before a moment; the oldest where all are later."""
        return self.before if self.before and self.last.at >= moment else self.last

    def looked(self, targets: frozenset[str], at: datetime, since: datetime | None = None) -> Seen:
        """Return this after another look; while a restore runs, `since` when, what was before it stays."""
        return Seen(Sight(targets, at), self.as_of(since) if since else self.last)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the attachments to be put back stand again, of how many."""

    restored: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where the policies of one type stood.

    Attributes:
        listed_at: when the policies of the type were listed; None where that was never done.
        listed: their ids, without full access, which comes back by itself.
        seen: by policy id, as far as they were looked at.
    """

    listed_at: datetime | None = None
    listed: frozenset[str] = frozenset()
    seen: Mapping[str, Seen] = field(default_factory=dict)

    def is_listing_due(self, now: datetime) -> bool:
        """Tell whether the policies are to be listed again."""
        return self.listed_at is None or now - self.listed_at >= _FRESH

    def due(self, now: datetime) -> tuple[str, ...]:
        """Return the policies to look at in this sweep, those longest unseen first."""
        return self._within_bounds(
            {policy_id for policy_id in self.listed if now - self._seen_at(policy_id) >= _FRESH}
        )

    def wanted(self, since: datetime) -> tuple[Attach, ...]:
        """Return what stood just before `since`: on the root first, then on OUs, then on accounts."""
        found = (
            Attach(policy_id, target_id)
            for policy_id, seen in self._known().items()
            for target_id in seen.as_of(since).targets
        )
        return tuple(sorted(found, key=_from_the_top))

    def missing(self, since: datetime) -> Mapping[str, frozenset[str]]:
        """Return the targets, by policy, that stood before `since` and were not seen again after it."""
        rest = {
            policy_id: seen.as_of(since).targets
            - (seen.last.targets if seen.last.at > since else frozenset())
            for policy_id, seen in self._known().items()
        }
        return {policy_id: targets for policy_id, targets in rest.items() if targets}

    def progress(self, since: datetime) -> Progress:
        """Return how far a restore has come, of what stood before `since`, by the last looks."""
        wanted = len(self.wanted(since))
        return Progress(wanted - sum(map(len, self.missing(since).values())), wanted)

    def to_confirm(self, since: datetime) -> tuple[str, ...]:
        """Return the policies to look at in this sweep, to see whether they stand again."""
        return self._within_bounds(set(self.missing(since)))

    def given_up(self, since: datetime, now: datetime) -> bool:
        """Tell whether a restore has had all the time it can take: what is missing then failed, or is gone.

        Each message was tried five times within fifteen minutes, after those before it.
        """
        at_half_the_rate = timedelta(seconds=2 * len(self.wanted(since)) / ATTACHED_A_SECOND)
        return now - since > _LAST_TRY + at_half_the_rate

    def _known(self) -> Mapping[str, Seen]:
        return {policy_id: seen for policy_id, seen in self.seen.items() if policy_id in self.listed}

    def _within_bounds(self, policies: set[str]) -> tuple[str, ...]:
        """Return as many as a sweep's calls allow, and one at least."""
        chosen: list[str] = []
        calls = 0
        for policy_id in sorted(policies, key=lambda policy_id: (self._seen_at(policy_id), policy_id)):
            seen = self.seen.get(policy_id)
            calls += 1 + (len(seen.last.targets) // _PAGE if seen else 0)
            if chosen and calls > CALLS:
                break
            chosen.append(policy_id)
        return tuple(chosen)

    def _seen_at(self, policy_id: str) -> datetime:
        seen = self.seen.get(policy_id)
        return seen.last.at if seen else _NEVER


def without_full_access(policies: frozenset[str]) -> frozenset[str]:
    """Return the policies that enabling their type does not bring back."""
    return policies - frozenset(FULL_ACCESS.values())


def _from_the_top(attach: Attach) -> tuple[bool, bool, str, str]:
    target_id = attach.target_id
    return not is_root_id(target_id), is_account_id(target_id), target_id, attach.policy_id
