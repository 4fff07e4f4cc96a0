"""Observing: what a sweep looks at, within a budget of calls, and where it differs from the baseline.

One listing per type of each target that guardrail.yaml names; a few policies in turn for what is attached
below (`below`) and for what they say; the places of pinned accounts (`places`). Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from rootguard.domain.baseline import Acceptance, Approval, TargetBaseline
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift, SubjectKind
from rootguard.domain.guardrail import ProtectedTarget, protected_targets
from rootguard.domain.ids import FULL_ACCESS, SERVICE_CONTROL_POLICY, is_account_id, root_first
from rootguard.domain.inventory import Round
from rootguard.domain.policy import is_unedited
from rootguard.domain.reader import AcceptedDocument
from rootguard.incidents.life import Record
from rootguard.ports import Inventory, TargetGoneError
from rootguard.reconcile.accept import FirstContact
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.reader import Sources
from rootguard.reconcile.restore import Restoration, disabled_since

READ_A_SWEEP: Final = 2
"""AWS takes two DescribePolicy a second from a whole account."""
CONTENT: Final = "CONTENT"
_KEEP_SECONDS: Final = 20.0
"""What is left of an invocation to act on what was seen."""

Baseline = Mapping[str, Mapping[str, Acceptance]]


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

    def observe(self) -> Observation:
        """Look at everything in scope, as far as the budget goes.

        Raises:
            OrganizationsError: the root cannot be read.
            LedgerError: nobody knows what is accepted.
        """
        from rootguard.reconcile import below, places  # noqa: PLC0415 - an event needs neither

        ledger, root = self.sources.ledger, self.sources.organizations.root()
        seen, baseline = Observation(self.now, root), ledger.baseline()
        rounds = self.inventory.rounds()
        self._types(seen, baseline)
        for protected in protected_targets(self.sources.guardrail, root.id):
            with seen.needed():
                self._target(protected, seen, ledger.adopted(protected.target_id))
        with seen.needed():
            below.observe(self, seen, baseline, rounds)
        with seen.needed():
            self._contents(seen, baseline, rounds.get(CONTENT, Round()))
        with seen.needed():
            places.observe(self, seen, rounds)
        return seen

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

    def _types(self, seen: Observation, baseline: Baseline) -> None:
        """See which policy types are gone, with all their attachments: one drift each, not hundreds."""
        since = disabled_since(self.records)
        covered = frozenset[str]().union(*(p.policy_types for p in self.sources.guardrail.protections))
        accepted = {word.policy_type for words in baseline.values() for word in words.values()}
        for policy_type in sorted((accepted & covered) - seen.root.enabled_types):
            seen.dropped.add(policy_type)
            drift = Drift(ChangeKind.TYPE_DISABLED, self.now, target_id=seen.root.id, policy_type=policy_type)
            seen.drifts.append(drift)
        restoration = self.restoration
        restored = restoration.policy_types if restoration is not None else frozenset[str]()
        for policy_type in sorted(since.keys() & seen.root.enabled_types & restored):
            if restoration is not None and restoration.to_confirm(policy_type, since[policy_type]):
                seen.dropped.add(policy_type)

    def _target(self, protected: ProtectedTarget, seen: Observation, adopted: TargetBaseline) -> None:
        """Compare what is attached to one target with what is accepted there."""
        target_id, protection = protected.target_id, protected.protection
        found: dict[str, str] = {}
        new: set[str] = set()
        seen.unlisted.add(target_id)
        for policy_type in in_order((protection.policy_types & seen.root.enabled_types) - seen.dropped):
            try:
                listed = self.sources.organizations.attached(target_id, policy_type)
            except TargetGoneError:
                seen.unlisted.discard(target_id)
                seen.gone.add(target_id)
                seen.drifts.append(_gone(target_id, self.now))
                return
            seen.listed.add((target_id, policy_type))
            if policy_type not in adopted.types:
                found |= dict.fromkeys(listed, policy_type)
                new.add(policy_type)
                continue
            self._compare(protected, policy_type, listed.keys(), seen, adopted.accepted)
        seen.unlisted.discard(target_id)
        seen.named.add(target_id)
        seen.guarded_policies |= adopted.accepted.keys() | found.keys()
        if new:
            contact = FirstContact(target_id, protection.name, frozenset(new), found, self.now)
            seen.contacts.append(contact)

    def _compare(
        self,
        protected: ProtectedTarget,
        policy_type: str,
        attached: Collection[str],
        seen: Observation,
        accepted: Mapping[str, Acceptance],
    ) -> None:
        full_access = FULL_ACCESS.get(policy_type, "")
        if full_access in attached and full_access not in accepted:
            # Full access may be attached anywhere, and where it is it must stay.
            word = Acceptance(True, policy_type, self.now, Approval.ADOPTED)
            seen.arrivals.append((full_access, protected.target_id, word))
        known = {*accepted, *FULL_ACCESS.values(), *protected.protection.allow}
        missing = {
            policy_id
            for policy_id, word in accepted.items()
            if word.policy_type == policy_type and policy_id not in attached
        }
        at = Drift(ChangeKind.ATTACHED, self.now, target_id=protected.target_id, policy_type=policy_type)
        seen.drifts += [replace(at, policy_id=policy_id) for policy_id in sorted(set(attached) - known)]
        gone = replace(at, kind=ChangeKind.DETACHED)
        seen.drifts += [replace(gone, policy_id=policy_id) for policy_id in sorted(missing)]

    def _contents(self, seen: Observation, baseline: Baseline, turn: Round) -> None:
        """Read a few accepted policies again: an edit whose event was lost shows in nothing else."""
        guarded: dict[str, list[str]] = {}
        for target_id in sorted(baseline, key=root_first):
            for policy_id in baseline[target_id]:
                if policy_id not in FULL_ACCESS.values() and self._is_guarded(target_id, seen):
                    guarded.setdefault(policy_id, []).append(target_id)
        seen.guarded_policies |= guarded.keys()
        suspected = self.open_policies(SubjectKind.CONTENT) & guarded.keys()
        in_turn = turn.order(guarded.keys() - suspected)[:READ_A_SWEEP]
        chosen = (*sorted(suspected), *in_turn)
        documents = self.sources.ledger.documents(chosen)
        for policy_id in chosen:
            with seen.part(f"could not read policy {policy_id}"):
                self._content(policy_id, guarded[policy_id], documents.get(policy_id), seen)
        if in_turn:
            seen.rounds[CONTENT] = turn.passed(in_turn[-1], guarded.keys())

    def _content(
        self, policy_id: str, targets: list[str], accepted: AcceptedDocument | None, seen: Observation
    ) -> None:
        policy = self.sources.policy(policy_id, patient=False)
        seen.read.add(policy_id)
        if policy is None:
            return  # It was deleted: its attachments show that.
        if accepted is None:
            seen.documents.append(AcceptedDocument(policy, self.now, Approval.ADOPTED))
            seen.unread[policy_id] = targets
        elif not is_unedited(policy, accepted.policy):
            drift = Drift(ChangeKind.UPDATED, self.now, policy_id, targets[0], policy.type, policy)
            seen.drifts.append(drift)

    def _is_guarded(self, target_id: str, seen: Observation) -> bool:
        inherits = any(p.include_descendants for p in self.sources.guardrail.protections)
        return target_id in seen.named or inherits


def in_order(policy_types: Collection[str]) -> list[str]:
    """Return policy types in the order in which they are looked at: first the one that locks everyone out."""
    return sorted(policy_types, key=lambda policy_type: (policy_type != SERVICE_CONTROL_POLICY, policy_type))


def _gone(target_id: str, now: datetime) -> Drift:
    kind = ChangeKind.ACCOUNT_REMOVED if is_account_id(target_id) else ChangeKind.UNIT_DELETED
    return Drift(kind, now, target_id=target_id)
