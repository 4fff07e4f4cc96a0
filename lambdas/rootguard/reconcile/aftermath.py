"""What comes after the write: the incident goes on record, people are notified, the event counts as applied.

Nothing of this is needed to undo anything, so nothing of it is loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval, Placement
from rootguard.domain.drift import ATTACHMENTS, PLACINGS, ChangeKind, Drift, Subject, SubjectKind
from rootguard.domain.lockouts import BROAD, NARROW, TOTAL, completes_lockout, denial_of, is_lockout
from rootguard.domain.policy import SERVICE_CONTROL_POLICY, Policy, full_access_of, says_the_same
from rootguard.domain.reader import UnreadableError, accepted_policy
from rootguard.domain.remedy import Action, Detach, Move, Restore, put_on
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.domain.widespread import paged_if_widespread
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Life, Record, key_of
from rootguard.incidents.notice import Stage
from rootguard.ports import EventMark, LedgerError, OrganizationsError, OutboxError, TargetGoneError
from rootguard.reconcile import restore
from rootguard.reconcile.accept import accept, adopt_target, after_move
from rootguard.reconcile.guard import Guard, Undo, remediate
from rootguard.reconcile.reader import LazyReader
from rootguard.reconcile.report import close, exception_notice, report, send, written_notice

_CLOCKS = timedelta(seconds=5)
"""How far the guard's clock may be behind AWS's. What is put back needlessly does no harm."""

_NOTHING_BRINGS_BACK = {
    ChangeKind.DETACHED: (Obstacle.NO_WAY_BACK, Obstacle.LOCKOUT_ACCEPTED),
    ChangeKind.UPDATED: (Obstacle.LOCKOUT_ACCEPTED,),
    ChangeKind.ACCOUNT_MOVED: (Obstacle.NOTHING_ACCEPTED, Obstacle.NO_WAY_BACK),
}
"""These are paged once and then accepted, since nothing can or should bring back what was."""


def conclude(guard: Guard, drift: Drift, verdict: Verdict, undo: Undo, reader: LazyReader) -> Verdict:
    """Accept, or report, and keep that the event was applied. Raises as `on_event`.

    Returns the verdict, as an alert if what was let through locks many accounts out.
    """
    if verdict.accept:
        _approve(guard, drift, verdict, reader)
    if drift.change is not None:
        verdict = _beside_the_rules(guard, drift, verdict, reader)
    if verdict.is_incident:
        violated(guard, drift, verdict, undo, reader)
    else:
        guard.telemetry.log("nothing to do", **verdict.as_json(), detail=drift.kind.value)
    if drift.change is None:
        return verdict
    if drift.error_code is None:
        if drift.policy is not None and verdict.outcome is not Outcome.REVERT:
            _try(guard, guard.ledger.learn, drift.policy, drift.at)
        if drift.kind is ChangeKind.ACCOUNT_MOVED:
            after_move(replace(guard, policies={}), drift, reader)
    _try(guard, guard.ledger.mark, drift.event_id, EventMark(verdict.outcome.value, guard.clock()))
    return verdict


def _beside_the_rules(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader) -> Verdict:
    """Return the verdict, as an alert if people must hear of a lockout all the same.

    A lockout that was written and that nobody has to be woken for gets a notice of its own. Raises
    UnreadableError, OutboxError, LedgerError: Lambda tries again. What was approved is accepted by then.
    """
    try:
        verdict = paged_if_widespread(verdict, drift, reader, guard.guardrail)
        writes = drift.kind in (ChangeKind.CREATED, ChangeKind.UPDATED) and drift.error_code is None
        is_written = writes and not verdict.is_incident
        policy = (drift.policy or reader.policy(drift.policy_id)) if is_written else None
    except UnreadableError as error:
        if verdict.outcome is Outcome.IGNORE:
            undecided(guard, drift, error, reader, guard.clock())
        raise
    if is_lockout(policy, reader.now):
        send(guard, written_notice(drift.seen_as(policy)))
    return verdict


def _approve(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
    """Accept what a verdict approves of. Raises LedgerError, OutboxError, OrganizationsError.

    It is put back first, where a sweep undid it: what is not back yet is not accepted, so it is not missing.
    People are notified last: while nobody can be, the next sweep must not undo it again.
    """
    if verdict.reason is Reason.FIRST_CONTACT:
        # The event came before the first sweep. The policies are read anew: this is what they say now.
        types = {reader.type_on(drift.policy_id, drift.target_id) or ""}
        now = replace(guard, policies={})
        with suppress(TargetGoneError):  # It was deleted since, with all that was attached to it.
            adopt_target(now, drift.target_id, verdict.protection or "", types, reader.now)
        return
    if not reader.remembers:
        raise LedgerError("an approved change cannot be accepted: the ledger did not answer")
    if verdict.permit is not None:
        # Noted first: a failure later on would leave the exception for a second change. A retry finds it.
        if not guard.ledger.use(verdict.permit, drift.event_id, drift.at):
            raise LedgerError("the exception was used by another change at the same moment")
        used = replace(verdict.permit, used_at=drift.at, used_by=drift.event_id)
        send(guard, exception_notice(used, reader.now, drift))
    keys = dict.fromkeys((key_of(drift), key_of(drift, lockout=True)))
    records = [record for key in keys if (record := guard.ledger.record(key)) is not None]
    undone = _put_back(guard, drift, records, reader)
    accept(guard, drift, Approval.EXCEPTION if verdict.permit else Approval.TRUSTED, reader)
    for record in records:
        if record in undone or record.life is not Life.CLEAN:
            close(guard, record, guard.clock(), Stage.PUT_BACK if record in undone else Stage.OVER)


def violated(guard: Guard, drift: Drift, verdict: Verdict, undo: Undo, reader: LazyReader) -> None:
    """Record a violation and what was done about it, and tell people. What failed is raised after that."""
    if undo.is_gone:
        # Nothing can bring it back there: that is paged once.
        verdict = replace(verdict, outcome=Outcome.ALERT, obstacle=Obstacle.NO_WAY_BACK)
    if not drift.denied:
        guard.telemetry.count("Violations")
    if verdict.obstacle is Obstacle.FIGHT:
        guard.telemetry.count("Fights")
    incident = Incident(drift, verdict, Result.REFUSED if drift.denied else Result.WATCHED)
    failure = undo.failure
    if verdict.outcome is Outcome.REVERT:
        if failure is None and drift.kind is ChangeKind.TYPE_DISABLED:
            try:
                incident = replace(incident, restoring=restore.begin(guard, drift.policy_type, drift.at))
            except (LedgerError, OutboxError) as error:
                failure = error
        if failure is not None:
            guard.telemetry.count("RevertFailed")
            incident = replace(incident, result=Result.NOT_UNDONE, error=str(failure))
        else:
            incident = _undone(guard, incident, undo, reader)
    try:
        report(guard, _described(guard, incident, reader), guard.clock())
    finally:
        if failure is not None:
            # Notified of or not, it was not undone: that is what must be tried again.
            raise failure
    if verdict.obstacle in _NOTHING_BRINGS_BACK.get(drift.kind, ()) and reader.remembers:
        accept(guard, drift, Approval.GIVEN_UP, reader)
    _remember_home(guard, drift, undo, reader)


def _remember_home(guard: Guard, drift: Drift, undo: Undo, reader: LazyReader) -> None:
    """Note that an account belongs where its event brought it back to, if a sweep had given it up."""
    place = reader.placement(drift.target_id)
    if place is None or place.by is not Approval.GIVEN_UP:
        return
    for action in undo.actions:
        if isinstance(action, Move) and action.destination_id != place.parent_id:
            home = Placement(action.destination_id, max(guard.clock(), place.at), Approval.ADOPTED)
            guard.ledger.place(drift.target_id, home)


def undecided(guard: Guard, drift: Drift, error: UnreadableError, reader: LazyReader, now: datetime) -> None:
    """Tell people of a change that cannot be judged now. Raises OutboxError, LedgerError."""
    verdict = Verdict(Outcome.ALERT, Reason.UNDECIDED, target_id=drift.target_id)
    incident = Incident(drift, verdict, Result.NOT_UNDONE, error=str(error), remembered=reader.remembers)
    report(guard, incident, now)


def _put_back(guard: Guard, drift: Drift, records: Sequence[Record], reader: LazyReader) -> list[Record]:
    """Put an approved change back, if the guard undid it; return the incidents in which a sweep did.

    Nobody is blamed for the guard's own writes. Raises OrganizationsError, LedgerError.
    """
    # What a sweep, which had no event, undid after this change was made.
    undone = [r for r in records if r.acting or (r.swept_at is not None and r.swept_at >= drift.at)]
    # Or what was undone after this change because of the event of an older one.
    last = reader.fight(drift.subject).last
    was_undone = undone or (last is not None and last > drift.at - _CLOCKS)
    if not (was_undone or _was_dropped(guard, drift, reader)) or _has_later_word(drift, reader):
        return undone
    actions = _approved_state(drift, reader)
    try:
        done = remediate(guard, actions, reader)
    except OrganizationsError as error:
        # To detach, a policy that AWS does not find counts as attached if a listing has it.
        is_gone = error.code == "PolicyNotFoundException" and drift.kind is not ChangeKind.DETACHED
        if not (is_gone or isinstance(error, TargetGoneError)):
            raise
        guard.telemetry.warn("what was undone does not exist any more", error=str(error))
        return []
    guard.telemetry.log("put back what was undone", actions=len(done), subject=drift.subject.key)
    return undone if actions else []


def _was_dropped(guard: Guard, drift: Drift, reader: LazyReader) -> bool:
    """Tell whether the policy's type was disabled since: only what was accepted by then came back."""
    policy_type = reader.known_type() if drift.kind in ATTACHMENTS else None
    if policy_type not in guard.guardrail.types_to_restore:
        return False
    disabled = Drift(ChangeKind.TYPE_DISABLED, drift.at, policy_type=policy_type or "")
    record = guard.ledger.record(key_of(disabled))
    return record is not None and record.was_undone and (record.last_at or record.opened_at) >= drift.at


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
        case ChangeKind.DETACHED if not full_access_of(drift.policy_id):  # that stays where it is
            return (Detach(drift.policy_id, drift.target_id),)
        case ChangeKind.UPDATED if drift.policy is not None:
            return (Restore(drift.policy_id, drift.target_id, drift.policy),)
        case ChangeKind.ACCOUNT_MOVED:
            return (Move(drift.target_id, drift.source_id, drift.destination_id),)
    return ()


def _undone(guard: Guard, incident: Incident, undo: Undo, reader: LazyReader) -> Incident:
    drift, now, fight = incident.drift, guard.clock(), reader.fight(incident.drift.subject)
    if not undo.done:
        # If an earlier attempt undid it, or a sweep that had no event, then nobody else did.
        earlier = [at for at in (*fight.reverts, fight.stopped_at) if at is not None and at >= drift.at]
        if earlier:
            return replace(incident, result=Result.UNDONE, done=undo.actions, undone_at=earlier[0])
        return replace(incident, result=Result.ALREADY_UNDONE, undone_at=now)
    incident = replace(incident, result=Result.UNDONE, done=undo.done, undone_at=now)
    if drift.change is not None and undo.decided_at is not None:
        incident = replace(incident, received_at=reader.now, decided_at=undo.decided_at)
    guard.telemetry.count("Reverted")
    # To attach a policy again, its content may be given back, too: whoever edited it may have been trusted.
    given_back = {Subject(SubjectKind.CONTENT, (a.policy_id,)) for a in undo.done if isinstance(a, Restore)}
    for subject in sorted({drift.subject, *given_back}, key=lambda subject: subject.key):
        _try(guard, guard.ledger.keep_fight, subject, reader.fight(subject).undone(now))
    # If no event has come, nobody knows how long it was in force.
    if incident.exposure is not None and drift.change is not None:
        guard.telemetry.seconds("ExposureSeconds", incident.exposure.total_seconds())
        for part, took in incident.delays.items():
            guard.telemetry.seconds(f"{part.capitalize()}Seconds", took.total_seconds())
    return incident


def _described(guard: Guard, incident: Incident, reader: LazyReader) -> Incident:
    """Add what is known about the policy by now."""
    drift, policy = incident.drift, incident.drift.policy
    if policy is None and drift.policy_id:
        policy = reader.known(drift.policy_id) or accepted_policy(drift.policy_id, reader)
        if policy is None and drift.kind in PLACINGS and not drift.denied:
            # If AWS is too busy to answer at once, people are notified without it.
            with suppress(OrganizationsError):
                policy = guard.policy(drift.policy_id, patient=False)
    drift = drift.seen_as(policy)
    lockout = _locks_out(guard, drift, incident, reader)
    is_over = incident.result in (Result.UNDONE, Result.ALREADY_UNDONE)
    rehearsed = is_over and _is_rehearsal(guard, drift)
    return replace(incident, drift=drift, lockout=lockout, remembered=reader.remembers, rehearsal=rehearsed)


def _is_rehearsal(guard: Guard, drift: Drift) -> bool:
    """Tell whether a rehearsal made a drift, with an SCP that is known to be harmless.

    The SCP is read as it is now: the event of an edit may have been lost.
    """
    rehearsal = guard.guardrail.rehearsal
    if rehearsal is None or not rehearsal.made(drift):
        return False
    try:
        policy = guard.policy(drift.policy_id)
    except OrganizationsError as error:
        guard.telemetry.warn("nobody knows what the rehearsal's SCP says", error=str(error))
        return False
    return says_the_same(policy, Policy(drift.policy_id, SERVICE_CONTROL_POLICY, content=rehearsal.content))


def _locks_out(guard: Guard, drift: Drift, incident: Incident, reader: LazyReader) -> bool:
    """Tell whether everyone is, or was, locked out by a policy, or by it and the others on Root together."""
    verdict = incident.verdict
    is_beside = verdict.obstacle in (Obstacle.NOT_PROTECTED, Obstacle.APPROVED)
    if is_beside or verdict.reason is Reason.LOCKOUT_ON_ROOT:
        return True  # Nothing else is paged so.
    denial = denial_of(drift.policy, reader.now) if drift.policy and drift.kind in PLACINGS else ""
    if denial == TOTAL:
        return True
    closes_some = drift.kind is not ChangeKind.ATTACHED or denial in (BROAD, NARROW)
    if not (incident.at_root and closes_some) or drift.denied or drift.kind not in PLACINGS | ATTACHMENTS:
        return False
    on_root, policy_type = replace(drift, target_id=incident.target_id), reader.known_type()
    try:
        # Only people need this, and they wait for it: nothing is tried again.
        hasty = LazyReader(replace(guard, patient=False), drift)
        return completes_lockout(on_root, policy_type or SERVICE_CONTROL_POLICY, hasty)
    except UnreadableError as error:
        guard.telemetry.warn("nobody knows what Root denies in all", error=str(error))
        return False


def _try(guard: Guard, write: Callable[..., None], *what: object) -> None:
    """Write what the guard can do without: a policy for later, a fight, the mark of an event."""
    try:
        write(*what)
    except LedgerError as error:
        guard.telemetry.warn("the ledger does not answer", error=str(error))
