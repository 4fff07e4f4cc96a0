"""Every history of the shared cases, carried out with the real functions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simulation.history import dump, parse
from simulation.run import run

SHARED: Final = Path(__file__).parents[3] / "shared" / "cases" / "histories"
"""Beside the checkout. Where it is absent there is nothing to run, and the tests are skipped."""
FILES: Final = sorted(SHARED.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_history(file: Path) -> None:
    assert run(parse(file.read_text("utf-8"), str(file))).unmet == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_written_as_it_is_read(file: Path) -> None:
    history = parse(file.read_text("utf-8"), str(file))
    assert parse(dump(history), "written.yaml") == history
