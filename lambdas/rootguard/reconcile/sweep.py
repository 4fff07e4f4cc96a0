"""The sweep: everything in scope is seen and compared with the baseline, for changes whose event was lost.

    observe ─▶ drifts ─▶ must it be undone now, or did an earlier sweep see it? ─▶ reconcile
                                 └─ no: suspect it, its event may still come
    then: adopt what was never seen, close what is over, keep the inventory

What an event and a sweep do about a drift is the same `reconcile`. What cannot be looked at is a gap: nothing
is closed there, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from rootguard.domain import rules
from rootguard.domain.case import Case, places
from rootguard.domain.drift import ChangeKind, Drift, SubjectKind
from rootguard.domain.exceptions import covering
from rootguard.domain.guardrail import protection_of
from rootguard.domain.policy import full_access_of, root_first
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import remedy_of
from rootguard.domain.verdict import Outcome, Verdict
from rootguard.domain.watch import WatchHint
from rootguard.incidents import life
from rootguard.incidents.life import Life, Record
from rootguard.ports import LedgerError, OutboxError
from rootguard.reconcile.accept import adopt_what_was_seen
from rootguard.reconcile.aftermath import undecided, violated
from rootguard.reconcile.guard import Guard, Undo
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.observe import observe, observe_root
from rootguard.reconcile.reader import LazyReader
from rootguard.reconcile.reconciler import reconcile
from rootguard.reconcile.report import close, keep, notify_of_exceptions
from rootguard.reconcile.watch import start_watch


def sweep(guard: Guard, next_at: datetime) -> None:
    """See, compare, reconcile. The watch goes on until the next sweep is due.

    Raises:
        OrganizationsError, LedgerError, OutboxError: a target could not be looked at or put
            right, or people could not be notified. Everything else was done; the sweep does not count as
            completed.
    """
    guard = replace(guard, patient=False)
    restored = guard.guardrail.types_to_restore if guard.restorer else frozenset[str]()
    root = guard.organizations.root()
    unwatched = _watch(guard, root.id, next_at)
    seen = observe(guard, restored, root)
    seen.failures += unwatched
    for drift in sorted(seen.drifts, key=_in_order):
        with seen.needed("could not put right"):
            if not _handle(guard, drift, seen.at):
                seen.drifts.remove(drift)
    with seen.needed("could not accept or keep what was seen"):
        adopt_what_was_seen(guard, seen)
        for keep_it in seen.to_keep:
            keep_it(guard.ledger)
        # Only now: what was not accepted or kept must be found again, by a round that has not passed it.
        _keep_rounds(guard, seen)
    for record in seen.records:
        with seen.needed("could not close an incident"):
            _close(guard, record, seen)
    with seen.needed("could not tell of exceptions"):
        notify_of_exceptions(guard, seen.at)
    for gap in seen.gaps:
        guard.telemetry.warn("not looked at", what=gap)
    if seen.gaps:
        guard.telemetry.count("SweepGaps")
    if seen.failures:
        raise seen.failures[0]
    guard.telemetry.count("SweepCompleted")
    guard.telemetry.log(
        "swept",
        targets=len(seen.listed),
        policies=len(seen.asked),
        drifts=len(seen.drifts),
        open_incidents=sum(record.is_open for record in seen.records),
    )


def _watch(guard: Guard, root_id: str, until: datetime) -> list[Exception]:
    """Start the watch, before anything that takes long; return what kept it from starting."""
    try:
        start_watch(guard, root_id, until)
    except (LedgerError, OutboxError) as error:
        guard.telemetry.warn("could not start the watch", error=str(error))
        return [error]
    return []


def answer_hint(guard: Guard, hint: WatchHint) -> None:
    """Look at Root as the watch says, and undo at once what a sweep would undo at its first look: a lockout.

    All else waits for its event, or for the sweeps. A hint says only that Root is not as accepted, and one
    that comes when the next sweep is due says nothing new.

    Raises:
        OrganizationsError, LedgerError, OutboxError: Root could not be looked at or put right, or people
            could not be notified.
    """
    if guard.clock() >= hint.until:
        return
    guard = replace(guard, patient=False)
    seen = observe_root(guard)
    for drift in sorted(seen.drifts, key=_in_order):
        with seen.needed("could not put right"):
            record, reader = guard.ledger.record(life.key_of(drift)), LazyReader(guard, drift)
            verdict = rules.decide(drift, reader, guard.guardrail)
            if verdict.is_incident and _must_act_now(guard, drift, verdict, reader, record):
                _act(guard, drift, verdict, reader, life.suspect(record, drift, seen.at))
    if seen.failures:
        raise seen.failures[0]


def _handle(guard: Guard, drift: Drift, now: datetime) -> bool:
    """Undo a drift if it cannot wait or was seen before, else suspect it; False if it is no violation."""
    record = guard.ledger.record(life.key_of(drift))
    is_known = record is not None and record.incident is not None and record.life is Life.CLEAN
    if is_known and drift.subject.kind is SubjectKind.ORGANIZATION:
        return True  # People know it from its event, and nothing ever undoes it.
    is_ripe = record is not None and record.is_ripe(now)
    if record is not None and is_ripe:
        # Its age is its own, not that of this sweep.
        drift = replace(drift, at=record.first_seen)
    reader, suspected = LazyReader(guard, drift), life.suspect(record, drift, now)
    try:
        verdict = rules.decide(drift, reader, guard.guardrail)
    except UnreadableError as error:
        # People are notified of a drift that cannot be judged once it was seen twice.
        if is_ripe:
            undecided(guard, drift, error, reader, now)
        else:
            keep(guard, suspected)
        raise
    if not verdict.is_incident:
        return False
    if not is_ripe and not _must_act_now(guard, drift, verdict, reader, record):
        keep(guard, suspected)
        return True
    _act(guard, drift, verdict, reader, suspected)
    return True


def _act(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader, suspected: Record) -> None:
    """Reconcile. What is to be undone is noted first, in case the invocation is cut off meanwhile."""
    if verdict.outcome is Outcome.REVERT:
        keep(guard, replace(suspected, acting=True))
    reconcile(guard, drift, verdict, reader)


def _must_act_now(
    guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader, record: Record | None
) -> bool:
    """Tell whether a drift cannot wait for its event: a lockout on Root that no exception may cover.

    If it cannot be read, it waits, unless it was undone just now and is back.
    """
    policy_id, target_id = drift.policy_id, verdict.target_id
    try:
        protection = protection_of(target_id, guard.guardrail, reader.ancestors)
        if not protection:
            return False
        if not Case(drift, reader, guard.guardrail, target_id, protection).leaves_root_locked:
            return False
        # A policy that cannot be read now is a lockout only if it is known to be one.
        policy = drift.policy or reader.known(policy_id) or reader.policy(policy_id)
    except UnreadableError as error:
        guard.telemetry.warn("nobody knows whether it is a lockout", error=str(error))
        return record is not None and record.is_open
    return policy is None or not covering(reader.permits(policy_id, target_id), policy, target_id, reader.now)


def _close(guard: Guard, record: Record, seen: Observation) -> None:
    """Close an incident whose subject was seen without a drift. Raises LedgerError, OutboxError."""
    subject = record.drift.subject
    is_seen = any(drift.subject == subject for drift in seen.drifts)
    if is_seen or not life.may_close(record, seen.at):
        return
    if not seen.covers(record.drift):
        is_below = record.drift.target_id not in seen.named
        is_blind = is_below and record.was_undone and full_access_of(record.drift.policy_id)
        if is_blind or not any(places(record.drift, LazyReader(guard, record.drift), guard.guardrail)):
            # No sweep will look there. Nobody saw that it is over, so no notice is sent.
            keep(guard, life.closed(record, seen.at)[0])
        return
    if record.acting:
        # A sweep set out to undo it, and was cut off before it could say so. No event had come by then.
        drift = replace(record.drift, change=None, at=record.first_seen)
        reader = LazyReader(guard, drift)
        verdict = rules.decide(drift, reader, guard.guardrail)
        if verdict.outcome is Outcome.REVERT:
            actions, undone_at = remedy_of(drift, verdict, reader), reader.fight(subject).last
            is_counted = undone_at is not None and undone_at >= drift.at
            violated(guard, drift, verdict, Undo(actions, () if is_counted else actions), reader)
            return
    if not guard.ledger.fight(subject).is_on(seen.at):
        close(guard, record, seen.at)


def _keep_rounds(guard: Guard, seen: Observation) -> None:
    """Keep how far the rounds have come, and through which places. Raises LedgerError."""
    for name, reached in seen.rounds.items():
        if seen.last_rounds.get(name) != reached:
            guard.ledger.keep_round(name, reached)
    for target_id in seen.unprotected:
        guard.ledger.unadopt(target_id)
    if seen.coverage and seen.coverage != guard.ledger.coverage():
        guard.ledger.keep_coverage(seen.coverage)


def _in_order(drift: Drift) -> tuple[tuple[bool, bool, str], bool, str]:
    """Return what sorts drifts from the root down; what may not be there comes off before others go on."""
    is_missing = drift.kind is ChangeKind.DETACHED
    return root_first(drift.target_id or drift.policy_id), is_missing, drift.policy_id


def next_sweep(order: Mapping[str, object], now: datetime) -> datetime:
    """Return when the sweep after this one is due: in a minute, if the order does not say.

    The order says when this one was due, `at`, and `every_minutes`; if someone invokes the function by hand,
    it may not. If the next one is due already, that does all that this one would have done. So a retry by
    Lambda of a failed sweep, or one that was kept while it was throttled, leaves no dead letter each minute.
    The failure itself was raised, and the sweep is missing among those completed.
    """
    minutes = order.get("every_minutes")
    with suppress(KeyError, ValueError):
        due = datetime.fromisoformat(str(order["at"]))
        if isinstance(minutes, int) and due.tzinfo is not None:
            return due + timedelta(minutes=minutes)
    return now + timedelta(minutes=1)
