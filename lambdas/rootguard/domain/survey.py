"""The survey: where policies stand below the protected targets, found by asking the policies.

Descendants can be thousands, policies are tens. So the sweep does not ask each descendant what stands on it,
but each policy in turn where it stands, and remembers of each such spot what lies above it. An OU stays where
it is for good, an account until someone moves it. Pure; where it is kept is `edge.surveys`, who takes it
`descendants`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self

from rootguard.domain.facts import is_account_id

_FRESH = timedelta(hours=1)
_PAGE = 20
"""ListPolicies returns about so many at once."""
_CALLS_A_MINUTE = 5
_SECOND = timedelta(seconds=1)
"""What CloudTrail rounds its times down to."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A target that guardrail.yaml names, or one where some policy stood.

    Attributes:
        above: the ids from its parent up to the root; empty where nobody had to ask.
        types: the policy types that were guarded there when the sweep last came by; none where it was not
            protected. Of another type, it has yet to accept what stands.
        at: when it was looked up what lies above it, UTC.
    """

    above: tuple[str, ...]
    types: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a round through policies has come: which was the last, and whether one was ever complete."""

    after: str = ""
    complete: bool = False

    def order(self, policies: Collection[str]) -> tuple[str, ...]:
        """Return the policies in the order in which they are next."""
        behind = sorted(policy_id for policy_id in policies if policy_id <= self.after)
        return (*sorted(set(policies) - set(behind)), *behind)

    def passed(self, policy_id: str, policies: Collection[str]) -> Self:
        """Return the turn after a policy; with the last of them, a round is complete."""
        return replace(self, after=policy_id, complete=self.complete or policy_id == max(policies))


@dataclass(frozen=True, slots=True)
class Listing:
    """The ids of all policies of a type, as they were listed at `at`, UTC."""

    policies: frozenset[str]
    at: datetime

    def is_due(self, now: datetime) -> bool:
        """Tell whether to list again: so often that it takes five calls a minute at most, or each hour."""
        calls = len(self.policies) // _PAGE
        return now - self.at >= min(timedelta(minutes=calls // _CALLS_A_MINUTE), _FRESH)


@dataclass(frozen=True, slots=True)
class Survey:
    """All that is remembered.

    Attributes:
        spots: by the target's id.
        turns: by what goes round: the policies of a type, by the type; the contents, by their own name.
        listings: the policies there are, by type.
        moved_at: when an account was last moved, as far as events told, UTC.
    """

    spots: Mapping[str, Spot] = field(default_factory=dict)
    turns: Mapping[str, Turn] = field(default_factory=dict)
    moved_at: datetime | None = None
    listings: Mapping[str, Listing] = field(default_factory=dict)

    def above(self, target_id: str, now: datetime) -> Mapping[str, str | None]:
        """Return what lies above a target as child → parent links; nothing where that must be looked up."""
        spot = self.spots.get(target_id)
        if spot is None or (is_account_id(target_id) and not self._is_fresh(spot, now)):
            return {}
        return dict(pairwise((target_id, *spot.above)))

    def _is_fresh(self, spot: Spot, now: datetime) -> bool:
        since_moved = self.moved_at is None or spot.at - self.moved_at > _SECOND
        return since_moved and now - spot.at < _FRESH


def chain(target_id: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the ids from a target's parent up to the root, as far as the links lead."""
    above: list[str] = []
    while (parent := parents.get(above[-1] if above else target_id)) is not None and parent not in above:
        above.append(parent)
    return tuple(above)
