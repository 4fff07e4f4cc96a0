"""The baseline: the accepted state of every subject in scope. Times are UTC.

Per target, which policies are accepted there, and which are accepted to be gone. Per policy one document,
since a policy has one wherever it is attached. Per pinned account, the parent under which it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rootguard.domain.policy import Policy


class Approval(StrEnum):
    ADOPTED = "adopted"  # nobody: it was there when Rootguard first looked
    TRUSTED = "trusted"
    EXCEPTION = "exception"
    GIVEN_UP = "given-up"  # nobody: an accepted lockout is over, or nothing can bring back what was


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a policy is accepted on a target, or accepted to be gone from there."""

    present: bool  # whether the policy may be attached there
    policy_type: str  # empty if it is not known
    at: datetime  # since when: the record's time, or the time of the sweep
    by: Approval


@dataclass(frozen=True, slots=True)
class TargetBaseline:
    types: frozenset[str] = frozenset()  # those adopted there: all that was attached was accepted
    policies: Mapping[str, Acceptance] = field(default_factory=dict)  # by policy id

    @property
    def accepted(self) -> Mapping[str, Acceptance]:
        return {policy_id: word for policy_id, word in self.policies.items() if word.present}


@dataclass(frozen=True, slots=True)
class AcceptedDocument:
    policy: Policy
    at: datetime  # since when
    by: Approval


@dataclass(frozen=True, slots=True)
class Placement:
    parent_id: str  # under which a pinned account belongs
    at: datetime  # since when
    by: Approval = Approval.ADOPTED
