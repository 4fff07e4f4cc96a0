"""First contact: what a protected target held when the guard first looked, and accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from rootguard.domain.approvals import locks_out
from rootguard.domain.facts import SERVICE_CONTROL_POLICY, BaselinePolicy, Policy

ADOPTION: Final = "adoption"
"""The kind under which the ledger keeps an adoption that people have yet to be told of."""
Accepted = Mapping[str, BaselinePolicy]


@dataclass(frozen=True, slots=True)
class Adoption:
    """The policies that one target held when it was first swept, at `at`, UTC."""

    target_id: str
    protection: str
    policies: tuple[Policy, ...]
    at: datetime

    @property
    def key(self) -> str:
        """The ledger's key of it."""
        return f"{ADOPTION}#{self.target_id}"

    @property
    def lockouts(self) -> tuple[Policy, ...]:
        """The policies that deny everything to everyone."""
        return tuple(policy for policy in self.policies if locks_out(policy))

    def record(self) -> dict[str, str]:
        """Return what the ledger keeps until people were told."""
        return {
            "kind": ADOPTION,
            "target_id": self.target_id,
            "protection": self.protection,
            "opened_at": self.at.isoformat(),
        }

    @classmethod
    def recorded(cls, record: Mapping[str, Any], accepted: Accepted) -> Self:
        """Return the adoption of a record, with what is accepted on its target."""
        policies = (
            Policy(
                policy_id,
                was.type or SERVICE_CONTROL_POLICY,
                was.name,
                content=was.content,
                organization_id=was.organization_id,
            )
            for policy_id, was in sorted(accepted.items())
        )
        at = datetime.fromisoformat(record["opened_at"])
        return cls(record["target_id"], record["protection"], tuple(policies), at)
