"""Accepting: what a verdict approves of becomes the baseline, and at first contact what is found.

What nobody approved of is accepted as it was found, and people are notified of it once. It is not looked at
again, so the notice goes out before that is noted: if the guard is killed in between, it is done again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval, Placement
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.guardrail import Protection, is_named, protection_of
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import FULL_ACCESS, Policy, full_access_of
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import OrganizationsError
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.observation import FirstContact, Observation
from rootguard.reconcile.reader import LazyReader
from rootguard.reconcile.report import send


def accept(guard: Guard, drift: Drift, by: Approval, reader: LazyReader) -> None:
    """Make a drift part of the baseline.

    Raises:
        LedgerError: it is approved and not in the baseline, so the next sweeps would undo it.
        UnreadableError: the policy that was attached cannot be read.
    """
    ledger, policy_id, target_id, at = guard.ledger, drift.policy_id, drift.target_id, drift.at
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
            # If a lockout is over, what it was edited into is accepted, but not another lockout.
            if policy is not None and not (by is Approval.GIVEN_UP and is_lockout(policy, at)):
                ledger.accept_document(AcceptedDocument(policy, at, by))
        case ChangeKind.TYPE_DISABLED:
            for target, policies in ledger.baseline().items():
                for policy_id, word in policies.items():
                    if word.policy_type == drift.policy_type:
                        ledger.accept(policy_id, target, Acceptance(False, word.policy_type, at, by))
        case ChangeKind.ACCOUNT_MOVED:
            ledger.place(target_id, Placement(drift.destination_id, at, by))


def adopt_what_was_seen(guard: Guard, seen: Observation) -> None:
    """Accept what a sweep saw for the first time. Raises LedgerError, OutboxError."""
    ledger = guard.ledger
    arrivals = [FirstContact(target_id, policies) for target_id, policies in sorted(seen.arrivals.items())]
    _adopt(guard, [*seen.contacts, *arrivals], seen.baseline, seen.at)
    for target_id, policy_type in seen.full_access:
        word = Acceptance(True, policy_type, seen.at, Approval.ADOPTED)
        ledger.accept(FULL_ACCESS[policy_type], target_id, word)
    for document in seen.documents:
        ledger.accept_document(document)
    for account_id, placement in seen.places.items():
        if placement is None:
            ledger.unplace(account_id)
        else:
            ledger.place(account_id, placement)


def adopt_target(
    guard: Guard, target_id: str, protection: str, types: Collection[str], now: datetime
) -> None:
    """Accept what is attached to one target now. Raises LedgerError, OutboxError, OrganizationsError."""
    policies = {
        policy_id: policy_type
        for policy_type in sorted(types)
        for policy_id in guard.organizations.attached(target_id, policy_type)
    }
    contact = FirstContact(target_id, policies, protection, frozenset(types))
    _adopt(guard, [contact], {target_id: guard.ledger.adopted(target_id).accepted}, now)


def _adopt(
    guard: Guard,
    contacts: Sequence[FirstContact],
    baseline: Mapping[str, Mapping[str, Acceptance]],
    at: datetime,
) -> None:
    """Accept what was found on some targets, after people are notified of it."""
    ledger, read, shown = guard.ledger, list[AcceptedDocument](), dict[str, dict[str, object]]()
    kinds = {policy_id: kind for contact in contacts for policy_id, kind in contact.policies.items()}
    documents = ledger.documents(kinds)
    for policy_id, kind in kinds.items():
        known = documents.get(policy_id)
        policy = known.policy if known else Policy(policy_id, kind)
        try:
            # If AWS is busy or time is short, a later sweep reads it, and accepts what it says then.
            if policy_id in guard.policies or guard.has_time():
                policy = guard.policy(policy_id) or policy
        except OrganizationsError as error:
            guard.telemetry.warn("a policy is adopted unread", policy_id=policy_id, error=str(error))
        shown[policy_id] = {
            "id": policy_id,
            "name": policy.name,
            "type": kind,
            "lockout": is_lockout(policy, at),
        }
        # What is accepted elsewhere stays accepted as it was.
        here = {contact.target_id for contact in contacts if policy_id in contact.policies}
        elsewhere = known and ledger.accepted_targets(policy_id) - here
        if policy.content is not None and not full_access_of(policy_id) and not elsewhere:
            read.append(AcceptedDocument(policy, at, Approval.ADOPTED))
    if contacts:
        send(guard, _notice(contacts, shown, at))
    for document in read:
        ledger.accept_document(document)
    for contact in contacts:
        accepted = baseline.get(contact.target_id, {})
        for policy_id, kind in sorted(contact.policies.items()):
            if policy_id not in accepted:
                ledger.accept(policy_id, contact.target_id, Acceptance(True, kind, at, Approval.ADOPTED))
        for policy_id, word in accepted.items():
            # It was accepted here once, when another guardrail.yaml protected this target.
            if word.policy_type in contact.types and policy_id not in contact.policies:
                gone = Acceptance(False, word.policy_type, at, Approval.ADOPTED)
                ledger.accept(policy_id, contact.target_id, gone)
        ledger.adopt(contact.target_id, contact.types)


def _notice(contacts: Sequence[FirstContact], shown: Mapping[str, object], at: datetime) -> Notice:
    """Return the notice of what is accepted; the same key for the same targets and policies."""
    found = [(contact.target_id, sorted(contact.policies)) for contact in contacts]
    targets = [
        {
            "target_id": contact.target_id,
            "protection": contact.protection,
            "policies": [shown[policy_id] for policy_id in sorted(contact.policies)],
        }
        for contact in contacts
    ]
    key = f"adoption/{sha256(repr(found).encode()).hexdigest()[:12]}"
    return Notice(key, About.ADOPTION, Stage.FOUND, {"at": at.isoformat(), "targets": targets})


def after_move(guard: Guard, drift: Drift, reader: LazyReader) -> None:
    """Note that an account changed places, and what that means for what is accepted there.

    An account that leaves a protected OU keeps its baseline for its return. One that enters for the first
    time brings along what is attached to it: that is accepted. Raises OrganizationsError, LedgerError,
    OutboxError.
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
