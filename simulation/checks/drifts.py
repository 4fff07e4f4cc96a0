"""When a subject was not as it was accepted, and what keeps the guard from undoing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulation.checks.evidence import Evidence
from simulation.faults import ANSWER_LOST
from simulation.history import FULL_ACCESS
from simulation.oracle.acceptance import locked_out
from simulation.oracle.changes import SCP, Change, acts_as_people, took_effect
from simulation.oracle.documents import ALLOW_ALL, locks_out
from simulation.oracle.film import LONG_AGO, Subject, Value
from simulation.oracle.limits import Limit
from simulation.trace import AwsCall

FIGHT_LIMIT: Final = 5
FIGHT_WINDOW: Final = 600.0
"""Five undos of one subject within ten minutes are a fight (docs/how-it-decides.md, "Fights")."""
LONGEST_PAUSE: Final = 86_400.0
READ_A_SWEEP: Final = 2
ASKED_A_SWEEP: Final = 7
"""Of each of two types: below a protected target a sweep asks about fifteen policies (docs/limits.md)."""
_SETTLING: Final = 5.0
"""Seconds in which an undo is noted."""
TOLERANCE: Final = 15.0
"""Seconds in which an invocation that has begun already may write once more."""


@dataclass(frozen=True, slots=True)
class Drift:
    """For a time a subject was not as accepted. `change` is what made it so, if a person did."""

    subject: Subject
    began: float
    ended: float
    change: Change | None


@dataclass(frozen=True, slots=True)
class Pause:
    """From the last undo of a round in a fight until the guard must try again."""

    began: float
    ended: float


def drifts(case: Evidence) -> Iterator[Drift]:
    """Yield every time in which a subject was not as accepted."""
    changes = {change.number: change for change in case.changes}
    for subject, turns in list(case.film.turns.items()):
        moments = {turn.at for turn in turns} | case.acceptance.moments(subject) | {case.acceptance.contact}
        if subject[0] in ("attachment", "document"):
            moments |= _moments_of_scope(case, subject)
        moments |= {case.film.deleted[id_] for id_ in subject[1:] if id_ in case.film.deleted}
        began: float | None = None
        for moment in sorted(moments - {LONG_AGO}):
            wrong = moment <= case.end and is_wrong(case, subject, moment)
            if wrong and began is None:
                began = moment
            elif not wrong and began is not None:
                yield Drift(subject, began, moment, _cause(case, changes, subject, began))
                began = None
        if began is not None:
            yield Drift(subject, began, case.end, _cause(case, changes, subject, began))


def is_wrong(case: Evidence, subject: Subject, at: float) -> bool:
    """Tell whether a subject that the guard must restore is not as accepted."""
    if at < case.acceptance.contact or not is_guarded(case, subject, at):
        return False
    accepted = case.acceptance.of(subject, at).values
    return case.film.value(subject, at) not in accepted and not _ends_a_lockout(case, subject, accepted, at)


def _ends_a_lockout(case: Evidence, subject: Subject, accepted: frozenset[Value], at: float) -> bool:
    """Tell whether what was accepted would lock Root out alone, so that nobody brings it back."""
    kind, policy_id, *_ = subject
    on_root = ("attachment", policy_id, case.scope.root_id)
    if kind == "attachment":
        contents = case.acceptance.of(("document", policy_id), at).values if subject == on_root else ()
        is_missing = case.film.value(subject, at) is not True
    else:
        contents = accepted if kind == "document" else ()
        is_missing = True in (case.film.value(on_root, at), *case.acceptance.of(on_root, at).values)
    return (
        is_missing
        and any(locks_out([ALLOW_ALL, content]) for content in contents if isinstance(content, str))
        and case.excuses.by(Limit.ACCEPTED_LOCKOUT)
    )


def is_guarded(case: Evidence, subject: Subject, at: float) -> bool:
    """Tell whether the guard must restore a subject at a moment."""
    kind, first, *_ = subject
    if kind == "attachment":
        protection = case.scope.covers(first, subject[2], at)
        gone = case.film.is_gone(first, at) or case.film.is_gone(subject[2], at)
        return protection is not None and protection.reverts and not gone
    if kind == "document":
        return not case.film.is_gone(first, at) and any(
            case.acceptance.of(("attachment", first, target), at).values == {True}
            for target in case.film.targets
            if (protection := case.scope.covers(first, target, at)) is not None and protection.reverts
        )
    if kind == "place":
        # A place that an account may not leave holds it once the guard knows that it is there.
        places = {case.film.value(subject, at), *case.acceptance.heard(subject, at)}
        return any(each.reverts for each in case.scope.pinning(first, *map(str, places)))
    protection = case.scope.of_type(first)
    return protection is not None and protection.restores and protection.reverts


def lockouts(case: Evidence) -> Iterator[tuple[float, float]]:
    """Yield each time in which Root was locked out, and nothing permitted it."""
    root_id, film = case.scope.root_id, case.film
    moments = {
        turn.at
        for subject, turns in film.turns.items()
        if subject[0] == "document" or (subject[0] == "attachment" and subject[2] == root_id)
        for turn in turns
    }
    began: float | None = None
    for moment in sorted({*moments, case.acceptance.contact} - {LONG_AGO}):
        locked = case.acceptance.contact <= moment <= case.end and _is_lockout(case, moment)
        if locked and began is None:
            began = moment
        elif not locked and began is not None:
            yield began, moment
            began = None
    if began is not None:
        yield began, case.end


def pauses(case: Evidence, subject: Subject) -> list[Pause]:
    """Return when the guard may leave a subject alone: after five undos within ten minutes, ever longer."""
    found: list[Pause] = []
    lately: list[float] = []
    for at in undos(case, subject):
        lately = [earlier for earlier in lately if at - earlier < FIGHT_WINDOW] + [at]
        if len(lately) >= FIGHT_LIMIT:
            found.append(Pause(at, at + min(FIGHT_WINDOW * 2 ** len(found), LONGEST_PAUSE)))
            lately = []
    return found


def is_miscounted(case: Evidence, subject: Subject, at: float) -> bool:
    """Tell whether the guard may have counted fewer undos until a moment than it made."""
    lost = [fault.at for fault in case.weather.faults if fault.error == ANSWER_LOST]
    return (
        any(earlier <= at for earlier in (*case.weather.kills, *lost))
        or any(
            case.weather.is_down(("ledger",), undo, undo + _SETTLING)
            for undo in undos(case, subject)
            if undo <= at
        )
    ) and case.excuses.by(Limit.UNCOUNTED)


def undos(case: Evidence, subject: Subject) -> list[float]:
    """Return when the guard wrote a subject, once an invocation.

    A lockout on Root is left out: it is undone each time.
    """
    kind, first, *_ = subject
    calls = {
        "attachment": ("AttachPolicy", "DetachPolicy"),
        "document": ("UpdatePolicy",),
        "place": ("MoveAccount",),
    }.get(kind, ())
    may_lock = kind == "document" or subject[2:] == (case.scope.root_id,)
    found: dict[int, float] = {}
    for number, call in enumerate(case.trace):
        if (
            isinstance(call, AwsCall)
            and call.call in calls
            and took_effect(call)
            and not acts_as_people(call)
            and first in (call.parameters.get("PolicyId"), call.parameters.get("AccountId"))
            and (kind != "attachment" or call.parameters.get("TargetId") == subject[2])
            and not (
                may_lock
                and (call.call != "AttachPolicy" or first in FULL_ACCESS)
                and locked_out(case.film, case.scope.root_id, call.at, number - 1)
            )
        ):
            found.setdefault(call.invocation, call.at)
    return list(found.values())


def allowed_sweeps(case: Evidence, drift: Drift) -> int:
    """Return by which sweep a drift must be undone: the one after its policy's turn, the second at least."""
    kind, policy_id, *_ = drift.subject
    turns, limit = 1, Limit.EDIT_UNHEARD
    if kind == "document":
        turns = -(-accepted_policies(case, drift.began) // READ_A_SWEEP)
    elif kind == "attachment" and not is_named(case, drift.subject):
        types, limit = case.film.types, Limit.IN_TURN
        alike = [each for each, of_type in types.items() if of_type == types.get(policy_id, SCP)]
        turns = -(-len(alike) // ASKED_A_SWEEP)
    if turns > 1:
        case.excuses.by(limit)
    return max(turns, 1) + 1


def accepted_policies(case: Evidence, at: float) -> int:
    """Return how many policies are accepted on protected targets, full access left out."""
    return len(
        {
            subject[1]
            for subject in case.film.turns
            if subject[0] == "attachment"
            and subject[1] not in FULL_ACCESS
            and case.scope.covers(subject[1], subject[2], at)
            and True in case.acceptance.of(subject, at).values
        }
    )


def is_named(case: Evidence, subject: Subject) -> bool:
    """Tell whether guardrail.yaml names the target of a subject."""
    return subject[0] == "attachment" and case.scope.is_named(subject[2])


def _is_lockout(case: Evidence, at: float) -> bool:
    root_id, film = case.scope.root_id, case.film
    protection = case.scope.protection(root_id, at)
    if protection is None or not protection.reverts or film.value(("type", SCP), at) is not True:
        return False
    if not locked_out(film, root_id, at):
        return False
    attached = film.attached(root_id, at)
    accepted = [
        id_
        for id_ in attached
        if True in case.acceptance.of(("attachment", id_, root_id), at).values
        and (id_ in FULL_ACCESS or film.content(id_, at) in case.acceptance.of(("document", id_), at).values)
    ]
    full = ("attachment", FULL_ACCESS[0], root_id)
    scps = [id_ for id_ in accepted if film.types.get(id_, SCP) == SCP]
    contents = [content for id_ in scps if (content := film.content(id_, at))]
    # What is accepted may deny everything by itself: whatever comes or goes beside it is not the lockout.
    denies = locks_out([ALLOW_ALL, *contents])
    is_all = len(accepted) == len(attached) or (bool(contents) and locks_out(contents))
    is_all = is_all and film.value(full, at) in case.acceptance.of(full, at).values
    return not ((denies or is_all) and case.excuses.by(Limit.ACCEPTED_LOCKOUT))


def _moments_of_scope(case: Evidence, subject: Subject) -> set[float]:
    """Return when the protection of a subject changes, and what else decides about a document."""
    kinds = {"type", "place"} | ({"attachment"} if subject[0] == "document" else set())
    return {
        turn.at
        for other, turns in case.film.turns.items()
        if other[0] in kinds
        for turn in turns
        if other[0] != "attachment" or other[1] == subject[1]
    } | (
        {
            moment
            for target in case.film.targets
            for moment in case.acceptance.moments(("attachment", subject[1], target))
        }
        if subject[0] == "document"
        else set()
    )


def _cause(case: Evidence, changes: dict[int, Change], subject: Subject, at: float) -> Change | None:
    turns = [turn for turn in case.film.turns.get(subject, ()) if turn.at <= at]
    return changes.get(turns[-1].number) if turns else None
