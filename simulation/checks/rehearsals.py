"""Checks of rehearsals, from the outside: what is left behind, what is attached, and who is woken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from simulation.checks.drifts import is_miscounted, pauses
from simulation.checks.evidence import Broken, Evidence
from simulation.clock import DEPLOYED_AT
from simulation.oracle.changes import Change
from simulation.oracle.documents import same
from simulation.oracle.film import Turn
from simulation.oracle.limits import Limit
from simulation.oracle.pages import NOBODY, Page
from simulation.oracle.rehearsals import Rehearsed
from simulation.oracle.sweeps import BESIDE
from simulation.rehearsal import REHEARSAL, SCP_NAME
from simulation.trace import AwsCall, Paged
from simulation.world import content
from stacks.rehearsal_rules import HARMLESS

_READS: Final = ("Describe", "List")
_ITS_CALLS: Final = ("AttachPolicy", "DetachPolicy")
_SWEEPS: Final = 2
_HALTED: Final = ("not-undone", "not-touched")
_SLACK: Final = 5.0
_LATELY: Final = 600.0
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def leaves_nothing(case: Evidence) -> Iterator[Broken]:
    """After its end, or two sweeps after it was cut off, the SCP is not attached, and no baseline has it."""
    for rehearsed in case.rehearsals.all:
        for change in rehearsed.attached:
            gone = _gone(case, change)
            ended = next((each for each in rehearsed.attempts if each.outcome and each.at >= change.at), None)
            if ended is not None and ended.at < gone:
                if case.weather.is_down(("reads",), change.at, ended.at):
                    case.excuses.by(Limit.UNREADABLE)
                else:
                    yield Broken(ended.at, f"{SCP_NAME} stays attached after the rehearsal's end")
            if pauses(case, case.rehearsals.subject):
                case.excuses.by(Limit.FIGHT)
            elif len(seeing := case.weather.seeing(change.at, gone, BESIDE)) >= _SWEEPS:
                yield Broken(seeing[_SWEEPS - 1].ended, f"{SCP_NAME} is attached after {_SWEEPS} sweeps")
    if case.rehearsals.subject and _is_in_the_baseline(case):
        accepted = case.acceptance.of(case.rehearsals.subject, case.end)
        if True not in accepted.values:
            yield Broken(case.end, f"the baseline has {SCP_NAME}, of which nobody approved")


def attaches_only_its_own(case: Evidence) -> Iterator[Broken]:
    """Its function writes nothing but that SCP on that OU, and attaches it only if nothing forbids it."""
    named = {each.asked.invocation: each for each in case.rehearsals.all}
    observes = case.history.guardrail.get("mode") == "observe"
    for call in case.trace:
        if not isinstance(call, AwsCall) or call.function != REHEARSAL or call.service != "organizations":
            continue
        if call.call.startswith(_READS):
            continue
        at = ("attachment", call.parameters.get("PolicyId"), call.parameters.get("TargetId"))
        if call.call not in _ITS_CALLS or at != case.rehearsals.subject:
            where = case.name(*(str(each) for each in at[1:] if each))
            yield Broken(call.at, f"the rehearsal's function calls {call.call} of {where}")
        elif call.call == "AttachPolicy" and observes:
            yield Broken(call.at, "a rehearsal begins although the guardrail only observes")
        elif call.call == "AttachPolicy" and call.invocation in named:
            asked = named[call.invocation].asked
            if asked.when != "anyway" and _is_blocked(case, asked.at):
                yield Broken(call.at, "a rehearsal begins in a blocked window, and nobody said anyway")


def wakes_nobody(case: Evidence) -> Iterator[Broken]:
    """People are woken for a rehearsal only if the guard did not undo it in time."""
    for page in case.pages:
        record = case.trace[page.number]
        if isinstance(record, Paged) and record.wakes and _is_of_a_rehearsal(case, page):
            if _is_unmarked(case, page, record):
                case.excuses.by(Limit.REHEARSAL_UNMARKED)
                continue
            yield Broken(page.at, f"a page wakes people for a rehearsal that was undone: {page.title}")
    for rehearsed in case.rehearsals.all:
        if rehearsed.outcome != "FAILED":
            continue
        if not rehearsed.attached and _was_heard_of_another(case, rehearsed):
            yield Broken(rehearsed.attempts[-1].at, "a rehearsal failed that had attached nothing")
        elif _was_undone_in_time(case, rehearsed):
            yield Broken(rehearsed.attempts[-1].at, "a rehearsal failed whose SCP the guard detached in time")


def makes_no_fight(case: Evidence) -> Iterator[Broken]:
    """The undo that makes a fight is never one of a rehearsal."""
    subject = case.rehearsals.subject
    own = {change.number for each in case.rehearsals.all for change in each.attached}
    for pause in pauses(case, subject) if subject else ():
        turns = [turn for turn in case.film.turns[subject] if turn.at <= pause.began and turn.value is True]
        if not turns or turns[-1].number not in own or is_miscounted(case, subject, pause.began):
            continue
        if case.weather.is_down(("ledger", "index", "clock"), pause.began - _LATELY, pause.began):
            case.excuses.by(Limit.LEDGER_DOWN)
            continue
        yield Broken(pause.began, "the guard takes a rehearsal for a fight")


def _gone(case: Evidence, change: Change) -> float:
    """Return when what a rehearsal attached was off again; its own moment if it had been attached before."""
    turns = case.film.turns.get(case.rehearsals.subject, ())
    place = next((place for place, turn in enumerate(turns) if turn.number == change.number), None)
    if place is None:
        return change.at
    return turns[place + 1].at if len(turns) > place + 1 else float("inf")


def _is_in_the_baseline(case: Evidence) -> bool:
    """Tell whether the last that was written of the SCP under a key with the OU says that it is there."""
    _, policy_id, target_id = case.rehearsals.subject
    present = False
    for call in case.trace:
        if isinstance(call, AwsCall) and call.service == "dynamodb" and call.error is None:
            for item in _items(call.parameters):
                key = [str(item.get(name, {})) for name in ("pk", "sk")]
                if f"BASELINE#{target_id}" in key[0] and policy_id in key[1]:
                    present = bool(item.get("present", {"BOOL": True}).get("BOOL"))
    return present


def _items(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the items that a call puts."""
    puts = [parameters, *(each.get("Put", {}) for each in parameters.get("TransactItems", ()))]
    yield from (put["Item"] for put in puts if "Item" in put)


def _is_blocked(case: Evidence, at: float) -> bool:
    given = case.history.guardrail.get("rehearsal", {})
    moment = datetime.fromtimestamp(DEPLOYED_AT + at, UTC)
    if moment.date().isoformat() in given.get("blocked_dates", ()):
        return True
    said = f"{_DAYS[moment.weekday()]}:{moment:%H:%M}"
    windows = (window.split("-") for window in given.get("blocked_windows", ()))
    return any(began <= said < ended for began, ended in windows)


def _is_of_a_rehearsal(case: Evidence, page: Page) -> bool:
    """Tell whether a page is about an attachment that a rehearsal made, and that was undone."""
    subject = case.rehearsals.subject
    if not subject or not page.names(*subject[1:]) or page.stage in _HALTED:
        return False
    earlier = [each for each in case.pages if each.at <= page.at and each.names(*subject[1:])]
    if any(each.stage in _HALTED for each in earlier):
        return False  # Whoever was woken hears the rest of it, too.
    about = [each for each in case.changes if each.at <= page.at and case.rehearsals.is_about(each)]
    others = [each for each in about if not case.rehearsals.made(each)]
    if page.by == REHEARSAL:
        # While somebody else's incident is open, it is one more in that.
        return not any(each.at >= page.at - _LATELY for each in others)
    return page.by == NOBODY and not others


def _is_unmarked(case: Evidence, page: Page, record: Paged) -> bool:
    """Tell whether the guard could not mark a rehearsal, or tell of it as one."""
    policy_id = case.rehearsals.subject[1]
    contents = case.film.values(("document", policy_id), page.at - _LATELY, page.at)
    is_known = contents == {same(content(HARMLESS))}
    can_read = not any(
        fault.call == "DescribePolicy"
        and fault.at <= page.at
        and page.at - _LATELY <= (fault.until or page.at)
        for fault in case.weather.faults
    )
    return not is_known or not can_read or not record.page


def _was_undone_in_time(case: Evidence, rehearsed: Rehearsed) -> bool:
    """Tell whether the guard detached the SCP in time by its event, with nothing in the way."""
    began, ended = rehearsed.asked.at, rehearsed.attempts[-1].at
    disturbed = any(
        began - _LATELY <= each.at <= ended
        for each in case.changes
        if case.rehearsals.is_about(each) and not case.rehearsals.made(each)
    )
    killed = any(began <= kill <= ended for kill in case.weather.kills)
    if disturbed or killed or not case.weather.is_fair(began - _LATELY, ended):
        return False
    return any(
        change.heard[:1] and min(change.heard) <= change.at + case.rehearsals.within - _SLACK
        for change in rehearsed.attached
        if (turn := _undo(case, change)) is not None
        and turn.at <= change.at + case.rehearsals.within - _SLACK
    )


def _was_heard_of_another(case: Evidence, rehearsed: Rehearsed) -> bool:
    """Tell whether the event of somebody else's attachment arrived in time, with nothing in the way."""
    began, ended = rehearsed.asked.at, rehearsed.attempts[-1].at
    others = [
        each
        for each in case.changes
        if case.rehearsals.is_attachment(each) and each.worked and not case.rehearsals.made(each)
    ]
    last = max((each for each in others if each.at <= began), key=lambda each: each.number, default=None)
    in_time = began + case.rehearsals.within - _SLACK
    return (
        last is not None
        and any(began <= heard <= in_time for heard in last.heard)
        and case.weather.is_fair(last.at, ended)
    )


def _undo(case: Evidence, change: Change) -> Turn | None:
    """Return the guard's undo of an attachment; None if somebody else detached it, or nobody."""
    turns = case.film.turns.get(case.rehearsals.subject, ())
    after = next((turn for turn in turns if turn.number > change.number), None)
    people = {each.number for each in case.changes}
    return after if after is not None and after.number not in people else None
