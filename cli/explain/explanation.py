"""An explanation: the verdict, the writes that it takes, why in words, and what was assumed. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rootguard.cloudtrail.read import NotOurs
from rootguard.domain.drift import Drift
from rootguard.domain.remedy import Action
from rootguard.domain.remedy import as_json as action_as_json
from rootguard.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the guard would do with a record, and why.

    Attributes:
        found: what the record says.
        why: the verdict in a sentence or two.
        assumptions: what was assumed, each in a sentence.
        classification: how much the policy denies, if its content is known: total, broad, narrow or none.
    """

    found: Drift | NotOurs
    verdict: Verdict
    actions: tuple[Action, ...]
    why: str
    assumptions: tuple[str, ...]
    classification: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as JSON data."""
        return {
            **self.verdict.as_json(),
            "actions": [action_as_json(action) for action in self.actions],
            "summary": " ".join((self.why, *self.assumptions)),
            "assumptions": list(self.assumptions),
            "classification": self.classification,
        }
