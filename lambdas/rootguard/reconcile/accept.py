"""Accepting: what a verdict approves of becomes the baseline, and the incidents about it end."""

from __future__ import annotations

from rootguard.domain.baseline import Acceptance, Approval, Placement
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.reader import AcceptedDocument
from rootguard.domain.remedy import Action, Detach, Move, Restore, put_on
from rootguard.domain.verdict import Reason, Verdict
from rootguard.incidents.life import Life, key_of
from rootguard.incidents.notice import Stage
from rootguard.ports import Ledger, LedgerError, TargetGoneError
from rootguard.reconcile.guard import Guard, remediate
from rootguard.reconcile.reader import LazyReader
from rootguard.reconcile.report import close


def accept(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
    """Make what was approved part of the baseline.

    Raises:
        LedgerError: it is approved and not in the baseline, so the next sweeps would undo it.
        UnreadableError: the policy that was attached cannot be read.
    """
    ledger, policy_id, target_id, at = guard.ledger, drift.policy_id, drift.target_id, drift.at
    if not reader.remembers:
        raise LedgerError("an approved change cannot be accepted: the ledger did not answer")
    by = Approval.EXCEPTION if verdict.reason is Reason.EXCEPTION else Approval.TRUSTED
    # Noted before it is accepted: a failure in between would leave the exception for a second change. A
    # retry of this one finds it all the same.
    if verdict.permit is not None and not ledger.use(verdict.permit, drift.event_id, at):
        raise LedgerError("the exception was used by another change at the same moment")
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
        ledger.accept(drift.policy_id, drift.target_id, Acceptance(False, "", drift.at, Approval.MENDED))
    elif drift.kind is ChangeKind.UPDATED and drift.policy is not None and not is_lockout(drift.policy):
        ledger.accept_document(AcceptedDocument(drift.policy, drift.at, Approval.MENDED))
    elif drift.kind is ChangeKind.ACCOUNT_MOVED:
        ledger.place(drift.target_id, Placement(drift.destination_id, drift.at))


def end_incidents(guard: Guard, drift: Drift, reader: LazyReader) -> None:
    """End the incidents of a change that is approved: put back what sweeps undid, drop what they suspect.

    Nobody is blamed for the guard's own writes. Raises OrganizationsError, LedgerError, NoticeError.
    """
    keys = dict.fromkeys((key_of(drift), key_of(drift, lockout=True)))
    records = [record for key in keys if (record := guard.ledger.record(key)) is not None]
    # What a sweep, which had no event, undid after this change was made.
    undone = [r for r in records if r.acting or (r.swept_at is not None and r.swept_at >= drift.at)]
    # Or what was undone after this change because of the event of an older one.
    last = reader.fight(drift.subject).last
    if (undone or (last is not None and last >= drift.at)) and not _has_later_word(drift, reader):
        try:
            done = remediate(guard, _approved_state(drift, reader), reader)
            guard.telemetry.log("put back what was undone", actions=len(done), subject=drift.subject.key)
        except TargetGoneError as error:
            # Deleted since: there is no place left to put it back to.
            guard.telemetry.warn("what was undone has no place any more", error=str(error))
            undone = []
    for record in records:
        if record in undone:
            close(guard, record, guard.clock(), Stage.PUT_BACK)
        elif record.life is not Life.CLEAN:
            close(guard, record, guard.clock())


def _has_later_word(drift: Drift, reader: LazyReader) -> bool:
    """Tell whether something was accepted of the subject since, so that this change is not the last word."""
    word: AcceptedDocument | Placement | Acceptance | None
    if drift.kind is ChangeKind.UPDATED:
        word = reader.document(drift.policy_id)
    elif drift.kind is ChangeKind.ACCOUNT_MOVED:
        word = reader.placement(drift.target_id)
    else:
        word = reader.acceptance(drift.policy_id, drift.target_id)
    return word is not None and word.at > drift.at


def _approved_state(drift: Drift, reader: LazyReader) -> tuple[Action, ...]:
    match drift.kind:
        case ChangeKind.ATTACHED:
            return put_on(drift.policy_id, drift.target_id, reader)
        case ChangeKind.DETACHED:
            return (Detach(drift.policy_id, drift.target_id),)
        case ChangeKind.UPDATED if drift.policy is not None:
            return (Restore(drift.policy_id, drift.target_id, drift.policy),)
        case ChangeKind.ACCOUNT_MOVED:
            return (Move(drift.target_id, drift.source_id, drift.destination_id),)
    return ()
