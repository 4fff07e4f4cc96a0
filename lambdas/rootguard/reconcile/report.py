"""Reporting: after the write, an incident goes on record, and its notice to the notifier.

The notice goes first: it can be sent twice, since its key is the same each time, but it must not be lost. If
the queue does not take it, one plain line goes to the topic, and the invocation fails, so that Lambda tries
again. Of an exception people hear once that it was granted, was used, or ended otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import LONGEST, Permit, State
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import is_policy_id, is_target_id
from rootguard.incidents import life
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Record
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import EventMark, LedgerError, OutboxError
from rootguard.reconcile.guard import Guard

_ATTEMPTS: Final = 5
_NEWS: Final = timedelta(days=1)
"""For so long after its end, the notice of an exception is still sent."""
ASKED_A_SWEEP: Final = 100
NOTICES_A_SWEEP: Final = 10


def report(guard: Guard, incident: Incident, now: datetime) -> None:
    """Record what happened and send the notice that it gives rise to, if any.

    Raises:
        OutboxError: the queue did not take the notice. The topic got one plain line.
        LedgerError: the notice went out, but the incident is not on record.
    """
    guard.telemetry.log(
        incident.result.value,
        **incident.verdict.as_json(),
        policy_id=incident.drift.policy_id or None,
        target_id=incident.target_id or None,
        error=incident.error,
    )
    try:
        key, record = _on_record(guard, incident)
    except LedgerError as error:
        guard.telemetry.warn("the ledger does not answer", error=str(error))
        # Nobody knows what was said before: a page too many is better than one too few.
        _, notice = life.happened(None, incident, now)
        if notice is not None:
            # What a later attempt achieves must not pass for a copy of what an earlier one could not do.
            is_undone = incident.result in (Result.UNDONE, Result.ALREADY_UNDONE)
            notice = replace(notice, key=f"{notice.key}/{'undone' if is_undone else 'open'}")
            send(guard, notice, incident)
        return
    for _ in range(_ATTEMPTS):
        changed, notice = life.happened(record, incident, now, key)
        if notice is not None:
            send(guard, notice, incident)
        if changed == record or guard.ledger.keep_record(changed):
            return
        # Someone else wrote just now: look again.
        record = guard.ledger.record(changed.key)
        if record is not None and record.incident is None:
            # A sweep suspects it, and nobody was notified of that: it keeps the id that went out.
            record = replace(record, opened_at=changed.opened_at)
    raise LedgerError(f"the incident {changed.key} was changed by others {_ATTEMPTS} times in a row")


def _on_record(guard: Guard, incident: Incident) -> tuple[str, Record | None]:
    """Return the key of an incident, and what is on record there.

    If people know the policy and it then becomes a lockout, that is another incident. If only the second
    attempt, or a second sweep, could see that it is a lockout, it is the same incident.
    """
    drift, key = incident.drift, life.key_of(incident.drift)
    record, worse_key = guard.ledger.record(key), life.key_of(drift, lockout=True)
    if worse_key == key or not is_lockout(drift.policy, drift.at):
        return key, record
    worse = guard.ledger.record(worse_key)
    if worse is not None and worse.is_open:
        return worse_key, worse
    known = record.incident if record is not None and record.is_open else None
    if record is None or known is None or known.lockout or drift.event_id in record.events:
        return key, record
    return worse_key, worse


def close(guard: Guard, record: Record, now: datetime, stage: Stage = Stage.OVER) -> None:
    """Close an incident, and send the notice that it is over, or of another such stage. Raises as `report`.

    If it was changed since it was read, it stays as it is: the next sweep looks again.
    """
    clean, notice = life.closed(record, now, stage)
    if notice is not None:
        if guard.ledger.record(record.key) != record:
            return
        send(guard, notice, record.incident)
    keep(guard, clean)


def keep(guard: Guard, record: Record) -> None:
    """Write a record that no notice goes with. Raises LedgerError; another writer wins."""
    if not guard.ledger.keep_record(record):
        guard.telemetry.log("another invocation changed the incident", key=record.key)


def send(guard: Guard, notice: Notice, incident: Incident | None = None) -> None:
    """Send a notice. If it is an incident's, people hear of it in any case. Raises OutboxError."""
    try:
        guard.notices.send(notice)
    except OutboxError as error:
        guard.telemetry.warn("the notice queue does not answer", error=str(error))
        if incident is None:
            raise  # It can wait until the next sweep.
        try:
            guard.last_resort.say(_line(notice, incident))
        except OutboxError as refusal:
            raise OutboxError(f"{error}; {refusal}") from refusal
        raise
    guard.telemetry.log("notice sent", key=notice.key)


def _line(notice: Notice, incident: Incident) -> str:
    """Return the one plain line for people, if the notifier gets no notice."""
    drift = incident.drift
    what = " ".join(filter(None, (drift.kind.value, drift.policy_id, drift.policy_type)))
    who = drift.actor.name if drift.actor else "nobody known yet"
    return (
        f"Rootguard: {incident.result.value}: {what} on {incident.target_id or 'the organization'}, "
        f"by {who}. {notice.stage.value.capitalize()}. The details could not be sent; see its log."
    )


def notify_of_exceptions(guard: Guard, now: datetime) -> None:
    """Send the notices that are missing. Raises LedgerError, OutboxError.

    A granter can grant any number, so a sweep asks about some of them and sends notices of a few. Nobody can
    choose which ones: the only time of the granter's that counts here is the exception's own end.
    """
    recent = [permit for permit in guard.exceptions.all() if _is_recent(permit, now)]
    if len(recent) > ASKED_A_SWEEP:
        guard.telemetry.warn("more exceptions than a sweep asks about", exceptions=len(recent))
    # As if drawn by lot, other ones first each time.
    recent.sort(key=lambda permit: sha256(f"{now.isoformat()} {permit.key}".encode()).digest())
    drawn = guard.ledger.with_uses(recent[:ASKED_A_SWEEP])
    keys = {permit: _key(permit, now) for permit in drawn}
    marked = guard.ledger.marked(keys.values())
    news = [permit for permit in drawn if keys[permit] not in marked]
    for permit in news[:NOTICES_A_SWEEP]:
        send(guard, exception_notice(permit, now))
        guard.ledger.mark(keys[permit], EventMark(permit.state(now).value, now))


def exception_notice(permit: Permit, now: datetime, used: Drift | None = None) -> Notice:
    """Return the notice of where an exception is in its life, with the change that used it just now."""
    data = {"at": now.isoformat(), "permit": permit.as_json(), "drift": used.as_json() if used else None}
    return Notice(_key(permit, now), About.EXCEPTION, Stage.FOUND, data)


def written_notice(drift: Drift) -> Notice:
    """Return the notice of a policy that was created, or edited, and is a lockout."""
    return Notice(f"written/{drift.policy_id}/{drift.event_id}", About.WRITTEN, Stage.FOUND, drift.as_json())


def _key(permit: Permit, now: datetime) -> str:
    """Return what its notice is known by; also the name under which that is marked as sent."""
    return f"exception/{sha256(permit.key.encode()).hexdigest()[:16]}/{permit.state(now).value}"


def _is_recent(permit: Permit, now: datetime) -> bool:
    """Tell whether an exception permits anything now, or did until lately."""
    return (
        is_policy_id(permit.policy_id)
        and is_target_id(permit.target_id)
        and now - _NEWS <= permit.expires_at <= now + LONGEST
        and (permit.state(now) is not State.OPEN or permit.permits(now))
    )
