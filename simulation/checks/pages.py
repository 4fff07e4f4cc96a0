"""Checks of what people are told: everything, once, and nothing that did not happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from simulation.checks.drifts import Drift, drifts, is_guarded, pauses
from simulation.checks.evidence import Broken, Evidence
from simulation.checks.states import subject_of
from simulation.history import FULL_ACCESS
from simulation.oracle.deeds import Deed
from simulation.oracle.film import Subject
from simulation.oracle.limits import Limit
from simulation.oracle.told import NOBODY, Told
from simulation.trace import DeadLetter

_OPEN: Final = 600.0
"""Seconds for which an incident stays open after it was seen, at most: what is seen by then belongs to it."""
_SURELY_OPEN: Final = 150.0
"""Seconds for which an incident is open for sure: it closes three minutes after it was last seen."""
_SLACK: Final = 5.0
_OWN: Final = ("Rootguard", "rootguard")


def every_violation_is_paged(case: Evidence) -> Iterator[Broken]:
    """Every violation is paged at least once."""
    found = {(drift.subject, drift.deed.number): drift for drift in drifts(case) if drift.deed is not None}
    for deed in case.deeds:
        subject = subject_of(deed)
        if subject is None or not is_violation(case, deed, subject):
            continue
        since = _opened(case, deed)
        if any(told.at >= since - _OPEN and told.mentions(*subject[1:]) for told in case.told):
            continue
        if deed.known_at is None and _is_excused(case, deed, found.get((subject, deed.number))):
            continue
        yield Broken(deed.at, f"{deed.by}'s {deed.call} of {case.name(*subject[1:])} is never paged")


def actors_are_named(case: Evidence) -> Iterator[Broken]:
    """If the event of a violation is handled, on-call is told who did it."""
    for deed in case.deeds:
        subject = subject_of(deed)
        if subject is None or deed.known_at is None or not is_violation(case, deed, subject):
            continue
        since = _opened(case, deed)
        named = [
            told
            for told in case.told
            if told.mentions(*subject[1:]) and told.by == deed.by and told.at >= since - _OPEN
        ]
        if named or pauses(case, subject):
            continue
        if case.weather.is_down(("ledger", "index"), deed.at, deed.known_at):
            case.excuses.by(Limit.LEDGER_DOWN)
            continue
        yield Broken(deed.at, f"no page says that {deed.by} did {deed.call} of {case.name(*subject[1:])}")


def _opened(case: Evidence, deed: Deed) -> float:
    """Return since when the same person does the same again and again: that is one incident, and one page."""
    since = deed.at
    for earlier in reversed(case.deeds):
        is_same = (earlier.by, subject_of(earlier)) == (deed.by, subject_of(deed)) and earlier.worked
        if is_same and since - _SURELY_OPEN <= earlier.at <= since:
            since = earlier.at
    return since


def paged_once(case: Evidence) -> Iterator[Broken]:
    """Once is what a person sees, for each incident, stage and actor."""
    counted: Counter[tuple[Subject, str, str]] = Counter()
    subjects = {subject for deed in case.deeds if (subject := subject_of(deed)) is not None}
    for told in case.told:
        for subject in sorted(subject for subject in subjects if _tells(told, subject)):
            if _is_another(told, subject):
                continue
            key = (subject, told.by, told.stage)
            counted[key] += 1
            if counted[key] <= _occasions(case, subject, told):
                continue
            if _may_repeat(case, told):
                case.excuses.by(Limit.PAGED_AGAIN)
                counted[key] -= 1
                continue
            by = told.by or "nobody"
            yield Broken(told.at, f"page {counted[key]} ({told.stage}) of {case.name(*subject[1:])} by {by}")


def nothing_is_invented(case: Evidence) -> Iterator[Broken]:
    """What the guard itself did is never reported as somebody's change."""
    subjects = sorted({subject for deed in case.deeds if (subject := subject_of(deed)) is not None})
    for told in case.told:
        if told.by.startswith(_OWN):
            yield Broken(told.at, f"a page says that {told.by} did it")
            continue
        own = next(
            (s for s in subjects if _tells(told, s) and not _is_another(told, s) and _was_own(case, s, told)),
            None,
        )
        if own is not None and case.weather.is_down(("ledger",), told.at - _OPEN, told.at):
            case.excuses.by(Limit.LEDGER_DOWN)
            continue
        if own is not None:
            yield Broken(
                told.at, f"a page tells of the guard's own write on {case.name(*own[1:])}: {told.title}"
            )
            continue
        deeds = [deed for deed in case.deeds if deed.at <= told.at and _names(told, deed)]
        if told.by != NOBODY and not any(deed.by == told.by for deed in deeds):
            yield Broken(told.at, f"a page blames {told.by}, who did nothing of it: {told.title}")
        elif not deeds:
            yield Broken(told.at, f"a page tells of what nobody did: {told.title}")


def is_violation(case: Evidence, deed: Deed, subject: Subject) -> bool:
    """Tell whether a deed is one for sure: it worked, nobody approved of it, and nothing excuses it."""
    if not deed.worked or deed.number in case.acceptance.approved or deed.at < case.acceptance.contact:
        return False
    if subject[0] == "attachment":
        if not case.scope.covers(subject[1], subject[2], deed.at):
            return False
    elif not is_guarded(case, subject, deed.at):
        return False
    until = max([deed.at, *deed.heard[:1]]) + _SLACK
    if subject[0] == "attachment" and not case.scope.covers(subject[1], subject[2], until):
        return not case.excuses.by(Limit.MOVED_OUT)
    value = case.film.values(subject, deed.at, deed.at)
    return not value & case.acceptance.during(subject, deed.at, until).values


def _is_excused(case: Evidence, deed: Deed, drift: Drift | None) -> bool:
    """Tell whether nobody could know of a deed whose event was not handled."""
    if deed.heard:
        dead = (record for record in case.trace if isinstance(record, DeadLetter))
        return any(deed.event_id in record.body for record in dead) and case.excuses.by(Limit.DEAD_LETTER)
    if deed.policy_id in FULL_ACCESS and not case.scope.is_named(deed.target_id):
        return case.excuses.by(Limit.FULL_ACCESS_BELOW)
    seeing = [] if drift is None else case.weather.seeing(drift.began, drift.ended)
    return len(seeing) < 2 and case.excuses.by(Limit.GONE_UNSEEN)  # noqa: PLR2004 - the second sweep acts


def _tells(told: Told, subject: Subject) -> bool:
    return told.names(*subject[1:])


def _names(told: Told, deed: Deed) -> bool:
    named = [id_ for id_ in (deed.policy_id, deed.target_id) if id_]
    return any(told.names(id_) for id_ in named)


def _was_own(case: Evidence, subject: Subject, told: Told) -> bool:
    """Tell whether the guard itself made what a page tells of, and no person did.

    The page comes with the guard's own undo. If the turn before is the guard's, too, that is what was undone.
    A page that was held up on its way tells of turns before these.
    """
    if case.weather.is_down(("topic", "notices"), told.at - _OPEN, told.at):
        return False
    people = {deed.number for deed in case.deeds}
    turns = [turn for turn in case.film.turns.get(subject, ()) if turn.at <= told.at][-2:]
    if told.by != NOBODY or len(turns) < len(("found", "undone")):
        return False
    by_guard = all(turn.number >= 0 and turn.number not in people for turn in turns)
    return by_guard and turns[-1].at > told.at - _SLACK


def _is_another(told: Told, subject: Subject) -> bool:
    """Tell whether a page that names a subject tells of something else, such as an edit of its policy."""
    word = {"document": "edited", "place": "moved"}.get(subject[0])
    if word is not None:
        return word not in told.title
    return not any(word in told.title for word in ("attached", "detached", "AttachPolicy", "DetachPolicy"))


def _occasions(case: Evidence, subject: Subject, told: Told) -> int:
    """Return how often a page of its kind may have come until then."""
    mine = [
        deed
        for deed in case.deeds
        if subject_of(deed) == subject and deed.at <= told.at and told.by in (NOBODY, deed.by)
    ]
    if told.by == NOBODY:
        return len(mine)
    return _episodes(case, mine)


def _episodes(case: Evidence, deeds: Sequence[Deed]) -> int:
    """Return how many incidents the deeds of one person on one subject are, at most."""
    count, last = 0, None
    for deed in deeds:
        content = case.film.content(deed.policy_id, deed.at)
        key = (deed.call, content, deed.refused)
        if last is None or last[0] != key or deed.at - last[1] > _SURELY_OPEN:
            count += 1
        last = (key, deed.at)
    return count


def _may_repeat(case: Evidence, told: Told) -> bool:
    """Tell whether a sender was killed, or something it needs was down, before a page came again."""
    if any(at <= told.at for at in case.weather.kills):
        return True
    return case.weather.is_down(("ledger", "topic", "notices", "index"), 0, told.at)
