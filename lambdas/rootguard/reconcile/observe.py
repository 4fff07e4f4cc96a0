"""Observing: what a sweep looks at, within a budget of calls, and where it differs from the baseline.

One listing per type of each target that guardrail.yaml names; a few policies in turn for what is attached
below (`below`) and for what they say; the places of pinned accounts (`places`). Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
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
from rootguard.ports import TargetGoneError
from rootguard.reconcile import below, places
from rootguard.reconcile.accept import FirstContact
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.observer import Baseline, Observer
from rootguard.reconcile.restore import disabled_since

READ_A_SWEEP: Final = 2
"""AWS takes two DescribePolicy a second from a whole account."""
CONTENT: Final = "CONTENT"


def observe(observer: Observer) -> Observation:
    """Look at everything in scope, as far as the budget goes.

    Raises:
        OrganizationsError: the root cannot be read.
        LedgerError: nobody knows what is accepted.
    """
    ledger, root = observer.sources.ledger, observer.sources.organizations.root()
    seen, baseline = Observation(observer.now, root), ledger.baseline()
    rounds = observer.inventory.rounds()
    _types(observer, seen, baseline)
    for protected in protected_targets(observer.sources.guardrail, root.id):
        with seen.needed():
            _target(observer, protected, seen, ledger.adopted(protected.target_id))
    with seen.needed():
        below.observe(observer, seen, baseline, rounds)
    with seen.needed():
        _contents(observer, seen, baseline, rounds.get(CONTENT, Round()))
    with seen.needed():
        places.observe(observer, seen, rounds)
    return seen


def _types(observer: Observer, seen: Observation, baseline: Baseline) -> None:
    """See which policy types are gone, with all their attachments: one drift each, not hundreds."""
    since = disabled_since(observer.records)
    covered = frozenset[str]().union(*(p.policy_types for p in observer.sources.guardrail.protections))
    accepted = {word.policy_type for words in baseline.values() for word in words.values()}
    for policy_type in sorted((accepted & covered) - seen.root.enabled_types):
        seen.dropped.add(policy_type)
        drift = Drift(ChangeKind.TYPE_DISABLED, seen.at, target_id=seen.root.id, policy_type=policy_type)
        seen.drifts.append(drift)
    restoration = observer.restoration
    restored = restoration.policy_types if restoration is not None else frozenset[str]()
    for policy_type in sorted(since.keys() & seen.root.enabled_types & restored):
        if restoration is not None and restoration.to_confirm(policy_type, since[policy_type]):
            seen.dropped.add(policy_type)


def _target(
    observer: Observer, protected: ProtectedTarget, seen: Observation, adopted: TargetBaseline
) -> None:
    """Compare what is attached to one target with what is accepted there."""
    target_id, protection = protected.target_id, protected.protection
    found: dict[str, str] = {}
    new: set[str] = set()
    seen.unlisted.add(target_id)
    for policy_type in in_order(protection.policy_types & seen.root.enabled_types):
        try:
            listed = observer.sources.organizations.attached(target_id, policy_type)
        except TargetGoneError:
            seen.unlisted.discard(target_id)
            seen.gone.add(target_id)
            seen.drifts.append(_gone(target_id, seen.at))
            return
        seen.listed.add((target_id, policy_type))
        if policy_type not in adopted.types:
            found |= dict.fromkeys(listed, policy_type)
            new.add(policy_type)
            continue
        _compare(protected, policy_type, listed.keys(), seen, adopted.accepted)
    seen.unlisted.discard(target_id)
    seen.named.add(target_id)
    seen.guarded_policies |= adopted.accepted.keys() | found.keys()
    if new:
        contact = FirstContact(target_id, protection.name, frozenset(new), found, seen.at)
        seen.contacts.append(contact)


def _compare(
    protected: ProtectedTarget,
    policy_type: str,
    attached: Collection[str],
    seen: Observation,
    accepted: Mapping[str, Acceptance],
) -> None:
    full_access = FULL_ACCESS.get(policy_type, "")
    if full_access in attached and full_access not in accepted:
        # Full access may be attached anywhere, and where it is it must stay.
        word = Acceptance(True, policy_type, seen.at, Approval.ADOPTED)
        seen.arrivals.append((full_access, protected.target_id, word))
    known = {*accepted, *FULL_ACCESS.values(), *protected.protection.allow}
    missing = {
        policy_id
        for policy_id, word in accepted.items()
        # While a type is being restored, what is missing is on its way.
        if word.policy_type == policy_type and policy_id not in attached and policy_type not in seen.dropped
    }
    at = Drift(ChangeKind.ATTACHED, seen.at, target_id=protected.target_id, policy_type=policy_type)
    seen.drifts += [replace(at, policy_id=policy_id) for policy_id in sorted(set(attached) - known)]
    gone = replace(at, kind=ChangeKind.DETACHED)
    seen.drifts += [replace(gone, policy_id=policy_id) for policy_id in sorted(missing)]


def _contents(observer: Observer, seen: Observation, baseline: Baseline, turn: Round) -> None:
    """Read a few accepted policies again: an edit whose event was lost shows in nothing else."""
    guarded: dict[str, list[str]] = {}
    for target_id in sorted(baseline, key=root_first):
        for policy_id in baseline[target_id]:
            if policy_id not in FULL_ACCESS.values() and _is_guarded(observer, target_id, seen):
                guarded.setdefault(policy_id, []).append(target_id)
    seen.guarded_policies |= guarded.keys()
    suspected = observer.open_policies(SubjectKind.CONTENT) & guarded.keys()
    in_turn = turn.order(guarded.keys() - suspected)[:READ_A_SWEEP]
    chosen = (*sorted(suspected), *in_turn)
    documents = observer.sources.ledger.documents(chosen)
    for policy_id in chosen:
        with seen.part(f"could not read policy {policy_id}"):
            _content(observer, policy_id, guarded[policy_id], documents.get(policy_id), seen)
    if in_turn:
        seen.rounds[CONTENT] = turn.passed(in_turn[-1], guarded.keys())


def _content(
    observer: Observer,
    policy_id: str,
    targets: list[str],
    accepted: AcceptedDocument | None,
    seen: Observation,
) -> None:
    policy = observer.sources.policy(policy_id, patient=False)
    seen.read.add(policy_id)
    if policy is None:
        return  # It was deleted: its attachments show that.
    if accepted is None:
        seen.documents.append(AcceptedDocument(policy, seen.at, Approval.ADOPTED))
        seen.unread[policy_id] = targets
    elif not is_unedited(policy, accepted.policy):
        drift = Drift(ChangeKind.UPDATED, seen.at, policy_id, targets[0], policy.type, policy)
        seen.drifts.append(drift)


def _is_guarded(observer: Observer, target_id: str, seen: Observation) -> bool:
    inherits = any(p.include_descendants for p in observer.sources.guardrail.protections)
    return target_id in seen.named or inherits


def in_order(policy_types: Collection[str]) -> list[str]:
    """Return policy types in the order in which they are looked at: first the one that locks everyone out."""
    return sorted(policy_types, key=lambda policy_type: (policy_type != SERVICE_CONTROL_POLICY, policy_type))


def _gone(target_id: str, now: datetime) -> Drift:
    kind = ChangeKind.ACCOUNT_REMOVED if is_account_id(target_id) else ChangeKind.UNIT_DELETED
    return Drift(kind, now, target_id=target_id)
