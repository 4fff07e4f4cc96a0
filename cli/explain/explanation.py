"""An explanation: the verdict, the writes that it takes, why in words, and what was assumed. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cli.explain.witness import witness_label
from rootguard.cloudtrail.read import NotOurs
from rootguard.domain.drift import Drift
from rootguard.domain.remedy import Action
from rootguard.domain.remedy import as_json as action_as_json
from rootguard.domain.verdict import Verdict
from rootguard.lockout.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the guard would do with a record, and why.

    Attributes:
        found: what the record says.
        why: the verdict in a sentence or two.
        assumptions: what was assumed, each in a sentence.
        alone: how much the policy denies with full access beside it, if its content is known.
        together: how much all policies of its type deny there after the change, if what is attached is known.
    """

    found: Drift | NotOurs
    verdict: Verdict
    actions: tuple[Action, ...]
    why: str
    assumptions: tuple[str, ...]
    alone: Judgement | None = None
    together: Judgement | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as JSON data."""
        return {
            **self.verdict.as_json(),
            "actions": [action_as_json(action) for action in self.actions],
            "summary": " ".join((self.why, *self.assumptions)),
            "assumptions": list(self.assumptions),
            "classification": self.alone.denial.value if self.alone else None,
            "together": self.together.denial.value if self.together else None,
            "witness": self.witness,
        }

    @property
    def witness(self) -> str | None:
        """Who can still work after it, in a sentence; None if nobody can, or it is not known."""
        judgement = self.together or self.alone
        if judgement is None or judgement.witness is None or not isinstance(self.found, Drift):
            return None
        return witness_label(judgement.witness, self.found.at)
