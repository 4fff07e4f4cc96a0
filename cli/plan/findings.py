"""What the next sweep would find and do: the drifts with their verdicts, and what could not be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rootguard.domain.drift import Drift
from rootguard.domain.remedy import Action
from rootguard.domain.remedy import as_json as action_as_json
from rootguard.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """One drift, what would be decided about it, and the writes that this takes."""

    drift: Drift
    verdict: Verdict
    actions: tuple[Action, ...]

    @property
    def target_id(self) -> str:
        """The protected target, or what the drift names; empty for the organization as a whole."""
        return self.verdict.target_id or self.drift.target_id

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data. `since` is ISO 8601 in UTC; an id is null if there is none."""
        drift = self.drift
        return {
            "subject": drift.subject.key,
            "kind": drift.kind.value,
            "policy_id": drift.policy_id or None,
            "target_id": self.target_id or None,
            **self.verdict.as_json(),
            "actions": [action_as_json(action) for action in self.actions],
            "since": drift.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Findings:
    """All drifts, and what belongs to a true picture beside them.

    Attributes:
        unseen: what could not be looked at or judged, each in a few words.
        unadopted: the targets of which nothing was accepted yet. The next sweep accepts them as they are.
    """

    found: tuple[Finding, ...]
    unseen: tuple[str, ...] = ()
    unadopted: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return them as JSON data."""
        return {
            "drifts": [finding.as_json() for finding in self.found],
            "unseen": list(self.unseen),
            "unadopted": list(self.unadopted),
        }
