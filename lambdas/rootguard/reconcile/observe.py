"""Observing: what a sweep looks at, within a budget of calls, and where it differs from the baseline.

One listing per type of each target that guardrail.yaml names; a few policies in turn for what is attached
below (`below`) and for what they say; the places of pinned accounts. Nothing is written here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rootguard.domain.baseline import AcceptedDocument, Approval, Placement
from rootguard.domain.drift import ChangeKind, Drift, SubjectKind
from rootguard.domain.guardrail import ROOT, Protection, protected_targets
from rootguard.domain.inventory import Round
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import (
    FULL_ACCESS,
    SERVICE_CONTROL_POLICY,
    is_account_id,
    is_root_id,
    is_unedited,
    root_first,
)
from rootguard.ports import Root, TargetGoneError
from rootguard.reconcile import below
from rootguard.reconcile.observation import FirstContact, Observation
from rootguard.reconcile.reader import Sources
from rootguard.reconcile.restore import disabled_since, to_confirm

READ_A_SWEEP: Final = 2
"""AWS takes two DescribePolicy a second from a whole account."""
PLACES_A_SWEEP: Final = 20
CONTENT: Final = "CONTENT"
PLACES: Final = "PLACES"


def observe(
    sources: Sources, restored: frozenset[str] = frozenset(), root: Root | None = None
) -> Observation:
    """Look at everything in scope, as far as the budget goes. The root is read, unless it is given.

    Raises:
        OrganizationsError: the root cannot be read.
        LedgerError: nobody knows what is accepted.
    """
    at = sources.clock().replace(microsecond=0)  # to the second, as events tell it
    root = root or sources.organizations.root()
    records = sources.ledger.records()
    baseline, rounds = sources.ledger.baseline(), sources.ledger.rounds()
    targets = protected_targets(sources.guardrail, root.id)
    named = frozenset(target_id for target_id, _ in targets)
    seen = Observation(sources, restored, at, records, root, baseline, rounds, named)
    _types(seen)
    for target_id, protection in targets:
        with seen.needed(f"could not look at {target_id}"):
            _target(seen, target_id, protection)
    for look in (below.observe, _contents, _pinned):
        with seen.needed("could not look at everything"):
            look(seen)
    return seen


def observe_root(sources: Sources) -> Observation:
    """Look at what is attached to Root, if guardrail.yaml names it. Raises as `observe`."""
    at, root = sources.clock().replace(microsecond=0), sources.organizations.root()
    seen = Observation(sources, frozenset(), at, (), root, {}, {}, frozenset({root.id}))
    for target_id, protection in protected_targets(sources.guardrail, root.id):
        if target_id == root.id:
            _target(seen, target_id, protection)
    return seen


def _types(seen: Observation) -> None:
    """See which policy types are gone, with all their attachments: one drift each, not hundreds."""
    since = disabled_since(seen.records)
    covered = frozenset[str]().union(*(p.policy_types for p in seen.sources.guardrail.protections))
    accepted = {word.policy_type for words in seen.baseline.values() for word in words.values()}
    for policy_type in sorted((accepted & covered) - seen.root.enabled_types):
        seen.dropped.add(policy_type)
        seen.drifts.append(Drift(ChangeKind.TYPE_DISABLED, seen.at, "", seen.root.id, policy_type))
    for policy_type in sorted(since.keys() & seen.root.enabled_types & seen.restored):
        if to_confirm(seen.sources, policy_type, since[policy_type]):
            seen.dropped.add(policy_type)


def _target(seen: Observation, target_id: str, protection: Protection) -> None:
    """Compare what is attached to one target with what is accepted there."""
    adopted = seen.sources.ledger.adopted(target_id)
    seen.guarded |= adopted.accepted.keys()
    found: dict[str, str] = {}
    listed = seen.listed[target_id] = set()
    types = protection.policy_types & seen.root.enabled_types
    # First the type that locks everyone out.
    for policy_type in sorted(types, key=lambda each: (each != SERVICE_CONTROL_POLICY, each)):
        try:
            attached = seen.sources.organizations.attached(target_id, policy_type)
        except TargetGoneError:
            seen.gone.add(target_id)
            is_account = is_account_id(target_id)
            kind = ChangeKind.ACCOUNT_REMOVED if is_account else ChangeKind.UNIT_DELETED
            seen.drifts.append(Drift(kind, seen.at, target_id=target_id))
            return
        listed.add(policy_type)
        if policy_type not in adopted.types:
            found |= dict.fromkeys(attached, policy_type)
            continue
        full_access = FULL_ACCESS.get(policy_type, "")
        if full_access in attached and full_access not in adopted.accepted:
            # Full access may be attached anywhere, and where it is it must stay.
            seen.full_access.append((target_id, policy_type))
        belonging = {key for key, word in adopted.accepted.items() if word.policy_type == policy_type}
        for policy_id in sorted(belonging | attached.keys()):
            kind = ChangeKind.ATTACHED if policy_id in attached else ChangeKind.DETACHED
            drift = Drift(kind, seen.at, policy_id, target_id, policy_type)
            seen.compare(drift, protection.allow, accepted=policy_id in adopted.accepted)
    seen.guarded |= found.keys()
    if new := frozenset(listed - adopted.types):
        seen.contacts.append(FirstContact(target_id, found, protection.name, new))


def _contents(seen: Observation) -> None:
    """Read a few accepted policies again: an edit whose event was lost shows in nothing else."""
    inherits = any(p.include_descendants for p in seen.sources.guardrail.protections)
    guarded: dict[str, list[str]] = {}
    for target_id in sorted(seen.baseline, key=root_first):
        if inherits or target_id in seen.named - seen.gone:
            for policy_id in seen.baseline[target_id].keys() - FULL_ACCESS.values():
                guarded.setdefault(policy_id, []).append(target_id)
    seen.guarded |= guarded.keys()
    suspected = {policy_id for policy_id, _ in seen.suspected(SubjectKind.CONTENT) if policy_id in guarded}
    chosen = (*sorted(suspected), *seen.next_in(CONTENT, guarded.keys() - suspected, READ_A_SWEEP))
    documents = seen.sources.ledger.documents(chosen)
    for policy_id in chosen:
        with seen.part(f"could not read policy {policy_id}"):
            _content(seen, policy_id, guarded[policy_id], documents.get(policy_id))


def _content(
    seen: Observation, policy_id: str, targets: list[str], accepted: AcceptedDocument | None
) -> None:
    policy = seen.sources.policy(policy_id, patient=False)
    seen.read.add(policy_id)
    if policy is None:
        return  # It was deleted: its attachments show that.
    if accepted is None:
        seen.documents.append(AcceptedDocument(policy, seen.at, Approval.ADOPTED))
        if is_lockout(policy, seen.at):
            # People were only notified of a policy that could not be read.
            for target_id in targets:
                seen.arrivals.setdefault(target_id, {})[policy_id] = policy.type
    elif not is_unedited(policy, accepted.policy):
        seen.drifts.append(Drift(ChangeKind.UPDATED, seen.at, policy_id, targets[0], policy.type, policy))


def _pinned(seen: Observation) -> None:
    """Compare where pinned accounts are with where they belong: a move's event may be lost."""
    pins = frozenset[str]().union(*(p.pin_accounts for p in seen.sources.guardrail.protections))
    if not pins:
        return
    belongs = seen.sources.ledger.placements()
    listed: set[str] = set()
    for parent_id in sorted({seen.root.id if pin == ROOT else pin for pin in pins if not is_account_id(pin)}):
        with seen.part(f"could not list the accounts in {parent_id}"):
            accounts = seen.sources.organizations.accounts_in(parent_id)
            name = f"{PLACES}#{parent_id}"
            arrives = is_root_id(parent_id) or not seen.last_rounds.get(name, Round()).complete
            for account_id in sorted(accounts):
                _compare_place(seen, account_id, parent_id, belongs.get(account_id), arrives=arrives)
            seen.rounds[name] = Round(complete=True)
            listed.add(parent_id)
    missing = {account_id for account_id, place in belongs.items() if place.parent_id in listed}
    apart = (missing | set(filter(is_account_id, pins))) - seen.read
    for account_id in seen.next_in(PLACES, apart, PLACES_A_SWEEP):
        with seen.part(f"could not look for account {account_id}"):
            try:
                parent_id = seen.sources.organizations.parent(account_id)
            except TargetGoneError:
                seen.read.add(account_id)
                seen.places[account_id] = None
            else:
                _compare_place(seen, account_id, parent_id, belongs.get(account_id), arrives=True)


def _compare_place(
    seen: Observation, account_id: str, parent_id: str, place: Placement | None, *, arrives: bool
) -> None:
    """Compare one account's place. One that nobody knows is accepted where accounts may appear."""
    seen.read.add(account_id)
    if place is None and arrives:
        seen.places[account_id] = Placement(parent_id, seen.at)
    elif place is None or place.parent_id != parent_id:
        home = place.parent_id if place else ""
        moved = Drift(ChangeKind.ACCOUNT_MOVED, seen.at, target_id=account_id, source_id=home)
        seen.drifts.append(replace(moved, destination_id=parent_id))
