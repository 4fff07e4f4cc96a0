"""What the guard orders of the watch: where to look, what belongs there, and until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from rootguard.domain.json_data import JsonData
from rootguard.domain.policy import FULL_ACCESS


@dataclass(frozen=True, slots=True)
class Belonging:
    """The policies of one type on Root: those that are accepted, and others that may be there."""

    policy_type: str
    accepted: frozenset[str]
    allowed: frozenset[str]

    def differs(self, attached: Collection[str]) -> frozenset[str]:
        """Return the policies that may not be there, and those that are missing.

        Full access may be anywhere. It is missing only where it was accepted.
        """
        found = frozenset(attached)
        return (found - self.accepted - self.allowed - set(FULL_ACCESS.values())) | (self.accepted - found)


@dataclass(frozen=True, slots=True)
class WatchOrder(JsonData):
    """One run of the watch."""

    root_id: str
    belonging: tuple[Belonging, ...]  # by policy type; the first one is looked at twice as often
    until: datetime  # when the next sweep, which orders the next run, is due, UTC
    every_seconds: int


@dataclass(frozen=True, slots=True)
class WatchHint(JsonData):
    """What the watch tells the guard: look at Root now. Which policies differ is for the log only."""

    differs: tuple[str, ...]
    until: datetime  # a later hint says nothing that the next sweep does not see


WATCH: Mapping[str, str] = {"source": "rootguard.watch"}
"""How the guard knows a hint among what wakes it."""
