"""What came of one history's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cli.simulate.timeline import Moment
from simulation.history import History


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file."""

    file: Path
    history: History
    unmet: tuple[str, ...]
    timeline: tuple[Moment, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation is met."""
        return not self.unmet
