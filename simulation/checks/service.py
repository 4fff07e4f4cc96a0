"""Checks of the service itself: sweeps go on, invocations end well, and a dead ledger stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulation.checks import rehearsal_lines
from simulation.checks.drifts import is_wrong, pauses
from simulation.checks.evidence import Broken, Evidence
from simulation.checks.pages import is_violation
from simulation.checks.states import subject_of
from simulation.oracle.changes import GUARD, TELLING, Change, event_of
from simulation.oracle.film import Subject
from simulation.oracle.limits import Limit
from simulation.trace import Began, Ended, Swept

_DOWN: Final = 30.0
_TOLD: Final = 120.0
"""Seconds in which a page of what was undone without a ledger must be out."""


def sweeps_go_on(case: Evidence) -> Iterator[Broken]:
    """A sweep that meets no fault is completed, and an invocation that meets none ends well."""
    swept = {record.invocation for record in case.trace if isinstance(record, Swept)}
    begins = {record.invocation: record for record in case.trace if isinstance(record, Began)}
    for record in case.trace:
        if not isinstance(record, Ended) or record.how == "killed":
            continue
        began = begins[record.invocation]
        if not case.weather.is_fair(began.at, record.at):
            continue
        if "PolicyTypeNotEnabledException" in record.error and case.excuses.by(Limit.TYPE_DISABLED):
            continue  # Nothing of a disabled type can be put back. It fails, and is tried again.
        if record.how != "well":
            yield Broken(record.at, f"{record.function} ({began.why}) {record.how}: {record.error}")
        elif began.why == "sweep" and began.attempt == 1 and record.invocation not in swept:
            yield Broken(record.at, f"the sweep of {began.at:.0f} s is not completed")


def ledger_is_not_needed(case: Evidence) -> Iterator[Broken]:
    """If the ledger is unreachable, Rootguard still detaches and still pages."""
    for change in case.changes:
        subject = subject_of(change)
        if change.call != "AttachPolicy" or subject is None or not is_violation(case, change, subject):
            continue
        ended = _handled_without_ledger(case, change)
        protection = case.scope.protection(change.target_id, change.at)
        if ended is None or protection is None or not protection.reverts or pauses(case, subject):
            continue
        if _is_attached_since(case, change, subject, ended):
            yield Broken(ended, f"{case.name(*subject[1:])} stays while the ledger is down")
        elif rehearsal_lines.is_told(case, change):
            continue
        elif not any(t.names(*subject[1:]) and change.at <= t.at <= ended + _TOLD for t in case.pages):
            yield Broken(ended, f"{case.name(*subject[1:])} is not paged while the ledger is down")


def _handled_without_ledger(case: Evidence, change: Change) -> float | None:
    """Return when an event was handled while only the ledger was down; None if it was not."""
    faults = [fault for fault in case.weather.faults if fault.kind != "ledger"]
    begins = {
        record.invocation: record
        for record in case.trace
        if isinstance(record, Began) and record.why in TELLING and record.function == GUARD
    }
    for record in case.trace:
        if not isinstance(record, Ended) or record.how == "killed" or record.invocation not in begins:
            continue
        began = begins[record.invocation]
        if event_of(began.payload) != change.event_id or began.attempt > 1:
            continue
        down = [
            fault
            for fault in case.weather.faults
            if fault.kind == "ledger"
            and fault.at <= began.at
            and (fault.until or record.at) >= record.at + _DOWN
        ]
        others = any(f.at <= record.at + _TOLD and began.at <= (f.until or record.at) for f in faults)
        killed = any(began.at <= at <= record.at + _TOLD for at in case.weather.kills)
        if down and all(fault.share == 1 for fault in down) and not others and not killed:
            return record.at
    return None


def _is_attached_since(case: Evidence, change: Change, subject: Subject, at: float) -> bool:
    last = next((turn for turn in reversed(case.film.turns[subject]) if turn.at <= at), None)
    return last is not None and last.number == change.number and is_wrong(case, subject, at)
