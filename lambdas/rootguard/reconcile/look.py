"""One look at the organization: what a sweep knows, and what it does about each difference it finds.

Everything that differs is put right by the very path of an event. Seen for the first time it waits for that
event until the next sweep, except a lockout on the root.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from rootguard.cloudtrail.read import Change, ChangeKind
from rootguard.domain.approvals import exceptions_for, locks_out
from rootguard.domain.drift import is_recent, may_wait, sighted, sighting
from rootguard.domain.facts import SERVICE_CONTROL_POLICY, Policy, Root
from rootguard.domain.guardrail import ProtectedTarget
from rootguard.incidents.adoption import ADOPTION, Adoption
from rootguard.ports import LedgerError, OrganizationsError, PagerError, RestorerError
from rootguard.reconcile.memory import accept
from rootguard.reconcile.respond import Guard

Open = Mapping[str, Mapping[str, Any]]
_JUST_BEFORE: Final = timedelta(seconds=1)


def in_order(policy_types: Collection[str]) -> list[str]:
    """Return policy types in the order in which they are looked at: first the one that locks everyone out."""
    return sorted(policy_types, key=lambda policy_type: (policy_type != SERVICE_CONTROL_POLICY, policy_type))


@dataclass(frozen=True, slots=True)
class Look:
    """What one sweep knows.

    Attributes:
        began: what is written is true of this moment, not of when it is written; UTC, to the second, since
            that is how events tell their time.
        opened: the open incidents by key, and what was seen once.
        dropped: the policy types that are disabled, or not all back yet; what is found so is added.
        adopted: what was accepted at first contact.
        kept: the sightings that stay, since what they are of could not be put right, or is seen anew.
        failures: what could not be done, to be raised at the end of the sweep.
    """

    guard: Guard
    began: datetime
    opened: Open
    root: Root
    dropped: set[str] = field(default_factory=set)
    adopted: list[Adoption] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    failures: list[Exception] = field(default_factory=list)
    _policies: dict[str, Policy | None] = field(default_factory=dict)

    @contextmanager
    def or_later(self, what: str, **fields: object) -> Iterator[None]:
        """Go on with the rest of the sweep after a failure."""
        try:
            yield
        except (OrganizationsError, LedgerError, PagerError, RestorerError) as error:
            self.guard.telemetry.warn(what, error=str(error), **fields)
            self.failures.append(error)

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy as it is now, read once a sweep. Raises OrganizationsError."""
        if policy_id not in self._policies:
            self._policies[policy_id] = self.guard.memory.look(policy_id, self.guard.clock())
        return self._policies[policy_id]

    def unread(self, policies: Collection[str]) -> int:
        """Return how many policies were not read yet in this sweep."""
        return len(set(policies) - self._policies.keys())

    def standing(self, target_id: str, policy_types: Collection[str]) -> Mapping[str, str]:
        """Return the types of the policies of some types on a target, by id. Raises OrganizationsError.

        Of a type that is not enabled nothing stands, and nothing is asked: a partition may not know the type.
        """
        return {
            policy_id: policy_type
            for policy_type in in_order(self.root.enabled_types & set(policy_types))
            for policy_id in self.guard.organizations.attached(target_id, policy_type)
        }

    def meet(self, change: Change) -> None:
        """Put a difference right if it was seen before or cannot wait; else note that it was seen.

        What fails keeps no other difference waiting.
        """
        key, ledger = sighting(change), self.guard.ledger
        with self.or_later(
            "could not put right", policy_id=change.policy_id or None, target_id=change.target_id
        ):
            seen = self.opened.get(key)
            if (seen and is_recent(seen, self.began)) or not self._may_wait(change):
                self._put_right(change)
                ledger.close_incident(key, self.began)
                return
            if seen:
                ledger.close_incident(key, self.began - _JUST_BEFORE)
            ledger.open_incident(key, sighted(change), self.began)
        self.kept.add(key)

    def adopt(self, protected: ProtectedTarget, standing: Collection[str]) -> tuple[Policy, ...]:
        """Accept policies on a target, as they are now. Raises OrganizationsError, LedgerError."""
        ledger, target_id = self.guard.ledger, protected.target_id
        policies = tuple(
            policy for policy_id in sorted(standing) if (policy := self.policy(policy_id)) is not None
        )
        accepted = {policy.id: accept(policy) for policy in policies}
        if not ledger.adopt_all(target_id, accepted, self.began):
            # It was protected before, and was not in between.
            for policy in policies:
                ledger.adopt(target_id, policy.id, accepted[policy.id], self.began)
        return policies

    def forget(self, protected: ProtectedTarget, policies: Collection[str]) -> None:
        """Accept that policies do not stand on a target. Raises LedgerError."""
        for policy_id in sorted(policies):
            self.guard.ledger.adopt(protected.target_id, policy_id, None, self.began)

    def welcome(self, protected: ProtectedTarget, standing: Collection[str]) -> None:
        """Accept what stands on a target at first contact, and have people told. Raises as `adopt`."""
        adoption = Adoption(protected.target_id, protected.protection.name, (), self.began)
        # Before it is accepted: what is accepted is not looked at again, and must not go untold.
        self.guard.ledger.open_incident(adoption.key, adoption.record(), self.began)
        self.adopted.append(replace(adoption, policies=self.adopt(protected, standing)))

    def untold(self) -> tuple[Adoption, ...]:
        """Return what earlier sweeps accepted whose page did not go out. Raises LedgerError."""
        ledger = self.guard.ledger
        fresh = {adoption.key for adoption in self.adopted}
        return tuple(
            Adoption.recorded(record, ledger.baseline(record["target_id"]) or {})
            for key, record in self.opened.items()
            if record.get("kind") == ADOPTION and key not in fresh
        )

    def _put_right(self, change: Change) -> None:
        guard = self.guard
        gone = change.kind is ChangeKind.DETACHED and guard.organizations.policy(change.policy_id) is None
        if not gone:
            guard.judge(change)
            return
        # Detached and then deleted: nothing can bring it back, and DeletePolicy's event was paged.
        guard.ledger.adopt(change.target_id, change.policy_id, None, self.began)
        guard.telemetry.warn("an accepted policy exists no more", policy_id=change.policy_id)

    def _may_wait(self, change: Change) -> bool:
        policy = change.policy
        if change.kind is ChangeKind.ATTACHED:
            policy = self.guard.memory.policy(change.policy_id, self.guard.clock())
        return may_wait(change, lockout=locks_out(policy), excepted=self._is_excepted(policy, change))

    def _is_excepted(self, policy: Policy | None, change: Change) -> bool:
        if policy is None:
            return False
        permits = self.guard.memory.permits(policy.id, change.target_id, change.at, None)
        return bool(exceptions_for(policy, change.target_id, permits, change.at))
