"""The questions that a decision may ask: each names one fact that a rule needs and that is not known yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from rootguard.domain.guardrail import AncestorsOf


@dataclass(frozen=True, slots=True)
class PolicyOf:
    """A question: what is this policy?"""

    policy_id: str


@dataclass(frozen=True, slots=True)
class TargetsOf:
    """A question: where does this policy stand?"""

    policy_id: str


@dataclass(frozen=True, slots=True)
class Recall:
    """A question for the ledger: what was accepted for this policy, here or (no target) anywhere?

    Attributes:
        event_id: of the change that the question is about; the same question, whichever it is.
    """

    policy_id: str
    target_id: str = ""
    event_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ReachOf:
    """A question: how many accounts are at or below this target?"""

    target_id: str


@dataclass(frozen=True, slots=True)
class StandingOn:
    """A question: which policies of a type stand on this target?"""

    target_id: str
    policy_type: str


Question = StandingOn | ReachOf | AncestorsOf | PolicyOf | TargetsOf | Recall
