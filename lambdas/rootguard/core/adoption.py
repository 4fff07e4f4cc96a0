"""First contact: what a protected target held when the guard first looked, and accepted."""

from __future__ import annotations

from dataclasses import dataclass

from rootguard.core.approval import locks_out
from rootguard.core.facts import FULL_ACCESS, Policy


@dataclass(frozen=True, slots=True)
class Adoption:
    """The policies that one target held when it was first swept."""

    target_id: str
    protection: str
    policies: tuple[Policy, ...]

    @property
    def lockouts(self) -> tuple[Policy, ...]:
        """The policies that deny everything to everyone."""
        return tuple(policy for policy in self.policies if locks_out(policy))

    @property
    def strangers(self) -> tuple[Policy, ...]:
        """The policies other than AWS's own full access."""
        return tuple(policy for policy in self.policies if policy.id not in FULL_ACCESS.values())
