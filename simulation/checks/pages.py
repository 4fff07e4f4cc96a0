"""Checks of what people are page: everything, once, and nothing that did not happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from simulation.checks import rehearsal_lines
from simulation.checks.drifts import Drift, allowed_sweeps, drifts, is_guarded, pauses
from simulation.checks.evidence import Broken, Evidence
from simulation.checks.states import counts_from, subject_of
from simulation.history import FULL_ACCESS
from simulation.oracle.changes import Change
from simulation.oracle.film import Subject, Turn
from simulation.oracle.limits import Limit
from simulation.oracle.pages import NOBODY, Page
from simulation.trace import AwsCall, DeadLetter, Ended

_OPEN: Final = 600.0
"""Seconds for which an incident stays open after it was seen, at most: what is seen by then belongs to it."""
_SURELY_OPEN: Final = 150.0
"""Seconds for which an incident is open for sure."""
_SETTLED: Final = 180.0
"""Seconds after the last undo from which on a sweep that sees no drift closes the incident."""
_SLACK: Final = 5.0
_RETRIED: Final = 70.0
"""Seconds until Lambda has tried a killed invocation again, the first time."""
_HALTED: Final = ("not-undone", "not-touched")
_OWN: Final = ("Rootguard", "rootguard")


def every_violation_is_paged(case: Evidence) -> Iterator[Broken]:
    """Every violation is paged at least once."""
    found = {
        (drift.subject, drift.change.number): drift for drift in drifts(case) if drift.change is not None
    }
    for change in case.changes:
        subject = subject_of(change)
        if subject is None or not is_violation(case, change, subject):
            continue
        since = _opened(case, change)
        if any(page.at >= since - _OPEN and page.mentions(*subject[1:]) for page in case.pages):
            continue
        if rehearsal_lines.is_told(case, change):
            continue
        if change.known_at is None and _is_excused(case, change, found.get((subject, change.number))):
            continue
        yield Broken(change.at, f"{change.by}'s {change.call} of {case.name(*subject[1:])} is never paged")


def actors_are_named(case: Evidence) -> Iterator[Broken]:
    """If the event of a violation is handled, a page says who did it."""
    for change in case.changes:
        subject = subject_of(change)
        if subject is None or change.known_at is None or not is_violation(case, change, subject):
            continue
        since = _opened(case, change) - _OPEN
        named = [
            page
            for page in case.pages
            if page.mentions(*subject[1:]) and page.by == change.by and page.at >= since
        ]
        if named or pauses(case, subject) or case.rehearsals.made(change):
            continue
        if case.weather.is_down(("ledger", "index"), change.at, change.known_at):
            case.excuses.by(Limit.LEDGER_DOWN)
            continue
        yield Broken(
            change.at, f"no page says that {change.by} did {change.call} of {case.name(*subject[1:])}"
        )


def _opened(case: Evidence, change: Change) -> float:
    """Return since when the same person does the same again and again: that is one incident, and one page."""
    since = change.at
    for earlier in reversed(case.changes):
        is_same = (earlier.by, subject_of(earlier)) == (change.by, subject_of(change)) and earlier.worked
        if is_same and earlier.at <= since and not _is_over(case, earlier, since):
            since = earlier.at
    return since


def _is_over(case: Evidence, change: Change, at: float) -> bool:
    """Tell whether a sweep saw, once it was settled, that what a change did was undone."""
    turns = case.film.turns.get(subject_of(change) or (), ())
    undone = next((turn.at for turn in turns if turn.number > change.number), at)
    known = change.known_at if change.known_at is not None and change.known_at <= at else undone
    return bool(case.weather.seeing(max(known, undone) + _SETTLED, at))


def paged_once(case: Evidence) -> Iterator[Broken]:
    """Once is what a person sees, for each incident, stage and actor."""
    counted: Counter[tuple[Subject, str, str]] = Counter()
    subjects = {subject for change in case.changes if (subject := subject_of(change)) is not None}
    for page in case.pages:
        for subject in sorted(subject for subject in subjects if _tells(page, subject)):
            if _is_another(page, subject):
                continue
            key = (subject, page.by, page.stage)
            counted[key] += 1
            if counted[key] <= _occasions(case, subject, page):
                continue
            if may_repeat(case, page.at):
                case.excuses.by(Limit.PAGED_AGAIN)
                counted[key] -= 1
                continue
            by = page.by or "nobody"
            yield Broken(page.at, f"page {counted[key]} ({page.stage}) of {case.name(*subject[1:])} by {by}")


def nothing_is_invented(case: Evidence) -> Iterator[Broken]:
    """What the guard itself did is never reported as somebody's change."""
    subjects = sorted({subject for change in case.changes if (subject := subject_of(change)) is not None})
    for page in case.pages:
        if page.by.startswith(_OWN):
            yield Broken(page.at, f"a page says that {page.by} did it")
            continue
        told = [subject for subject in subjects if _tells(page, subject) and not _is_another(page, subject)]
        own = {subject: turn for subject in told if (turn := _own_write(case, subject, page))}
        if any(_is_unnoted(case, turn) for turn in own.values()):
            case.excuses.by(Limit.UNCOUNTED)
            continue
        if any(turn.at <= case.acceptance.contact for turn in own.values()):
            case.excuses.by(Limit.FIRST_CONTACT)
            continue
        if any(Limit.CONFIRMED in case.acceptance.of(subject, page.at).limits for subject in own):
            case.excuses.by(Limit.CONFIRMED)
            continue
        if any(_was_unheard(case, subject, turn) for subject, turn in own.items()):
            case.excuses.by(Limit.NOT_HEARD_YET)
            continue
        if own:
            name = case.name(*min(own)[1:])
            yield Broken(page.at, f"a page tells of the guard's own write on {name}: {page.title}")
            continue
        changes = [change for change in case.changes if change.at <= page.at and _names(page, change)]
        if page.by != NOBODY and not any(change.by == page.by for change in changes):
            yield Broken(page.at, f"a page blames {page.by}, who did nothing of it: {page.title}")
        elif not changes and not _was_dropped(case, page):
            yield Broken(page.at, f"a page tells of what nobody did: {page.title}")


def is_violation(case: Evidence, change: Change, subject: Subject) -> bool:
    """Tell whether a change is one for sure: it worked, nobody approved of it, and nothing excuses it."""
    if not change.worked or change.number in case.acceptance.approved or change.at < case.acceptance.contact:
        return False
    if subject[0] == "attachment":
        if not case.scope.covers(subject[1], subject[2], change.at):
            return False
    elif not is_guarded(case, subject, change.at):
        return False
    until = max([change.at, *change.heard[:1]]) + _SLACK
    if any(change.at <= kill <= until for kill in case.weather.kills):
        until += _RETRIED
    if subject[0] == "attachment" and not case.scope.covers(subject[1], subject[2], until):
        return not case.excuses.by(Limit.MOVED_OUT)
    if subject[0] == "document" and not is_guarded(case, subject, until):
        return not case.excuses.by(Limit.MOVED_OUT)
    value = case.film.values(subject, change.at, change.at)
    found = case.acceptance.during(subject, change.at, until)
    if value & found.values and Limit.CONFIRMED in found.limits:
        case.excuses.by(Limit.CONFIRMED)
    return not value & found.values


def _is_excused(case: Evidence, change: Change, drift: Drift | None) -> bool:
    """Tell whether nobody could know of a change whose event was not handled."""
    if change.heard:
        dead = (record for record in case.trace if isinstance(record, DeadLetter))
        return any(change.event_id in record.body for record in dead) and case.excuses.by(Limit.DEAD_LETTER)
    if change.policy_id in FULL_ACCESS and not case.scope.is_named(change.target_id):
        return case.excuses.by(Limit.FULL_ACCESS_BELOW)
    began = counts_from(case, drift) if drift else None
    if drift is None or began is None:
        return case.excuses.by(Limit.GONE_UNSEEN)
    seeing = case.weather.seeing(began, drift.ended)
    return len(seeing) < allowed_sweeps(case, drift) and case.excuses.by(Limit.GONE_UNSEEN)


def _was_dropped(case: Evidence, page: Page) -> bool:
    """Tell whether a disabled policy type took along what a page tells of, and nobody could note that."""
    disabled = (each.at for each in case.changes if each.call == "DisablePolicyType" and each.worked)
    return any(
        at <= page.at and case.weather.is_down(("ledger",), at, page.at) for at in disabled
    ) and case.excuses.by(Limit.LEDGER_DOWN)


def _tells(page: Page, subject: Subject) -> bool:
    return page.names(*subject[1:])


def _names(page: Page, change: Change) -> bool:
    named = [id_ for id_ in (change.policy_id, change.target_id) if id_]
    return any(page.names(id_) for id_ in named)


def _own_write(case: Evidence, subject: Subject, page: Page) -> Turn | None:
    """Return what a page tells of if the guard itself made it; None if a person did.

    The page comes with the guard's own undo. If the turn before is the guard's, too, that is what was undone.
    A page that was held up on its way tells of turns before these.
    """
    if case.weather.is_down(("topic", "notices"), page.at - _OPEN, page.at):
        return None
    people = {change.number for change in case.changes}
    turns = [turn for turn in case.film.turns.get(subject, ()) if turn.at <= page.at]
    while turns[1:] and turns[-2].at == page.at:
        turns.pop()  # Of several at one moment, the first is the one that it tells of.
    turns = turns[-2:]
    if page.by != NOBODY or len(turns) < len(("found", "undone")):
        return None
    by_guard = all(turn.number >= 0 and turn.number not in people for turn in turns)
    return turns[0] if by_guard and turns[-1].at > page.at - _SLACK else None


def _is_unnoted(case: Evidence, turn: Turn) -> bool:
    """Tell whether the guard could not note what it wrote: without its ledger, or killed."""
    written = case.trace[turn.number]
    return case.weather.is_down(("ledger",), turn.at - _SLACK, turn.at + _SLACK) or any(
        isinstance(record, Ended) and record.how == "killed" and record.invocation == written.invocation
        for record in case.trace
        if isinstance(written, AwsCall)
    )


def _was_unheard(case: Evidence, subject: Subject, turn: Turn) -> bool:
    """Tell whether the guard wrote over an approved change of which it had not heard yet."""
    return any(
        change.at <= turn.at < (change.known_at or case.end)
        for change in case.changes
        if subject_of(change) == subject and change.number in case.acceptance.approved
    )


def _is_another(page: Page, subject: Subject) -> bool:
    """Tell whether a page that names a subject tells of something else, such as an edit of its policy."""
    word = {"document": "edited", "place": "moved"}.get(subject[0])
    if word is not None:
        return word not in page.title
    return not any(word in page.title for word in ("attached", "detached", "AttachPolicy", "DetachPolicy"))


def _occasions(case: Evidence, subject: Subject, page: Page) -> int:
    """Return how often a page of its kind may have come until then."""
    mine = [
        change
        for change in case.changes
        if subject_of(change) == subject and change.at <= page.at and page.by in (NOBODY, change.by)
    ]
    # What could not be undone, or was not touched in a fight, is undone after all.
    after_all = sum(
        p.stage in _HALTED and p.stage != page.stage and p.at <= page.at and p.names(*subject[1:])
        for p in case.pages
    )
    if page.by != NOBODY:
        return _episodes(case, mine) + after_all
    # What an account brings along into a protected unit may be undone as if it was attached there.
    arrivals = sum(
        change.call == "MoveAccount" and change.worked and change.target_id in subject[2:]
        for change in case.changes
        if change.at <= page.at
    )
    return len(mine) + arrivals + after_all


def _episodes(case: Evidence, changes: Sequence[Change]) -> int:
    """Return how many incidents the changes of one person on one subject are, at most."""
    count, last = 0, None
    for change in changes:
        content = case.film.content(change.policy_id, change.at)
        key = (change.call, content, change.destination_id, change.refused)
        if last is None or last[0] != key or change.at - last[1] > _SURELY_OPEN:
            count += 1
        last = (key, change.at)
    return count


def may_repeat(case: Evidence, at: float) -> bool:
    """Tell whether a sender was killed, or something it needs was down, before a page came again."""
    if any(kill <= at for kill in case.weather.kills):
        return True
    return case.weather.is_down(("ledger", "topic", "notices", "index"), 0, at)
