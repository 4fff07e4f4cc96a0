"""The baseline: the accepted state of every subject in scope.

Per target, which policies are accepted there, and which are accepted to be gone. Per policy one document,
since a policy has one wherever it is attached. Per pinned account, the parent under which it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Approval(StrEnum):
    """Who approved of an accepted state."""

    ADOPTED = "adopted"
    """Nobody approved it: it was there when Rootguard first looked."""
    TRUSTED = "trusted"
    EXCEPTION = "exception"
    GIVEN_UP = "given-up"
    """Nothing can or should bring back what was: an accepted lockout is over, or a policy was deleted."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a policy is accepted on a target, or accepted to be gone from there.

    Attributes:
        present: whether the policy may be attached there.
        policy_type: its type; empty if it is not known.
        at: since when this is accepted: the record's time, or the time of the sweep; UTC.
        by: who approved of it.
    """

    present: bool
    policy_type: str
    at: datetime
    by: Approval


@dataclass(frozen=True, slots=True)
class TargetBaseline:
    """What is accepted on one target.

    Attributes:
        types: the policy types that were adopted there: all that was attached was accepted.
        policies: by policy id.
    """

    types: frozenset[str] = frozenset()
    policies: Mapping[str, Acceptance] = field(default_factory=dict)

    @property
    def accepted(self) -> Mapping[str, Acceptance]:
        """The policies that may be attached there."""
        return {policy_id: word for policy_id, word in self.policies.items() if word.present}


@dataclass(frozen=True, slots=True)
class Placement:
    """Under which parent a pinned account belongs, since when (UTC)."""

    parent_id: str
    at: datetime
