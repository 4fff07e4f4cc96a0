"""Many seeds, on all cores: each one is made, run and judged, and what breaks is made small.

The result is the same however many cores there are: seeds are judged alone, and read in their order.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from simulation.history import History, dump
from simulation.invariants import BY_NAME, broken_in
from simulation.seeds import history_of
from simulation.shrink import shrunk

SIMULATOR: Final = "simulator"
"""The name of a failure of the simulator itself."""
SHRUNK_EACH: Final = 2
"""How many seeds are made small for each invariant. More of the same kind tell little."""
_SEEDS_A_TURN: Final = 4


@dataclass(frozen=True, slots=True)
class Break:
    """An invariant that a seed breaks: when, and how in words."""

    seed: int
    invariant: str
    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one seed."""

    seed: int
    breaks: tuple[Break, ...]
    limits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A break, and the file's text that reproduces it."""

    broken: Break
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of many seeds."""

    seeds: int
    clean: int
    broken: tuple[Reproduced, ...]
    limits: Mapping[str, int]


def judged(seed: int) -> Judged:
    """Make, run and judge one seed. An error of the simulator is a break, too: nothing is left out."""
    try:
        judgement = broken_in(history_of(seed))
    except Exception as error:  # noqa: BLE001 - told, with the place where it happened
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__} in {place.name}, line {place.lineno}: {error}"
        return Judged(seed, (Break(seed, SIMULATOR, 0, said),), {})
    breaks = tuple(Break(seed, f.invariant.name, f.at, f.what) for f in judgement.findings)
    return Judged(seed, breaks, judgement.limits)


class Progress(Protocol):
    """Who hears how far it is."""

    def judged(self, each: Judged) -> None:
        """Take one seed that was judged."""

    def made_small(self, done: int, of: int) -> None:
        """Take how many histories are small by now."""


class Nobody:
    """Nobody hears."""

    def judged(self, each: Judged) -> None:
        """Do nothing."""

    def made_small(self, done: int, of: int) -> None:
        """Do nothing."""


def run_seeds(start: int, count: int, *, jobs: int, progress: Progress | None = None) -> Report:
    """Run `count` seeds from `start` on, with so many processes."""
    progress = progress or Nobody()
    limits: Counter[str] = Counter()
    breaks: list[Break] = []
    clean = 0
    for each in judged_all(range(start, start + count), jobs):
        limits.update(each.limits)
        breaks += each.breaks
        clean += not each.breaks
        progress.judged(each)
    return Report(count, clean, tuple(_reproduced(breaks, jobs, progress)), dict(sorted(limits.items())))


def smallest(broken: Break) -> Reproduced:
    """Make the history of a break small."""
    history = history_of(broken.seed)
    if broken.invariant == SIMULATOR:
        return Reproduced(broken, dump(_explained(history, broken)))

    def breaks(candidate: History) -> bool:
        try:
            findings = broken_in(candidate).findings
        except Exception:  # noqa: BLE001 - another failure is not this one
            return False
        return any(finding.invariant.name == broken.invariant for finding in findings)

    return Reproduced(broken, dump(_explained(shrunk(history, breaks), broken)))


def _explained(history: History, broken: Break) -> History:
    invariant = BY_NAME.get(broken.invariant)
    sentence = invariant.sentence if invariant else "The simulator failed."
    return replace(history, why=f"{sentence} (invariant {broken.invariant}, seed {broken.seed})")


def judged_all(seeds: Iterable[int], jobs: int) -> Iterable[Judged]:
    """Judge seeds with so many processes, and yield them in their order."""
    if jobs == 1:
        yield from map(judged, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(judged, seeds, chunksize=_SEEDS_A_TURN)


def _reproduced(breaks: list[Break], jobs: int, progress: Progress) -> Iterable[Reproduced]:
    """Return each break with a history: a small one for the first seeds of an invariant."""
    seen: Counter[str] = Counter()
    small: list[Break] = []
    for broken in breaks:
        seen[broken.invariant] += 1
        if seen[broken.invariant] <= SHRUNK_EACH:
            small.append(broken)
    made: dict[Break, Reproduced] = {}
    for reproduced in _smallest_all(small, jobs):
        made[reproduced.broken] = reproduced
        progress.made_small(len(made), len(small))
    for broken in breaks:
        whole = Reproduced(broken, dump(_explained(history_of(broken.seed), broken)))
        yield made.get(broken, whole)


def _smallest_all(breaks: list[Break], jobs: int) -> Iterable[Reproduced]:
    if jobs == 1 or len(breaks) < 2:  # noqa: PLR2004 - one needs no pool
        yield from map(smallest, breaks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(smallest, breaks)
