"""From a history that breaks an invariant to the smallest one found that still breaks it.

It leaves out steps, faults and parts of the organization, and makes times round. Each attempt is a run, and
the number of runs is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from simulation.history import (
    Call,
    Fault,
    Grant,
    History,
    HistoryError,
    Redeliver,
    Step,
    SweepTimes,
    dump,
    parse,
)
from simulation.seeds import QUIET_SWEEPS, RETRIES, quiet_since

MOST_RUNS: Final = 150
"""How many runs one history is worth."""
Test: TypeAlias = "Callable[[History], bool]"


def shrunk(history: History, breaks: Test, *, most_runs: int = MOST_RUNS) -> History:
    """Return the smallest history found for which `breaks` is true. It is true for `history`."""
    tried = _Tried(breaks, most_runs)
    smallest = history
    while True:
        before = smallest
        for simpler in (_fewer_steps, _simpler_events, _less_organization, _less_guardrail, _rounder_times):
            smallest = _best(smallest, simpler, tried)
        if smallest == before or tried.is_over:
            return smallest


class _Tried:
    """The runs that were made. A history that no file can hold breaks nothing."""

    def __init__(self, breaks: Test, most_runs: int) -> None:
        self._breaks = breaks
        self._left = most_runs
        self._known: dict[str, bool] = {}

    @property
    def is_over(self) -> bool:
        return self._left <= 0

    def breaks(self, history: History) -> bool:
        text = dump(history)
        if text not in self._known:
            if self.is_over:
                return False
            self._known[text] = self._run(history, text)
        return self._known[text]

    def _run(self, history: History, text: str) -> bool:
        try:
            parse(text, "a shrunk history")
        except HistoryError:
            return False
        self._left -= 1
        return self._breaks(history)


def _best(history: History, simpler: Callable[[History], Iterator[History]], tried: _Tried) -> History:
    """Return what is left after each simpler history that still breaks took the place of the one before."""
    found = True
    while found and not tried.is_over:
        found = False
        for candidate in simpler(history):
            if tried.breaks(candidate):
                history, found = candidate, True
                break
    return history


def _fewer_steps(history: History) -> Iterator[History]:
    """Yield the history without some of its steps: first without half of them, then without fewer."""
    count = len(history.steps)
    size = count // 2
    while size >= 1:
        for first in range(0, count, size):
            left_out = frozenset(range(first, min(first + size, count)))
            yield _ended(replace(history, steps=_without(history.steps, left_out)))
        size //= 2


def _without(steps: Sequence[Step], left_out: frozenset[int]) -> tuple[Step, ...]:
    """Return the steps without some. A copy of a step that is left out goes, too."""
    kept = [number for number in range(len(steps)) if number not in left_out]
    places = {number: place for place, number in enumerate(kept)}
    found: list[Step] = []
    for number in kept:
        step = steps[number]
        if not isinstance(step, Redeliver):
            found.append(step)
        elif step.again in places:
            found.append(replace(step, again=places[step.again]))
        else:
            # The steps after it move up.
            return _without(steps, left_out | {number})
    return tuple(found)


def _simpler_events(history: History) -> Iterator[History]:
    """Yield the history with one step made simpler: its event arrives once, soon, and alone."""
    for number, step in enumerate(history.steps):
        for simpler in _simpler(step):
            yield _ended(replace(history, steps=_with(history.steps, number, simpler)))


def _simpler(step: Step) -> Iterator[Step]:
    if isinstance(step, Call):
        if step.interleave is not None:
            yield replace(step, interleave=None)
        if len(step.event) > 1:
            yield from (replace(step, event=(later,)) for later in step.event)
        if step.event and step.event != (15,):
            yield replace(step, event=(15,))
            yield from (replace(step, event=(later,)) for later in _LATE if later < max(step.event))
        if isinstance(step.parameters.get("says"), str) and step.parameters["says"] not in _PLAIN:
            yield replace(step, parameters={**step.parameters, "says": "deny ec2"})
    if isinstance(step, Fault) and step.share != 1:
        yield replace(step, share=1)
    if isinstance(step, Grant) and step.lasts != _HOUR:
        yield replace(step, lasts=_HOUR)


_LATE: Final = (60, 120, 300, 600)
_PLAIN: Final = ("deny all", "deny ec2")
_HOUR: Final = 3600


def _with(steps: Sequence[Step], number: int, step: Step) -> tuple[Step, ...]:
    return (*steps[:number], step, *steps[number + 1 :])


def _less_organization(history: History) -> Iterator[History]:
    """Yield the history without a policy, an account, a unit, or an attachment that was there before."""
    before = history.organization
    for name, policy in before.policies.items():
        yield replace(history, organization=replace(before, policies=_drop(before.policies, name)))
        for target in policy.on:
            fewer = replace(policy, on=tuple(other for other in policy.on if other != target))
            yield replace(history, organization=replace(before, policies={**before.policies, name: fewer}))
    for name in before.accounts:
        yield replace(history, organization=replace(before, accounts=_drop(before.accounts, name)))
    for name in before.units:
        yield replace(history, organization=replace(before, units=_drop(before.units, name)))


def _less_guardrail(history: History) -> Iterator[History]:
    """Yield the history without a protection or a key of the guardrail, or with the usual sweeps."""
    if history.sweep != SweepTimes():
        yield _ended(replace(history, sweep=SweepTimes()))
    for key in history.guardrail:
        if key != "protections":
            yield replace(history, guardrail=_drop(history.guardrail, key))
    protections: list[Mapping[str, Any]] = list(history.guardrail.get("protections", ()))
    for number, protection in enumerate(protections):
        if len(protections) > 1:
            fewer = [other for place, other in enumerate(protections) if place != number]
            yield replace(history, guardrail={**history.guardrail, "protections": fewer})
        for key in protection:
            if key not in ("name", "targets"):
                yield _protected(history, protections, number, _drop(protection, key))
        for target in protection["targets"] if len(protection["targets"]) > 1 else ():
            targets = [other for other in protection["targets"] if other != target]
            yield _protected(history, protections, number, {**protection, "targets": targets})


def _protected(
    history: History, protections: list[Mapping[str, Any]], number: int, protection: Mapping[str, Any]
) -> History:
    changed = [*protections[:number], protection, *protections[number + 1 :]]
    return replace(history, guardrail={**history.guardrail, "protections": changed})


def _rounder_times(history: History) -> Iterator[History]:
    """Yield the history with one time made round, in the same order."""
    for number, step in enumerate(history.steps):
        for unit in (100, 10):
            at = round(step.at / unit) * unit
            if at != step.at:
                moved = _with(history.steps, number, _moved(step, at))
                if list(moved) == sorted(moved, key=lambda each: each.at):
                    yield _ended(replace(history, steps=moved))


def _moved(step: Step, at: int) -> Step:
    if isinstance(step, Fault) and step.until is not None:
        return replace(step, at=at, until=at + step.until - step.at)
    return replace(step, at=at)


def _ended(history: History) -> History:
    """Return the history with an end as late as its last step asks for, if it names one."""
    if history.end is None:
        return history
    quiet = quiet_since(history.steps) + RETRIES + QUIET_SWEEPS * history.sweep.every
    return replace(history, end=min(history.end, quiet) if quiet > 0 else history.end)


def _drop(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}
