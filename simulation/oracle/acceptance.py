"""What may be so: the accepted values of each subject at each moment, as DESIGN.md's rules 5 to 7 give them.

A word is a change that was approved of: from its time on its value is accepted. The guard knows of a word
when it has dealt with its event. Until then the old value is as good as the new one, since nobody can know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Final

from simulation.history import FULL_ACCESS, History
from simulation.oracle.changes import SCP, Change
from simulation.oracle.documents import ALLOW_ALL, locks_out, same
from simulation.oracle.film import LONG_AGO, Film, Subject, Value
from simulation.oracle.limits import Limit
from simulation.oracle.permits import permits_of, without_ledger
from simulation.oracle.requests import STALE, Request
from simulation.oracle.scope import Protected, Scope
from simulation.trace import Record, Swept

_SETTLING: Final = 5.0
"""Seconds that an invocation may take once it knows."""
_FOREVER: Final = float("inf")
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Word:
    """From `at` on a value is accepted. The guard knows it at `known_at`. A vague word adds its value."""

    at: float
    known_at: float
    value: Value
    limit: Limit | None = None
    number: int = -1
    """The number of its change."""
    until: float = _FOREVER
    """How long its value is accepted if it is vague."""

    @property
    def is_vague(self) -> bool:
        """Whether the old value stays as good as the new one."""
        return self.limit is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The values that a subject may have, and the limits that make them more than one."""

    values: frozenset[Value]
    limits: frozenset[Limit] = frozenset()

    @property
    def is_sure(self) -> bool:
        """Whether just one value is accepted."""
        return len(self.values) == 1


@dataclass(slots=True)
class Acceptance:
    """All words, and what was found at first contact."""

    scope: Scope
    contact: float
    words: dict[Subject, list[Word]] = field(default_factory=dict)
    approved: set[int] = field(default_factory=set)
    """The numbers of the changes that were approved of."""
    lost: frozenset[str] = frozenset()
    """The accounts that moved away unseen: before first contact, or with an event that came too late."""

    @property
    def film(self) -> Film:
        """What was so."""
        return self.scope.film

    def of(self, subject: Subject, at: float) -> Accepted:
        """Return what is accepted of a subject at a moment."""
        words = [word for word in self.words.get(subject, ()) if word.at <= at]
        known = [word for word in words if word.known_at <= at and not word.is_vague]
        last = max(known, key=lambda word: (word.at, word.number), default=None)
        values, limits = (
            self._found(subject, at) if last is None else (frozenset({last.value}), frozenset[Limit]())
        )
        if last is not None and subject[0] == "document" and last.known_at <= self.contact:
            found, more = self._found(subject, at)
            values, limits = values | found, more | {Limit.FIRST_CONTACT}
        since = LONG_AGO if last is None else last.at
        for word in words:
            is_open = word.at >= since and (word.is_vague or word.known_at > at) and at < word.until
            if is_open and word is not last and word.value not in values:
                values |= {word.value}
                limits |= {word.limit or Limit.NOT_HEARD_YET}
        if subject[0] == "attachment" and self._may_always_be(subject[1], subject[2], at):
            values |= {True}
        if subject[0] == "document" and self._may_say_anything(subject[1], at):
            values |= self.film.values(subject, at, at)
        return Accepted(values, limits)

    def heard(self, subject: Subject, at: float) -> frozenset[Value]:
        """Return what the guard takes for accepted at a moment, as far as it has heard."""
        words = [word for word in self.words.get(subject, ()) if word.known_at <= at]
        last = max(words, key=lambda word: (word.at, word.number), default=None)
        return self._found(subject, at)[0] if last is None else frozenset({last.value})

    def during(self, subject: Subject, began: float, ended: float) -> Accepted:
        """Return all that is accepted at some moment of a time."""
        moments = {began, ended}
        for word in self.words.get(subject, ()):
            moments |= {moment for moment in (word.at, word.known_at) if began < moment < ended}
        found = [self.of(subject, moment) for moment in sorted(moments)]
        return Accepted(
            frozenset().union(*(each.values for each in found)),
            frozenset().union(*(each.limits for each in found)),
        )

    def said_by(self, subject: Subject, change: Change) -> Accepted | None:
        """Return what a change alone tells that has the last word; None if it has not."""
        words = self.words.get(subject, ())
        own = next((word for word in words if word.number == change.number and not word.is_vague), None)
        if own is None or any(word.at >= own.at and word is not own for word in words):
            return None
        return Accepted(frozenset({own.value}))

    def moments(self, subject: Subject) -> set[float]:
        """Return when what is accepted of a subject changes."""
        words = self.words.get(subject, ())
        return {moment for word in words for moment in (word.at, word.known_at) if moment < _FOREVER}

    def _found(self, subject: Subject, at: float) -> tuple[frozenset[Value], frozenset[Limit]]:
        """Return what was found at first contact: any value that the subject had until then."""
        values = self.film.values(subject, -STALE, self.contact)
        limits = frozenset({Limit.FIRST_CONTACT}) if len(values) > 1 else frozenset[Limit]()
        if subject[0] == "attachment":
            came = self._came_under_protection(subject[2], at)
            if came is not None:
                return frozenset({True, False}), limits | {Limit.BROUGHT_ALONG}
        if subject[0] == "document" and not self._was_in_scope(subject[1]):
            return self.film.values(subject, -STALE, at), frozenset()
        return values, limits

    def _was_in_scope(self, policy_id: str) -> bool:
        """Tell whether a policy was attached to a protected target at first contact."""
        return any(
            True in self.film.values(("attachment", policy_id, target_id), -STALE, self.contact)
            and self.scope.protection(target_id, 0) is not None
            for target_id in self.film.targets
        )

    def _may_always_be(self, policy_id: str, target_id: str, at: float) -> bool:
        """Tell whether a policy may be attached whoever did it: full access, and what is allowed by name."""
        protection = self.scope.protection(target_id, at)
        return policy_id in FULL_ACCESS or (protection is not None and policy_id in protection.allow)

    def _may_say_anything(self, policy_id: str, at: float) -> bool:
        """Tell whether a policy is allowed by name wherever a protection holds and it is attached."""
        if not any(policy_id in protection.allow for protection in self.scope.protections):
            return False
        held = (
            self.scope.covers(policy_id, target_id, at)
            for target_id in self.film.targets
            if self.film.is_attached(policy_id, target_id, at)
        )
        return all(policy_id in protection.allow for protection in held if protection is not None)

    def _came_under_protection(self, target_id: str, at: float) -> float | None:
        """Return when a target came under protection; None if it was at first contact, and was never lost."""
        known = self.scope.protection(target_id, 0) or self.scope.protection(target_id, self.contact)
        if known and target_id not in self.lost:
            return None
        turns = self.film.turns.get(("place", target_id), [])
        return next((t.at for t in turns if t.at <= at and self.scope.protection(target_id, t.at)), None)


def acceptance_of(
    history: History,
    scope: Scope,
    trace: Sequence[Record],
    changes: Sequence[Change],
    confirmed: Iterable[tuple[Request, str, float, Limit]] = (),
) -> Acceptance:
    """Return what is accepted when, from what people did and who was trusted with it.

    `confirmed` are accounts that were released when they were out of quarantine already: see `Archive`.
    """
    sweeps = [record.at for record in trace if isinstance(record, Swept)]
    contact = sweeps[0] if sweeps else _FOREVER
    acceptance = Acceptance(scope, contact, lost=_lost(changes, contact))
    for request, account, at, limit in confirmed:
        subject: Subject = ("place", account)
        here = {scope.film.before(subject, request.number), *scope.film.values(subject, at - STALE, at)}
        for each in sorted(str(place) for place in here if place is not None):
            acceptance.words.setdefault(subject, []).append(Word(at, at, each, limit))
    words = _Words(acceptance, permits_of(history, scope.film, trace, changes))
    for change in changes:
        if change.worked:
            for subject, word in list(words.of(change)):
                acceptance.words.setdefault(subject, []).append(word)
                if word.limit is not Limit.FROM_NOWHERE:
                    acceptance.approved.add(change.number)
    _blur_halves(acceptance, history, changes)
    return acceptance


def _blur_halves(acceptance: Acceptance, history: History, changes: Sequence[Change]) -> None:
    """Accept a trusted half of a lockout on the root, if the guard may take the halves in any order.

    Of two trusted ones that is either; beside one of somebody else, it is the one that came later.

    It may if the later one is made before the first one is heard, if the ledger does not answer, or if the
    root was locked out by something else.
    """
    scope, film = acceptance.scope, acceptance.film
    halves = {
        change: scope.trusts(change.by, held)
        for change in changes
        if change.worked and change.call == "AttachPolicy" and change.target_id == scope.root_id
        if (held := scope.covers(change.policy_id, change.target_id, change.at))
    }
    for half, later in permutations(halves, 2):
        contents = [film.content(change.policy_id, change.at) for change in (half, later)]
        is_unsure = _known(half) > later.at or any(without_ledger(history, each) for each in (half, later))
        is_unsure = is_unsure or locked_out(film, scope.root_id, later.at, later.number - 1)
        if (
            not halves[later]
            or half.at > later.at
            or not is_unsure
            or not all(contents)
            or any(locks_out([ALLOW_ALL, alone or ""]) for alone in contents)
        ):
            continue
        if locks_out([ALLOW_ALL, *filter(None, contents)]):
            for change in (half, later) if halves[half] else (later,):
                words = acceptance.words.setdefault(("attachment", change.policy_id, change.target_id), [])
                words[:] = [word for word in words if word.number != change.number]
                words.append(_word(change, value=True, limit=Limit.TWO_HALVES))
                acceptance.approved.add(change.number)


def _lost(changes: Sequence[Change], contact: float) -> frozenset[str]:
    """Return the accounts that left before they were accepted, or whose leaving was not heard in time."""
    moves = [change for change in changes if change.worked and change.call == "MoveAccount"]
    return frozenset(
        away.target_id
        for away, back in permutations(moves, 2)
        if away.target_id == back.target_id and away.at <= back.at < _known(away)
    ) | frozenset(move.target_id for move in moves if move.at <= contact)


def locked_out(film: Film, root_id: str, at: float, number: float = _FOREVER) -> bool:
    """Tell whether the SCPs on the root leave nothing allowed."""
    attached = [id_ for id_ in film.attached(root_id, at, number) if film.types.get(id_, SCP) == SCP]
    contents = [content for id_ in attached if (content := film.content(id_, at, number))]
    return bool(contents) and locks_out(contents)


@dataclass(frozen=True, slots=True)
class _Words:
    """What words the changes are, one after the other."""

    acceptance: Acceptance
    permits: Mapping[int, Limit | None]

    def of(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        match change.call:
            case "AttachPolicy":
                return self._attached(change)
            case "DetachPolicy":
                return self._detached(change)
            case "UpdatePolicy":
                return self._edited(change)
            case "MoveAccount":
                return self._moved(change)
            case "DisablePolicyType":
                return self._disabled(change)
        return ()

    def _attached(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        protection = self.acceptance.scope.covers(change.policy_id, change.target_id, change.at)
        permitted = change.number in self.permits
        if protection is None or not (permitted or self._is_trusted(change, protection, change.target_id)):
            return
        limit = self.permits.get(change.number) or self._left(change)
        yield ("attachment", change.policy_id, change.target_id), _word(change, value=True, limit=limit)
        yield from self._read(change)

    def _read(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        """Accept the content as the guard may read it, when it hears of the attachment."""
        film, subject = self.acceptance.film, ("document", change.policy_id)
        if change.policy_id in FULL_ACCESS:
            return
        content = film.content(change.policy_id, change.at)
        elsewhere = any(
            True in self.acceptance.of(("attachment", change.policy_id, target), change.at).values
            for target in film.targets
            if target != change.target_id
            and self.acceptance.scope.covers(change.policy_id, target, change.at)
        )
        yield subject, _word(change, content, Limit.READ_LATER if elsewhere else None)
        until = min(_known(change), change.at + _HOUR) + _SETTLING
        for other in sorted(map(str, film.values(subject, change.at - STALE, until) - {content})):
            yield subject, _word(change, other, Limit.READ_LATER)

    def _detached(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        protection = self.acceptance.scope.covers(change.policy_id, change.target_id, change.at)
        if protection is not None and self._is_trusted(change, protection, change.target_id):
            word = _word(change, value=False, limit=self._left(change))
            yield ("attachment", change.policy_id, change.target_id), word

    def _left(self, change: Change) -> Limit | None:
        """Return the limit of a change whose target was out of all protection when it was heard."""
        heard = change.known_at
        scope = self.acceptance.scope
        is_out = heard is not None and not scope.covers_type(change.policy_id, change.target_id, heard)
        return Limit.MOVED_OUT if is_out else None

    def _edited(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        film, scope = self.acceptance.film, self.acceptance.scope
        held = [
            (target, protection)
            for target in film.targets
            if film.is_attached(change.policy_id, target, change.at)
            or True in self.acceptance.of(("attachment", change.policy_id, target), change.at).values
            # What is accepted may be edited while its type is disabled.
            if (protection := scope.covers_type(change.policy_id, target, change.at)) is not None
        ]
        if held and all(self._is_trusted(change, protection, target) for target, protection in held):
            yield ("document", change.policy_id), _word(change, same(change.content))

    def _moved(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        scope, subject = self.acceptance.scope, ("place", change.target_id)
        pinning = scope.pinning(change.target_id, change.source_id, change.destination_id)
        if not pinning and scope.has_pinned_places:
            # Nobody minds where it is, until it comes where it may not be. Then it belongs where it was. If
            # somebody took it out of where it may not leave, it belongs there, wherever it goes on to.
            self.acceptance.approved.add(change.number)
            held = {bool(scope.pinning(str(each))) for each in self.acceptance.of(subject, change.at).values}
            if False in held:
                limit = Limit.NOT_HEARD_YET if True in held else None
                yield subject, Word(change.at, change.at, change.destination_id, limit, change.number)
        elif pinning and all(scope.trusts(change.by, protection) for protection in pinning):
            yield subject, _word(change, change.destination_id)
        elif not scope.pinning(change.target_id, change.source_id):
            word = _word(change, change.destination_id, Limit.FROM_NOWHERE)
            yield subject, replace(word, until=_known(change))

    def _disabled(self, change: Change) -> Iterable[tuple[Subject, Word]]:
        film, scope = self.acceptance.film, self.acceptance.scope
        protection = scope.of_type(change.policy_type)
        if protection is None or not scope.trusts(change.by, protection):
            return
        yield ("type", change.policy_type), _word(change, value=False)
        for subject in list(film.turns):
            if subject[0] == "attachment" and film.types.get(subject[1]) == change.policy_type:
                yield subject, _word(change, value=False)

    def _is_trusted(self, change: Change, protection: Protected, target_id: str) -> bool:
        """Tell whether a change is trusted on a target. Nobody may lock everyone out of the root."""
        scope, film = self.acceptance.scope, self.acceptance.film
        if not scope.trusts(change.by, protection) or target_id != scope.root_id:
            return scope.trusts(change.by, protection)
        before, after = (
            locked_out(film, scope.root_id, change.at, number)
            for number in (change.number - 1, change.number)
        )
        return before or not after


def _word(change: Change, value: Value, limit: Limit | None = None) -> Word:
    return Word(change.at, _known(change), value, limit, change.number)


def _known(change: Change) -> float:
    return _FOREVER if change.known_at is None else change.known_at
