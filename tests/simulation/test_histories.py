"""Histories, carried out with the real functions: the shared cases, and what broke an invariant once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simulation.history import dump, parse
from simulation.invariants import broken_in
from simulation.run import run

SHARED: Final = Path(__file__).parents[3] / "shared" / "cases" / "histories"
"""Beside the checkout. If it is absent, its tests are skipped."""
FILES: Final = sorted(SHARED.glob("*.yaml"))
FOUND: Final = sorted((Path(__file__).parent / "histories").glob("*.yaml"))
"""Each broke an invariant once. It is as small as `rootguard simulate` made it."""


@pytest.mark.parametrize("file", [*FILES, *FOUND], ids=lambda file: file.stem)
def test_history(file: Path) -> None:
    assert run(parse(file.read_text("utf-8"), str(file))).unmet == ()


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
def test_the_invariants_hold(file: Path) -> None:
    assert [found.what for found in broken_in(parse(file.read_text("utf-8"), str(file))).findings] == []


@pytest.mark.parametrize("file", [*FILES, *FOUND], ids=lambda file: file.stem)
def test_it_is_written_as_it_is_read(file: Path) -> None:
    history = parse(file.read_text("utf-8"), str(file))
    assert parse(dump(history), "written.yaml") == history
