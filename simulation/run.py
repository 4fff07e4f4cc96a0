"""Run one history: Rootguard's real handlers on an AWS in memory, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simulation.deployment import DEPLOYMENT, Deployment
from simulation.engine import Engine
from simulation.errors import NotSimulatedError, SimulationError
from simulation.history import History
from simulation.trace import Record
from simulation.world import World

Watch: TypeAlias = "Callable[[World, float], str | None]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a history.

    Attributes:
        unmet: the expectations that are not met, as sentences.
        trace: all that happened, in order.
        world: the organization as it is at the end.
        broken: what the first watch that spoke said; None if none did.
    """

    unmet: tuple[str, ...]
    trace: tuple[Record, ...]
    world: World
    broken: str | None = None


def run(history: History, *, deployment: Deployment = DEPLOYMENT, watch: Sequence[Watch] = ()) -> Outcome:
    """Carry a history out. After each step of the schedule each watch looks. The first to speak ends it.

    Raises:
        SimulationError: a function called what the simulator does not know.
        GuardrailError: the guardrail is one that synth refuses.
    """
    engine = Engine(history, deployment)
    broken: str | None = None
    try:
        with engine.running():
            while broken is None and engine.step():
                for look in watch:
                    broken = look(engine.world, engine.now)
                    if broken is not None:
                        break
    except NotSimulatedError as unknown:
        raise SimulationError(f"at {engine.now:g} s {unknown}") from unknown
    engine.close()
    return Outcome(tuple(engine.unmet), tuple(engine.trace), engine.world, broken)
