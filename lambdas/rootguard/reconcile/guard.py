"""The guard: its policy, its ports and its clock, and how it carries a remedy out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from rootguard.domain.drift import Drift
from rootguard.domain.guardrail import Guardrail, protection_of
from rootguard.domain.remedy import Action
from rootguard.ports import (
    Exceptions,
    Inventory,
    LastResort,
    Ledger,
    Notices,
    Organizations,
    Telemetry,
)
from rootguard.reconcile.reader import LazyReader, Sources
from rootguard.reconcile.remediate import remediate

if TYPE_CHECKING:  # not loaded before the write, which it would delay
    from rootguard.reconcile.report import Reporter
    from rootguard.reconcile.restore import Restoration


@dataclass(frozen=True, slots=True)
class Undo:
    """What became of a remedy.

    Attributes:
        actions: what was planned.
        done: what AWS accepted and what changed something.
        failure: what kept the rest from being done; None if nothing did.
        is_gone: whether the place where it belongs does not exist any more.
    """

    actions: tuple[Action, ...] = ()
    done: tuple[Action, ...] = ()
    failure: Exception | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """The guard with everything it needs: its policy, its ports, the clock (UTC)."""

    guardrail: Guardrail
    organizations: Organizations
    ledger: Ledger
    exceptions: Exceptions
    inventory: Inventory
    notices: Notices
    last_resort: LastResort
    telemetry: Telemetry
    clock: Callable[[], datetime]
    own_roles: frozenset[str]
    restoration: Restoration | None
    seconds_left: Callable[[], float]

    @property
    def sources(self) -> Sources:
        """Where facts come from, for one invocation."""
        return Sources(
            self.guardrail,
            self.organizations,
            self.ledger,
            self.exceptions,
            self.telemetry,
            self.own_roles,
            self.clock,
        )

    @property
    def reporter(self) -> Reporter:
        """What keeps incidents on record."""
        from rootguard.reconcile.report import Reporter  # noqa: PLC0415

        return Reporter(self.ledger, self.notices, self.last_resort, self.telemetry)

    def remedy(self, actions: tuple[Action, ...], drift: Drift, reader: LazyReader) -> tuple[Action, ...]:
        """Carry out a remedy. Raises OrganizationsError."""
        strangers = partial(self._strangers, reader)
        return remediate(actions, known_type(drift, reader), self.organizations, strangers)

    def _strangers(self, reader: LazyReader, target_id: str, policy_type: str) -> tuple[str, ...]:
        """Return the policies of a type on a target that nothing approves of."""
        protection = protection_of(target_id, self.guardrail, reader.ancestors)
        # Before first contact nobody knows what may be there, so nothing is a stranger.
        if protection is None or not reader.is_adopted(target_id, policy_type):
            return ()
        accepted = reader.accepted_on(target_id)
        if not reader.remembers:
            return ()
        attached = self.organizations.attached(target_id, policy_type)
        return tuple(sorted(attached.keys() - accepted.keys() - protection.allow))


def known_type(drift: Drift, reader: LazyReader) -> str | None:
    """Return the type of a drift's policy as far as it is known by now."""
    if not drift.policy_id:
        return None
    policy = drift.policy or reader.known(drift.policy_id)
    word = reader.acceptance(drift.policy_id, drift.target_id)
    return (
        (policy.type if policy else None)
        or (word.policy_type if word else None)
        or drift.policy_type
        or reader.type_if_read(drift.policy_id, drift.target_id)
    )
