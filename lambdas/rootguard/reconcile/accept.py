"""Accepting: what a verdict approves of becomes the baseline, and first contact takes what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rootguard.domain.baseline import Acceptance, Approval, Placement
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy, full_access_of
from rootguard.domain.reader import AcceptedDocument, Reader
from rootguard.domain.verdict import Reason, Verdict
from rootguard.ports import Ledger, LedgerError, OrganizationsError
from rootguard.reconcile.reader import Sources


def accept(drift: Drift, verdict: Verdict, reader: Reader, ledger: Ledger) -> None:
    """Make what was approved part of the baseline.

    Raises:
        LedgerError: it is approved and not in the baseline, so the next sweeps would undo it.
        UnreadableError: the policy that was attached cannot be read.
    """
    if not reader.remembers:
        raise LedgerError("an approved change cannot be accepted: the ledger did not answer")
    by = Approval.EXCEPTION if verdict.reason is Reason.EXCEPTION else Approval.TRUSTED
    # Noted before it is accepted: a failure in between would leave the exception for a second change. A
    # retry of this one finds it all the same.
    if verdict.permit is not None and not ledger.use(verdict.permit, drift.event_id, drift.at):
        raise LedgerError("the exception was used by another change at the same moment")
    match drift.kind:
        case ChangeKind.ATTACHED:
            policy = drift.policy or reader.policy(drift.policy_id)
            policy_type = policy.type if policy else ""
            # A policy has one accepted document. To attach it somewhere else does not approve of an edit. But
            # if it is accepted nowhere, it may have been edited without anyone's approval.
            is_new = reader.document(drift.policy_id) is None or not reader.accepted_targets(drift.policy_id)
            ledger.accept(drift.policy_id, drift.target_id, Acceptance(True, policy_type, drift.at, by))
            if policy is not None and is_new:
                ledger.accept_document(AcceptedDocument(policy, drift.at, by))
        case ChangeKind.DETACHED:
            word = reader.acceptance(drift.policy_id, drift.target_id)
            policy_type = word.policy_type if word else ""
            ledger.accept(drift.policy_id, drift.target_id, Acceptance(False, policy_type, drift.at, by))
        case ChangeKind.UPDATED:
            policy = drift.policy or reader.policy(drift.policy_id)
            if policy is not None:
                ledger.accept_document(AcceptedDocument(policy, drift.at, by))
        case ChangeKind.TYPE_DISABLED:
            _accept_loss(drift, by, ledger)
        case ChangeKind.ACCOUNT_MOVED:
            ledger.place(drift.target_id, Placement(drift.destination_id, drift.at))


def forget(drift: Drift, ledger: Ledger, now: datetime) -> None:
    """Accept that a policy is gone, or reads as it does now: nothing can or should bring it back."""
    if drift.kind is ChangeKind.DETACHED:
        ledger.accept(drift.policy_id, drift.target_id, Acceptance(False, "", now, Approval.MENDED))
    elif drift.kind is ChangeKind.UPDATED and drift.policy is not None and not is_lockout(drift.policy):
        ledger.accept_document(AcceptedDocument(drift.policy, now, Approval.MENDED))
    elif drift.kind is ChangeKind.ACCOUNT_MOVED:
        ledger.place(drift.target_id, Placement(drift.destination_id, now))


def _accept_loss(drift: Drift, by: Approval, ledger: Ledger) -> None:
    """Accept that nothing of a policy type is attached any more."""
    for target_id, policies in ledger.baseline().items():
        for policy_id, word in policies.items():
            if word.policy_type == drift.policy_type:
                ledger.accept(policy_id, target_id, Acceptance(False, word.policy_type, drift.at, by))


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What one target held when it was first seen: the policies of the types that were not adopted yet.

    Attributes:
        policies: id → type, as they were listed.
        at: when they were listed, UTC.
    """

    target_id: str
    protection: str
    types: frozenset[str]
    policies: Mapping[str, str]
    at: datetime


def adopt(found: FirstContact, sources: Sources, ledger: Ledger) -> dict[str, Any]:
    """Accept what was found, as it is; return the data of its notice.

    The caller notes `adopted` only after the notice is sent: what is adopted is not looked at again, so
    people must hear of it first. Raises LedgerError.
    """
    told: list[dict[str, Any]] = []
    before = ledger.adopted(found.target_id)
    for policy_id, policy_type in sorted(found.policies.items()):
        policy = _read(policy_id, policy_type, sources)
        elsewhere = ledger.accepted_targets(policy_id) - {found.target_id}
        ledger.accept(policy_id, found.target_id, Acceptance(True, policy_type, found.at, Approval.ADOPTED))
        if policy.content is not None and not full_access_of(policy_id):
            _accept_document(policy, found.at, ledger, is_accepted=bool(elsewhere))
        told.append(
            {"id": policy_id, "name": policy.name, "type": policy_type, "lockout": is_lockout(policy)}
        )
    for policy_id, word in before.accepted.items():
        # It was accepted here once, when another guardrail.yaml protected this target.
        if word.policy_type in found.types and policy_id not in found.policies:
            gone = Acceptance(False, word.policy_type, found.at, Approval.ADOPTED)
            ledger.accept(policy_id, found.target_id, gone)
    return {"target_id": found.target_id, "protection": found.protection, "policies": told}


def _accept_document(policy: Policy, at: datetime, ledger: Ledger, *, is_accepted: bool) -> None:
    """Accept what a policy says, unless it is accepted elsewhere as it was."""
    if not is_accepted or policy.id not in ledger.documents((policy.id,)):
        ledger.accept_document(AcceptedDocument(policy, at, Approval.ADOPTED))


def _read(policy_id: str, policy_type: str, sources: Sources) -> Policy:
    """Return a policy. If AWS is busy, its document is accepted when a later sweep reads it."""
    try:
        return sources.policy(policy_id) or Policy(policy_id, policy_type)
    except OrganizationsError as error:
        sources.telemetry.warn("a policy is adopted unread", policy_id=policy_id, error=str(error))
        return Policy(policy_id, policy_type)
