"""What people asked the isolation function for, and which of it must be refused.

A request is refused as a whole: if one account must not be moved, none is (docs/isolation.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from simulation.oracle.changes import Change
from simulation.oracle.scope import Scope
from simulation.trace import Asked, Ended, Record

STALE: Final = 15.0
"""Seconds for which Organizations may show what was so before, in the histories of seeds."""
_MOMENT: Final = 1e-6
_DELEGATING: Final = {"RegisterDelegatedAdministrator": True, "DeregisterDelegatedAdministrator": False}
_FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        number: its place in the trace.
        ended: the place in the trace where its invocation was over; None if there was none.
        until: when that was.
        is_answered: whether the invocation ended well.
    """

    number: int
    asked: Asked
    ended: int | None
    until: float
    is_answered: bool

    @property
    def may_move(self) -> bool:
        """Whether anything may be changed for it."""
        return self.asked.proven and not self.asked.dry_run

    def overlaps(self, other: Request) -> bool:
        """Tell whether two requests ran at one time, and name one account."""
        if self is other or not {*self.asked.accounts} & {*other.asked.accounts}:
            return False
        return self.asked.at <= other.until and other.asked.at <= self.until


def requests_of(trace: Sequence[Record]) -> tuple[Request, ...]:
    """Return what people asked for, in order."""
    ends = {
        record.invocation: (place, record) for place, record in enumerate(trace) if isinstance(record, Ended)
    }
    return tuple(
        _request(number, record, ends) for number, record in enumerate(trace) if isinstance(record, Asked)
    )


def _request(number: int, asked: Asked, ends: dict[int, tuple[int, Ended]]) -> Request:
    found = ends.get(asked.invocation)
    if found is None:
        return Request(number, asked, None, _FOREVER if asked.invocation else asked.at, is_answered=False)
    place, ended = found
    return Request(number, asked, place, ended.at, is_answered=ended.how == "well")


@dataclass(frozen=True, slots=True)
class Refusals:
    """Which accounts must not be isolated unless they are named twice, at each moment."""

    scope: Scope
    administrators: dict[str, list[tuple[float, bool]]]
    gone: Callable[[str, float], bool]

    def must_be(self, request: Request, at: float) -> bool:
        """Tell whether an isolation must be refused until a moment, whatever of late is shown to it."""
        began = request.asked.at - STALE
        just_before = [moment - _MOMENT for moment in (request.asked.at, at)]
        moments = {began, *just_before, *(moment for moment in self._moments() if began < moment < at)}
        return any(
            all(self.is_doubted(request, each, moment) for moment in moments)
            for each in request.asked.accounts
        )

    def may_be(self, request: Request, at: float) -> bool:
        """Tell whether a request may be refused for an account that must be named twice, or is not there."""
        return any(
            self.gone(each, moment) or self.is_doubted(request, each, moment)
            for each in request.asked.accounts
            for moment in (request.asked.at, at)
        )

    def is_doubted(self, request: Request, account: str, at: float) -> bool:
        """Tell whether an account is one that must be named twice, and is not."""
        # One that is in quarantine already is not isolated once more.
        is_in = self.scope.film.value(("place", account), at) == self.scope.quarantine
        return not is_in and account not in request.asked.twice and any(self._doubts(account, at))

    def _doubts(self, account: str, at: float) -> Iterator[bool]:
        states = [state for since, state in self.administrators.get(account, ()) if since <= at]
        yield bool(states) and states[-1]
        parent = self.scope.film.value(("place", account), at)
        yield any(account in each.targets for each in self.scope.protections)
        yield bool(self.scope.pinning(account, str(parent)))

    def _moments(self) -> set[float]:
        turns = {
            turn.at
            for subject, found in self.scope.film.turns.items()
            if subject[0] == "place"
            for turn in found
        }
        return turns | {at for found in self.administrators.values() for at, _ in found}


def refusals_of(scope: Scope, changes: Sequence[Change]) -> Refusals:
    """Return them, from who was made a delegated administrator when, and what guardrail.yaml protects."""
    found: dict[str, list[tuple[float, bool]]] = {}
    for change in changes:
        if change.worked and change.call in _DELEGATING:
            found.setdefault(change.target_id, []).append((change.at, _DELEGATING[change.call]))
    return Refusals(scope, found, scope.film.is_gone)
