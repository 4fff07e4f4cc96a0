"""One seed is one history, the same on every machine.

People act in an organization under a guardrail, events travel well or badly, and calls to AWS fail. After the
last of it everything is quiet for some sweeps, so that a run can be asked whether all is as it was accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from simulation.history import Ask, Call, Fault, History, OrganizationBefore, Redeliver, Rehearse, Step
from simulation.isolating import isolations_of, once_more
from simulation.misfortunes import misfortunes, travel_of
from simulation.people import HABITS, People
from simulation.rehearsal import WITHIN
from simulation.rehearsing import rehearsals_of
from simulation.setups import Setup, setup_of
from simulation.steps import Seconds

RETRIES: Final = 200
"""Seconds in which Lambda makes its second and its third attempt, after one and two minutes."""
QUIET_SWEEPS: Final = 5
"""Sweeps without a fault at the end. The second one undoes a difference. The others show that it stays so."""
_MOST_STEPS: Final = 12
_FROM_THE_START: Final = 0.12


def history_of(seed: int) -> History:
    """Return the history of a seed."""
    rng = Random(seed)  # noqa: S311 - a schedule that repeats, no secret
    setup = setup_of(rng)
    homes = dict(setup.accounts)
    steps = _acts(setup)
    steps = _in_time([*steps, *misfortunes(rng, steps)])
    steps = _side_by_side(rng, steps)
    isolated = isolations_of(seed, setup, [*homes], steps)
    rehearsed = rehearsals_of(seed, setup, steps)
    guardrail = setup.guardrail
    if isolated is not None:
        # Both are drawn apart, so that all else of a seed is as if there were no quarantine and no rehearsal.
        guardrail = {**guardrail, "quarantine": {}}
        steps = _in_time([*steps, *isolated])
        steps = _in_time([*steps, *once_more(seed, steps, quiet_since(steps))])
    if rehearsed is not None:
        guardrail = {**guardrail, "rehearsal": rehearsed.guardrail}
        steps = _in_time([*steps, *rehearsed.steps])
    return History(
        why=f"What seed {seed} makes.",
        guardrail=guardrail,
        organization=OrganizationBefore(setup.units, homes, setup.policies),
        sweep=setup.sweep,
        steps=tuple(steps),
        end=quiet_since(steps) + RETRIES + QUIET_SWEEPS * setup.sweep.every,
    )


def quiet_since(steps: Sequence[Step]) -> Seconds:
    """Return when the last thing happens: a step, an event that arrives, or the end of a fault."""
    last: Seconds = 0
    for step in steps:
        last = max(last, step.at)
        if isinstance(step, Call | Ask | Rehearse):
            waits = WITHIN if isinstance(step, Rehearse) else 0
            last = max(last, step.at + waits, *(step.at + waits + later for later in step.event))
        if isinstance(step, Fault) and step.until is not None:
            last = max(last, step.until)
    return last


def _acts(setup: Setup) -> list[Step]:
    """Return what people do, with the first habit at some time and each other one some time later."""
    rng = setup.rng
    people = People(setup, travel_of(rng))
    early = rng.random() < _FROM_THE_START
    at: Seconds = rng.randint(-60, 60) if early else setup.sweep.first + rng.randint(20, 120)
    habits, weights = zip(*HABITS, strict=True)
    steps: list[Step] = []
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
        made = list(rng.choices(habits, weights)[0](people, at))
        if steps and len(steps) + len(made) > _MOST_STEPS:
            break
        steps += [_shifted(step, len(steps)) for step in made]
        at += rng.randint(5, 300)
    return steps


def _shifted(step: Step, by: int) -> Step:
    """Return a step of a habit as one of the whole: a copy counts the steps from the first."""
    return replace(step, again=step.again + by) if isinstance(step, Redeliver) else step


def _in_time(steps: Sequence[Step]) -> list[Step]:
    """Return the steps in the order of their times. What is delivered again stays the same."""
    order = sorted(range(len(steps)), key=lambda number: steps[number].at)
    places = {number: place for place, number in enumerate(order)}
    return [_placed(steps[number], places) for number in order]


def _placed(step: Step, places: dict[int, int]) -> Step:
    return replace(step, again=places[step.again]) if isinstance(step, Redeliver) else step


def _side_by_side(rng: Random, steps: list[Step]) -> list[Step]:
    """Let the invocations of a few events run at the same time."""
    return [
        replace(step, interleave=rng.randrange(1000))
        if isinstance(step, Call) and step.event and rng.random() < 0.05  # noqa: PLR2004 - a few
        else step
        for step in steps
    ]
