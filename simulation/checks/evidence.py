"""The evidence of a run: its trace, and all that the oracle makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulation import rehearsal
from simulation.history import History
from simulation.oracle.acceptance import Acceptance, acceptance_of
from simulation.oracle.changes import Change, changes_of
from simulation.oracle.custody import Archive, archive_of
from simulation.oracle.film import Film, film_of
from simulation.oracle.limits import Excuses
from simulation.oracle.pages import Page, pages_of
from simulation.oracle.rehearsals import Rehearsals, rehearsals_of
from simulation.oracle.requests import Refusals, Request, refusals_of, requests_of
from simulation.oracle.scope import Scope, scope_of
from simulation.oracle.sweeps import Weather, weather_of
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
    changes: Sequence[Change]
    film: Film
    scope: Scope
    acceptance: Acceptance
    weather: Weather
    pages: Sequence[Page]
    excuses: Excuses
    requests: Sequence[Request]
    archive: Archive
    refusals: Refusals
    rehearsals: Rehearsals

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
    changes = changes_of(trace)
    film = film_of(history, world, trace, changes)
    scope, requests = scope_of(history, world.id_of, film), requests_of(trace)
    archive = archive_of(trace, changes, requests, scope.quarantine)
    rehearsed = ("attachment", world.id_of(rehearsal.SCP_NAME), scope.rehearsal) if scope.rehearsal else ()
    return Evidence(
        history=history,
        trace=trace,
        world=world,
        changes=changes,
        film=film,
        scope=scope,
        acceptance=acceptance_of(history, scope, trace, changes, archive.confirmed(requests)),
        weather=weather_of(history, trace),
        pages=pages_of(trace),
        excuses=Excuses(),
        requests=requests,
        archive=archive,
        refusals=refusals_of(scope, changes),
        rehearsals=rehearsals_of(trace, changes, rehearsed, rehearsal.within(history.guardrail)),
    )
