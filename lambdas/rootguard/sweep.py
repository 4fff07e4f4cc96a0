"""The sweep: the scheduled look at what stands on the protected targets, for what no event told.

It takes one listing per target and policy type, and decides and acts by the very path of an event. A
difference that is seen for the first time waits for its event until the next sweep, except a lockout on
the root. The first sweep of a target accepts what it finds, and says so once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from rootguard.core.adoption import Adoption
from rootguard.core.approval import exceptions_for, locks_out
from rootguard.core.changes import Change, ChangeKind
from rootguard.core.differences import (
    KINDS,
    SIGHTING,
    Place,
    differences,
    disabled_since,
    is_over,
    may_wait,
    places,
    sighting,
    types_lost,
)
from rootguard.core.facts import Policy, Root
from rootguard.memory import accept
from rootguard.ports import LedgerError, OrganizationsError, RestorerError
from rootguard.respond import Guard

Open = Mapping[str, Mapping[str, str]]
_FAILURES = (OrganizationsError, LedgerError, RestorerError)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep by a guard."""

    guard: Guard

    def run(self) -> None:
        """Look at every protected target, then confirm the open incidents.

        Raises:
            OrganizationsError, LedgerError, RestorerError: a target could not be looked at, or not put
                right. The others were; the sweep does not count as completed.
        """
        guard = self.guard
        # What is written below is true of this moment, not of when it is written; to the second, since
        # that is how events tell their time.
        began = guard.clock().replace(microsecond=0)
        opened = guard.ledger.open_incidents()
        adopted: list[Adoption] = []
        standing: dict[str, Mapping[str, str]] = {}
        failures: list[Exception] = []
        root = guard.organizations.root()
        dropped = set(disabled_since(opened))
        try:
            dropped = self._dropped(root, opened)
        except _FAILURES as error:
            guard.telemetry.warn("could not follow policy types", error=str(error))
            failures.append(error)
        swept = places(guard.guardrail, root.id)
        for place in swept:
            try:
                there = self._standing(place)
                adopted += self._look(place, root, there, opened, dropped, began)
                standing[place.target_id] = there
            except _FAILURES as error:
                guard.telemetry.warn("could not sweep", target_id=place.target_id, error=str(error))
                failures.append(error)
        if adopted:
            guard.pager.announce(tuple(adopted))
        self._close(opened, standing, dropped, {place.target_id for place in swept}, began)
        guard.exceptions.catch_up(opened, began)
        try:
            # Last: nothing that has to be undone waits for it.
            self._take_snapshots(root.enabled_types - dropped)
        except _FAILURES as error:
            guard.telemetry.warn("could not take the snapshot", error=str(error))
            failures.append(error)
        if failures:
            raise failures[0]
        guard.telemetry.count("SweepCompleted")
        guard.telemetry.log("swept", targets=len(standing), open_incidents=len(opened))

    def _dropped(self, root: Root, opened: Open) -> set[str]:
        """Return the types that were disabled and are not all back. Raises as `run`."""
        since, restoration = disabled_since(opened), self.guard.restoration
        disabled = since.keys() - root.enabled_types
        if restoration is None:
            return disabled
        enabled = restoration.policy_types & root.enabled_types & since.keys()
        return disabled | {kind for kind in enabled if not restoration.is_done(kind, since[kind])}

    def _take_snapshots(self, policy_types: frozenset[str]) -> None:
        restoration = self.guard.restoration
        if restoration is not None:
            for policy_type in sorted(restoration.policy_types & policy_types):
                restoration.take(policy_type)

    def _standing(self, place: Place) -> Mapping[str, str]:
        """Return the names of the policies of covered types on a target, by id."""
        listings = (
            self.guard.organizations.attached(place.target_id, policy_type)
            for policy_type in sorted(place.protection.policy_types)
        )
        return {policy_id: name for listing in listings for policy_id, name in listing.items()}

    def _look(  # noqa: PLR0913, PLR0917 - what the sweep knows
        self,
        place: Place,
        root: Root,
        standing: Mapping[str, str],
        opened: Open,
        dropped: set[str],
        began: datetime,
    ) -> list[Adoption]:
        """Put right what differs on one target; return what was adopted there, if this is first contact."""
        guard = self.guard
        baseline = guard.ledger.baseline(place.target_id)
        if baseline is None:
            return self._adopt(place, standing, began)
        lost = [c for c in types_lost(place, root, baseline, began) if c.policy_type not in dropped]
        # Whichever target tells of it first: it is one incident of the whole organization.
        dropped.update(change.policy_type for change in lost)
        for change in (*lost, *differences(place, standing, baseline, began, dropped)):
            if sighting(change) in opened or not self._may_wait(change):
                self._put_right(change, began)
                guard.ledger.close_incident(sighting(change), began)
            else:
                record = {"kind": SIGHTING, "target_id": place.target_id}
                guard.ledger.open_incident(sighting(change), record, began)
        return []

    def _put_right(self, change: Change, began: datetime) -> None:
        guard = self.guard
        gone = change.kind is ChangeKind.DETACHED and guard.organizations.policy(change.policy_id) is None
        if not gone:
            guard.judge(change)
            return
        # Detached and then deleted: nothing can bring it back, and DeletePolicy's event was paged.
        guard.ledger.adopt(change.target_id, change.policy_id, None, began)
        guard.telemetry.warn("an accepted policy exists no more", policy_id=change.policy_id)

    def _may_wait(self, change: Change) -> bool:
        policy = self._policy(change.policy_id) if change.kind is ChangeKind.ATTACHED else None
        return may_wait(change, lockout=locks_out(policy), excepted=self._is_excepted(policy, change))

    def _is_excepted(self, policy: Policy | None, change: Change) -> bool:
        if policy is None:
            return False
        permits = self.guard.ledger.permits(policy.id, change.target_id)
        return bool(exceptions_for(policy, change.target_id, permits, change.at))

    def _policy(self, policy_id: str) -> Policy | None:
        return self.guard.memory.policy(policy_id, self.guard.clock())

    def _adopt(self, place: Place, standing: Mapping[str, str], began: datetime) -> list[Adoption]:
        policies = tuple(
            policy for policy_id in sorted(standing) if (policy := self._policy(policy_id)) is not None
        )
        accepted = {policy.id: accept(policy) for policy in policies}
        if not self.guard.ledger.adopt_all(place.target_id, accepted, began):
            return []
        return [Adoption(place.target_id, place.protection.name, policies)]

    def _close(
        self,
        opened: Open,
        standing: Mapping[str, Mapping[str, str]],
        dropped: Collection[str],
        swept: Collection[str],
        began: datetime,
    ) -> None:
        """Close the incidents that are over. What a failed look would have told is left open."""
        for key, incident in opened.items():
            target_id = incident.get("target_id", "")
            if incident["kind"] not in KINDS or (target_id in swept and target_id not in standing):
                continue
            there = standing.get(target_id)
            accepted = self._accepted(incident, target_id) if there is not None else False
            if is_over(incident, there, began, dropped, accepted=accepted):
                self.guard.ledger.close_incident(key, began)

    def _accepted(self, incident: Mapping[str, str], target_id: str) -> bool:
        """Tell whether what was detached is accepted on the target, and so must come back."""
        if incident["kind"] != ChangeKind.DETACHED:
            return False
        return incident["policy_id"] in (self.guard.ledger.baseline(target_id) or {})
