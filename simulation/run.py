"""Run one history: Rootguard's real handlers on an AWS in memory, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simulation.deployment import DEPLOYMENT, Deployment
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
    """Carry a history out. After each step of the scheduler, each watch looks; the first to speak ends the run."""
    raise NotImplementedError
