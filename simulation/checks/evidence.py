"""The evidence of a run: its trace, and all that the oracle makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulation.history import History
from simulation.oracle.acceptance import Acceptance, acceptance_of
from simulation.oracle.deeds import Deed, deeds_of
from simulation.oracle.film import Film, film_of
from simulation.oracle.limits import Excuses
from simulation.oracle.scope import Scope, scope_of
from simulation.oracle.sweeps import Weather, weather_of
from simulation.oracle.told import Told, told_of
from simulation.run import Outcome
from simulation.trace import Record
from simulation.world import World


class Broken(NamedTuple):
    """Something that must always be true and was not."""

    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a run."""

    history: History
    trace: Sequence[Record]
    world: World
    deeds: Sequence[Deed]
    film: Film
    scope: Scope
    acceptance: Acceptance
    weather: Weather
    told: Sequence[Told]
    excuses: Excuses

    @property
    def end(self) -> float:
        """When the run ended."""
        return float(self.history.ends_at)

    def name(self, *ids: str) -> str:
        """Return ids as people call them."""
        return " on ".join(self.world.name_of(id_) for id_ in ids if id_)


def evidence_of(history: History, outcome: Outcome) -> Evidence:
    """Return the evidence of a run. Raises OracleError if the oracle does not know the organization."""
    trace, world = outcome.trace, outcome.world
    deeds = deeds_of(trace)
    film = film_of(history, world, trace, deeds)
    scope = scope_of(history, world.id_of, film)
    return Evidence(
        history=history,
        trace=trace,
        world=world,
        deeds=deeds,
        film=film,
        scope=scope,
        acceptance=acceptance_of(history, scope, trace, deeds),
        weather=weather_of(history, trace),
        told=told_of(trace),
        excuses=Excuses(),
    )
