"""Accepting: what a verdict approves of becomes the baseline, and at first contact what is found.

What nobody approved of is accepted as it was found, and people are notified of it once. It is not looked at
again, so the notice goes out before that is noted: if the guard is killed in between, it is done again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval, Placement
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.guardrail import Protection, is_named, protection_of
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy, full_access_of
from rootguard.domain.verdict import Reason, Verdict
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import Ledger, OrganizationsError
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.observation import FirstContact, Observation
from rootguard.reconcile.reader import LazyReader
from rootguard.reconcile.report import send


def accept(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
    """Make what was approved part of the baseline.

    Raises:
        LedgerError: it is approved and not in the baseline, so the next sweeps would undo it.
        UnreadableError: the policy that was attached cannot be read.
    """
    ledger, policy_id, target_id, at = guard.ledger, drift.policy_id, drift.target_id, drift.at
    by = Approval.EXCEPTION if verdict.reason is Reason.EXCEPTION else Approval.TRUSTED
    match drift.kind:
        case ChangeKind.ATTACHED:
            policy = drift.policy or reader.policy(policy_id)
            # A policy has one accepted document. To attach it somewhere else does not approve of an edit. But
            # if it is accepted nowhere, it may have been edited without anyone's approval.
            is_new = reader.document(policy_id) is None or not reader.accepted_targets(policy_id)
            ledger.accept(policy_id, target_id, Acceptance(True, policy.type if policy else "", at, by))
            if policy is not None and is_new:
                ledger.accept_document(AcceptedDocument(policy, at, by))
        case ChangeKind.DETACHED:
            word = reader.acceptance(policy_id, target_id)
            ledger.accept(policy_id, target_id, Acceptance(False, word.policy_type if word else "", at, by))
        case ChangeKind.UPDATED:
            policy = drift.policy or reader.policy(policy_id)
            if policy is not None:
                ledger.accept_document(AcceptedDocument(policy, at, by))
        case ChangeKind.TYPE_DISABLED:
            _accept_loss(drift, by, ledger)
        case ChangeKind.ACCOUNT_MOVED:
            ledger.place(target_id, Placement(drift.destination_id, at))


def _accept_loss(drift: Drift, by: Approval, ledger: Ledger) -> None:
    """Accept that nothing of a policy type is attached any more."""
    for target_id, policies in ledger.baseline().items():
        for policy_id, word in policies.items():
            if word.policy_type == drift.policy_type:
                ledger.accept(policy_id, target_id, Acceptance(False, word.policy_type, drift.at, by))


def forget(drift: Drift, ledger: Ledger) -> None:
    """Accept that a policy is gone, or reads as it does now: nothing can or should bring it back."""
    if drift.kind is ChangeKind.DETACHED:
        ledger.accept(drift.policy_id, drift.target_id, Acceptance(False, "", drift.at, Approval.GIVEN_UP))
    elif drift.kind is ChangeKind.UPDATED and drift.policy is not None and not is_lockout(drift.policy):
        ledger.accept_document(AcceptedDocument(drift.policy, drift.at, Approval.GIVEN_UP))
    elif drift.kind is ChangeKind.ACCOUNT_MOVED:
        ledger.place(drift.target_id, Placement(drift.destination_id, drift.at))


def adopt_what_was_seen(guard: Guard, seen: Observation) -> None:
    """Accept what a sweep saw for the first time. Raises LedgerError, NoticeError."""
    ledger = guard.ledger
    found = [_adopted(guard, contact) for contact in seen.contacts] + _arrived(guard, seen)
    if found:
        send(guard, _notice(found, seen.at))
    for policy_id, target_id, word in seen.arrivals:
        ledger.accept(policy_id, target_id, word)
    for document in seen.documents:
        ledger.accept_document(document)
    for account_id, placement in seen.places.items():
        if placement is None:
            ledger.unplace(account_id)
        else:
            ledger.place(account_id, placement)
    for contact in seen.contacts:
        ledger.adopt(contact.target_id, contact.types)


def adopt_target(
    guard: Guard, target_id: str, protection: str, types: Collection[str], now: datetime
) -> None:
    """Accept what is attached to one target now. Raises LedgerError, NoticeError, OrganizationsError."""
    policies = {
        policy_id: policy_type
        for policy_type in sorted(types)
        for policy_id in guard.organizations.attached(target_id, policy_type)
    }
    found = FirstContact(target_id, protection, frozenset(types), policies, now)
    send(guard, _notice([_adopted(guard, found)], now))
    guard.ledger.adopt(target_id, found.types)


def after_move(guard: Guard, drift: Drift, reader: LazyReader) -> None:
    """Note that an account changed places, and what that means for what is accepted there.

    An account that leaves a protected OU keeps its baseline for its return. One that enters for the first
    time brings along what is attached to it: that is accepted. Raises OrganizationsError, LedgerError,
    NoticeError.
    """
    account_id, guardrail = drift.target_id, guard.guardrail
    guard.ledger.keep_moved(drift.at)
    if is_named(account_id, guardrail) or not any(p.include_descendants for p in guardrail.protections):
        return
    left = _inherited(guard, drift.source_id, reader)
    entered = _inherited(guard, drift.destination_id, reader)
    if left is not None:
        guard.ledger.adopt(account_id, left.policy_types)
    elif entered is not None:
        types = entered.policy_types - guard.ledger.adopted(account_id).types
        if types:
            adopt_target(guard, account_id, entered.name, types, reader.now)


def _inherited(guard: Guard, parent_id: str, reader: LazyReader) -> Protection | None:
    found = protection_of(parent_id, guard.guardrail, reader.ancestors)
    return found if found is not None and found.include_descendants else None


def _adopted(guard: Guard, found: FirstContact) -> dict[str, Any]:
    """Accept the policies on a target, all but that it was adopted; return the data of its notice."""
    ledger, target_id = guard.ledger, found.target_id
    policies: list[dict[str, Any]] = []
    before = ledger.adopted(target_id)
    for policy_id, policy_type in sorted(found.policies.items()):
        policy = _read(guard, policy_id, policy_type)
        elsewhere = ledger.accepted_targets(policy_id) - {target_id}
        ledger.accept(policy_id, target_id, Acceptance(True, policy_type, found.at, Approval.ADOPTED))
        is_readable = policy.content is not None and not full_access_of(policy_id)
        # What is accepted elsewhere stays accepted as it was.
        if is_readable and not (elsewhere and policy_id in ledger.documents((policy_id,))):
            ledger.accept_document(AcceptedDocument(policy, found.at, Approval.ADOPTED))
        policies.append(_as_found(policy_id, policy.name, policy_type, lockout=is_lockout(policy)))
    for policy_id, word in before.accepted.items():
        # It was accepted here once, when another guardrail.yaml protected this target.
        if word.policy_type in found.types and policy_id not in found.policies:
            gone = Acceptance(False, word.policy_type, found.at, Approval.ADOPTED)
            ledger.accept(policy_id, target_id, gone)
    return {"target_id": target_id, "protection": found.protection, "policies": policies}


def _arrived(guard: Guard, seen: Observation) -> list[dict[str, Any]]:
    """Return the notice's data for places below, and for policies that could not be read before.

    A first round accepts what it finds below. If a policy was adopted unread and is a lockout, people are
    notified again.
    """
    arrivals = [(policy, on, word.policy_type) for policy, on, word in seen.arrivals if on not in seen.named]
    known = guard.ledger.documents({policy_id for policy_id, _, _ in arrivals}) if arrivals else {}
    policies = {doc.policy.id: doc.policy for doc in (*known.values(), *seen.documents)}
    lockouts = {policy_id for policy_id, policy in policies.items() if is_lockout(policy)}
    for policy_id in sorted(seen.unread.keys() & lockouts):
        arrivals += [(policy_id, on, policies[policy_id].type) for on in seen.unread[policy_id]]
    found: dict[str, list[dict[str, Any]]] = {}
    for policy_id, target_id, policy_type in arrivals:
        name = policies[policy_id].name if policy_id in policies else None
        policy = _as_found(policy_id, name, policy_type, lockout=policy_id in lockouts)
        found.setdefault(target_id, []).append(policy)
    return [
        {"target_id": target_id, "protection": "", "policies": policies}
        for target_id, policies in sorted(found.items())
    ]


def _read(guard: Guard, policy_id: str, policy_type: str) -> Policy:
    """Return a policy. If AWS is busy, its document is accepted when a later sweep reads it."""
    try:
        return guard.policy(policy_id) or Policy(policy_id, policy_type)
    except OrganizationsError as error:
        guard.telemetry.warn("a policy is adopted unread", policy_id=policy_id, error=str(error))
        return Policy(policy_id, policy_type)


def _as_found(policy_id: str, name: str | None, policy_type: str, *, lockout: bool) -> dict[str, Any]:
    return {"id": policy_id, "name": name, "type": policy_type, "lockout": lockout}


def _notice(targets: Sequence[dict[str, Any]], at: datetime) -> Notice:
    """Return the notice of what was accepted; the same key for the same targets and policies."""
    text = repr(
        [(target["target_id"], [policy["id"] for policy in target["policies"]]) for target in targets]
    )
    key = f"adoption/{sha256(text.encode()).hexdigest()[:12]}"
    return Notice(key, About.ADOPTION, Stage.FOUND, {"at": at.isoformat(), "targets": list(targets)})
