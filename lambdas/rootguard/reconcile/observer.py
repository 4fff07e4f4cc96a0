"""What one sweep starts from, and whether it has time left. What it sees is an `Observation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rootguard.domain.baseline import Acceptance
from rootguard.domain.drift import SubjectKind
from rootguard.incidents.life import Record
from rootguard.ports import Inventory
from rootguard.reconcile.reader import Sources
from rootguard.reconcile.restore import Restoration

_KEEP_SECONDS: Final = 20.0
"""What is left of an invocation to act on what was seen."""

Baseline = Mapping[str, Mapping[str, Acceptance]]
"""All that may be attached: target id, policy id, since when."""


@dataclass(frozen=True, slots=True)
class Observer:
    """What one sweep starts from.

    Attributes:
        records: the incidents that are suspected or open.
        seconds_left: how long the invocation may still run.
    """

    sources: Sources
    inventory: Inventory
    records: tuple[Record, ...]
    now: datetime
    restoration: Restoration | None = None
    seconds_left: Callable[[], float] = field(default=lambda: 60.0)

    def has_time(self) -> bool:
        """Tell whether there is time for another call."""
        return self.seconds_left() > _KEEP_SECONDS

    def open_policies(self, kind: SubjectKind, policy_type: str = "") -> frozenset[str]:
        """Return the policies of the incidents about a kind of subject: a sweep looks at them first.

        Args:
            kind: the kind of subject.
            policy_type: return only those that are known to be of this type; "" for all.
        """
        return frozenset(
            drift.policy_id
            for drift in (record.drift for record in self.records)
            if drift.subject.kind is kind
            and (
                not policy_type
                or policy_type in (drift.policy_type, drift.policy.type if drift.policy else "")
            )
        )
