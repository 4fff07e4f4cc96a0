"""The inventory: where each policy is attached, as sweeps have seen it; one for rounds, restore and edits.

Descendants can be thousands, policies are tens. So a sweep does not ask each target what is attached to it,
but a few policies in turn where they are attached, and remembers that. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from rootguard.domain.policy import FULL_ACCESS, is_account_id, root_first
from rootguard.domain.remedy import Attach

PAGE: Final = 20
"""ListPolicies and ListTargetsForPolicy return about so many at once."""
FRESH: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)  # CloudTrail rounds its times down to it
_CALLS_A_MINUTE: Final = 5


@dataclass(frozen=True, slots=True)
class Located:
    """Where a policy is attached, at the last look and at the one before.

    Two, because a sweep may look between the moment a type was disabled and the moment its event comes: what
    it sees then must not be all that is left. Both are nearly the same, so the first is kept as what differs:
    tens of thousands of targets have room only once.
    """

    targets: frozenset[str]
    at: datetime  # of the last look
    changed: frozenset[str] | None = None  # where the look before was another; None if there was none before

    @property
    def before(self) -> frozenset[str] | None:
        """The targets of the look before; None if there was none."""
        return None if self.changed is None else self.targets ^ self.changed

    def as_of(self, moment: datetime) -> frozenset[str]:
        """Return the targets of the last look before a moment; of the oldest one if both are later."""
        return self.before if self.before is not None and self.at >= moment else self.targets

    def seen(self, targets: frozenset[str], at: datetime, since: datetime | None = None) -> Self:
        """Return this after another look. While a restore runs, what was before it stays (`since` when)."""
        return type(self)(targets, at, targets ^ (self.targets if since is None else self.as_of(since)))


@dataclass(frozen=True, slots=True)
class Listing:
    """Which policies of a type there are, full access left out."""

    policies: frozenset[str] = frozenset()  # as of the last complete listing
    at: datetime | None = None  # when that began; None before the first
    partial: frozenset[str] = frozenset()  # what the running listing has found so far
    token: str = ""  # where it goes on; empty if none runs
    began: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Tell whether to list now: a listing runs, five calls a minute allow it, or an hour has passed."""
        if self.token or self.at is None:
            return True
        calls = len(self.policies) // PAGE
        return now - self.at >= min(timedelta(minutes=calls // _CALLS_A_MINUTE), FRESH)

    def listed(self, page: frozenset[str], token: str, now: datetime) -> Self:
        """Return this after one more page."""
        began = self.began if self.token and self.began else now
        found = (self.partial if self.token else frozenset()) | (page - frozenset(FULL_ACCESS.values()))
        return type(self)(self.policies, self.at, found, token, began) if token else type(self)(found, began)


@dataclass(frozen=True, slots=True)
class Round:
    """How far the round through the policies of a type has come.

    It is complete if every policy was asked once since the protections last changed. Until then, what is
    found below newly protected targets is accepted.
    """

    after: str = ""  # the policy that was asked last
    complete: bool = False

    def order(self, policies: Collection[str]) -> tuple[str, ...]:
        """Return the policies in the order in which they are next."""
        return tuple(sorted(policies, key=lambda policy_id: (policy_id <= self.after, policy_id)))

    def passed(self, policy_id: str, policies: Collection[str]) -> Self:
        """Return the round after a policy; after the last of them it is complete."""
        return type(self)(policy_id, self.complete or policy_id == max(policies))


@dataclass(frozen=True, slots=True)
class Above:
    """The ids from a target's parent up to the root, as they were read at `at`.

    An OU stays where it is for good, an account until someone moves it.
    """

    ancestors: tuple[str, ...]
    at: datetime

    def holds(self, target_id: str, now: datetime, moved_at: datetime | None) -> bool:
        """Tell whether this can be relied on to compare; before anything is undone, it is read again."""
        if not is_account_id(target_id):
            return True
        since_moved = moved_at is None or self.at - moved_at > _SECOND
        return since_moved and now - self.at < FRESH


def wanted(located: Mapping[str, Located], since: datetime) -> tuple[Attach, ...]:
    """Return what was attached just before `since`: to the root first, then to OUs, then to accounts."""
    found = (
        Attach(policy_id, target_id) for policy_id, seen in located.items() for target_id in seen.as_of(since)
    )
    return tuple(sorted(found, key=lambda attach: (root_first(attach.target_id), attach.policy_id)))


def missing(located: Mapping[str, Located], since: datetime) -> Mapping[str, frozenset[str]]:
    """Return the targets, by policy, to which it was attached before `since` and was not seen after it."""
    rest = {
        policy_id: seen.as_of(since) - (seen.targets if seen.at > since else frozenset())
        for policy_id, seen in located.items()
    }
    return {policy_id: targets for policy_id, targets in rest.items() if targets}
