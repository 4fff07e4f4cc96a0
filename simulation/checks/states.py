"""Checks of the live organization: how long something may be there that nobody approved of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from simulation.checks.drifts import (
    READ_A_SWEEP,
    Drift,
    accepted_policies,
    allowed_sweeps,
    drifts,
    is_miscounted,
    is_named,
    is_wrong,
    lockouts,
    pauses,
)
from simulation.checks.evidence import Broken, Evidence
from simulation.history import FULL_ACCESS
from simulation.oracle.changes import RESTORE, SCP, TELLING, Change, event_of, took_effect
from simulation.oracle.film import Subject
from simulation.oracle.limits import Limit
from simulation.oracle.sweeps import BESIDE, Sweep
from simulation.seeds import QUIET_SWEEPS, RETRIES, quiet_since
from simulation.trace import AwsCall, Began, Ended

_PUT_BACK: Final = 120.0
"""Seconds in which the attachments of a policy type come back if nothing is in the way."""
_ON_ITS_WAY: Final = 1_860.0
"""Seconds for which what is missing after that may count as on its way (docs/limits.md)."""


def undone_by_sweeps(case: Evidence) -> Iterator[Broken]:
    """No protected target keeps an unapproved policy past the next completed sweep but one."""
    for drift in drifts(case):
        began = counts_from(case, drift)
        if began is None:
            continue
        beside = BESIDE if is_named(case, drift.subject) else frozenset[str]()
        most = allowed_sweeps(case, drift)
        for seeing in _stretches(case, drift, case.weather.seeing(began, drift.ended, beside)):
            if len(seeing) >= most:
                yield Broken(
                    seeing[most - 1].ended, f"{_said(case, drift.subject)}, {most} sweeps after it began"
                )
                break


def no_lockout(case: Evidence) -> Iterator[Broken]:
    """Root keeps no lockout past the next completed sweep."""
    for began, ended in _by_cause(case):
        most, beside = 1, BESIDE
        if _made_by_edit(case, began):
            case.excuses.by(Limit.EDIT_UNHEARD)
            most, beside = -(-accepted_policies(case, began) // READ_A_SWEEP) + 1, frozenset[str]()
        seeing = case.weather.seeing(began, ended, beside)
        if seeing and not case.weather.is_fair(seeing[0].began, seeing[0].ended, beside - {"DescribePolicy"}):
            case.excuses.by(Limit.UNREADABLE)
            most += 1
        if len(seeing) >= most:
            yield Broken(seeing[most - 1].ended, f"Root is locked out since {began:.0f} s")


def undone_by_events(case: Evidence) -> Iterator[Broken]:
    """What an event tells is undone by the invocation that hears it."""
    begins = {
        record.invocation: record
        for record in case.trace
        if isinstance(record, Began) and record.why in TELLING
    }
    ends = [
        (begins[record.invocation], record)
        for record in case.trace
        if isinstance(record, Ended) and record.how == "well" and record.invocation in begins
    ]
    for change in case.changes:
        subject = subject_of(change)
        if subject is None or not change.worked or change.number in case.acceptance.approved:
            continue
        # An event is applied once: its copies are not looked at any more.
        handled = (e for b, e in ends if event_of(b.payload) == change.event_id)
        ended = next(handled, None)
        if ended is None or not _is_left(case, change, subject, ended.at):
            continue
        if case.weather.is_down(("reads",), change.at, ended.at) and case.excuses.by(Limit.UNREADABLE):
            continue
        yield Broken(ended.at, f"{_said(case, subject)}, although its event was handled")


def quiet_is_clean(case: Evidence) -> Iterator[Broken]:
    """After two quiet sweeps the live state is the accepted state."""
    quiet = quiet_since(case.history.steps) + RETRIES
    if case.end < quiet + (QUIET_SWEEPS - 1) * case.history.sweep.every:
        return
    for drift in drifts(case):
        if drift.ended < case.end or not is_wrong(case, drift.subject, case.end):
            continue
        began = counts_from(case, drift)
        if began is not None and began < quiet:
            yield Broken(case.end, f"{_said(case, drift.subject)} at the end")


def always_a_policy(case: Evidence) -> Iterator[Broken]:
    """A target is never left without any policy of an enabled type."""
    moments = {
        turn.at for subject, turns in case.film.turns.items() if subject[0] == "attachment" for turn in turns
    }
    for moment in sorted(moments):
        for target in (each for each in case.film.targets if not case.film.is_gone(each, moment)):
            if case.film.value(("type", SCP), moment) is True and not any(
                case.film.types.get(policy, SCP) == SCP for policy in case.film.attached(target, moment)
            ):
                yield Broken(moment, f"{case.name(target)} is without any SCP")


def subject_of(change: Change) -> Subject | None:
    """Return what a change changes; None if it changes nothing that is guarded."""
    match change.call:
        case "AttachPolicy" | "DetachPolicy":
            return ("attachment", change.policy_id, change.target_id)
        case "UpdatePolicy":
            return ("document", change.policy_id)
        case "MoveAccount":
            return ("place", change.target_id)
    return None


def _is_left(case: Evidence, change: Change, subject: Subject, at: float) -> bool:
    """Tell whether a change is still in force at a moment and should not be."""
    last = next((turn for turn in reversed(case.film.turns.get(subject, ())) if turn.at <= at), None)
    if last is None or last.number != change.number or not is_wrong(case, subject, at):
        return False
    if change.at < case.acceptance.contact:
        return not case.excuses.by(Limit.FIRST_CONTACT)
    if any(pause.began <= at <= pause.ended for pause in pauses(case, subject)):
        return not case.excuses.by(Limit.FIGHT)
    if case.weather.is_down(("ledger", "index"), change.at, at):
        return not case.excuses.by(Limit.LEDGER_DOWN)
    sure = case.acceptance.during(subject, change.at, at)
    return case.film.value(subject, at) not in sure.values


def counts_from(case: Evidence, drift: Drift) -> float | None:
    """Return from when on sweeps must see a drift; None if a limit excuses all of it."""
    began, subject = drift.began, drift.subject
    if subject[0] == "type":
        return began
    if pauses(case, subject) and is_miscounted(case, subject, began):
        return None
    for pause in pauses(case, subject):
        if began <= pause.ended and pause.began <= drift.ended:
            case.excuses.by(Limit.FIGHT)
            began = max(began, pause.ended)
    if drift.change is not None and drift.change.call == "DisablePolicyType":
        began = max(began + _PUT_BACK, _is_back(case, began))
    if drift.change is not None and drift.change.call == "DetachPolicy":
        heard = drift.change.known_at or case.end
        began = max([began, *(min(until, heard) for until in _restored_until(case, subject[1], began))])
    if subject[0] == "attachment" and subject[1] in FULL_ACCESS and not case.scope.is_named(subject[2]):
        case.excuses.by(Limit.FULL_ACCESS_BELOW)
        known_at = drift.change.known_at if drift.change is not None else None
        if known_at is None or known_at < began:
            return None  # Its event came while the account was elsewhere.
        began = known_at
    return began if began < drift.ended else None


def _is_back(case: Evidence, at: float) -> float:
    """Return when a sweep had seen that all is back that was put back after a type was disabled."""
    restored = [
        call.at
        for call in case.trace
        if isinstance(call, AwsCall) and call.function == RESTORE and took_effect(call)
        if call.call == "AttachPolicy" and at <= call.at < at + _ON_ITS_WAY
    ]
    seeing = case.weather.seeing(max(restored, default=at), case.end)
    return seeing[0].ended if seeing else case.end


def _restored_until(case: Evidence, policy_id: str, at: float) -> Iterator[float]:
    """Yield until when a policy that is missing may be on its way, since its type was disabled."""
    policy_type = case.film.types.get(policy_id, SCP)
    for change in case.changes:
        is_disabled = change.worked and change.call == "DisablePolicyType"
        if is_disabled and change.policy_type == policy_type and change.at <= at < change.at + _ON_ITS_WAY:
            case.excuses.by(Limit.TYPE_DISABLED)
            yield change.at + _ON_ITS_WAY


def _stretches(case: Evidence, drift: Drift, seeing: Sequence[Sweep]) -> list[list[Sweep]]:
    """Return the sweeps that could see a drift, in rows that no fault and no other change breaks.

    Contents are read in turn, and a policy that cannot be read waits for its next turn. What is changed once
    more is suspected anew, since whoever did that may be trusted.
    """
    rows: list[list[Sweep]] = []
    for sweep in seeing:
        is_next = bool(rows) and (
            drift.subject[0] != "document" or case.weather.is_fair(rows[-1][-1].began, sweep.ended)
        )
        if is_next and _changed_between(case, drift.subject, rows[-1][-1], sweep):
            case.excuses.by(Limit.CHANGED_AGAIN)
            is_next = False
        if is_next:
            rows[-1].append(sweep)
        else:
            rows.append([sweep])
    return rows


def _changed_between(case: Evidence, subject: Subject, one: Sweep, other: Sweep) -> bool:
    return case.film.value(subject, one.began) != case.film.value(subject, other.began)


def _by_cause(case: Evidence) -> Iterator[tuple[float, float]]:
    """Yield each time in which Root was locked out, an edit in the midst of it apart."""
    edits = [change.at for change in case.changes if change.call == "UpdatePolicy" and change.worked]
    for began, ended in lockouts(case):
        moments = [began, *sorted({at for at in edits if began < at < ended}), ended]
        yield from pairwise(moments)


def _made_by_edit(case: Evidence, at: float) -> bool:
    return any(change.at == at and change.call == "UpdatePolicy" for change in case.changes)


def _said(case: Evidence, subject: Subject) -> str:
    kind, first, *more = subject
    if kind == "attachment":
        state = "is" if case.film.value(subject, case.end) is True else "was, or is,"
        return f"the policy {case.name(first, *more)} {state} not as accepted"
    words = {"document": "the content of", "place": "the place of", "type": "the policy type"}
    return f"{words[kind]} {case.name(first)} is not as accepted"
