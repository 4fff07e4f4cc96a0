"""The seeds find bugs: each planted one within the number of seeds that its entry states."""

from __future__ import annotations

import itertools
from functools import cache

import pytest

from simulation.invariants import broken_in
from simulation.seeds import history_of
from tests.simulation import planted, planted_in_isolation, planted_in_rehearsals
from tests.simulation.planted import Plant

PLANTS = (*planted.PLANTS, *planted_in_isolation.PLANTS, *planted_in_rehearsals.PLANTS)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_it_is_found(plant: Plant) -> None:
    seeds = (seed for seed in itertools.count() if plant.shows(history_of(seed)))
    assert any(_finds(plant, seed) for seed in itertools.islice(seeds, plant.within))


def _finds(plant: Plant, seed: int) -> bool:
    """Tell whether a seed breaks with the bug what it does not break without it."""
    with plant.plant() as deployment:
        broken = {finding.invariant.name for finding in broken_in(history_of(seed), deployment).findings}
    found = broken & plant.found_by
    return bool(found) and not found <= _broken_anyway(seed)


@cache
def _broken_anyway(seed: int) -> frozenset[str]:
    return frozenset(finding.invariant.name for finding in broken_in(history_of(seed)).findings)
