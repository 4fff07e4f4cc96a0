"""How long events take from a call until the guard has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cli.doctor.facts.measured import Metric, measured
from cli.doctor.probe import Probe

LATELY: Final = timedelta(days=8)
"""A rehearsal each week has an event, if nothing else has."""
_LATENCY: Final = Metric("Rootguard", "EventLatencySeconds", "Maximum", {"service": "rootguard"})
_PERIOD: Final = timedelta(minutes=15)
"""In eight days these are 768 points, of 100,800 that one call returns."""


@dataclass(frozen=True, slots=True)
class Latency:
    """The last event of late.

    Attributes:
        at: the quarter of an hour in which it came, in UTC; None for none in eight days.
        seconds: how long it took; if several came, the slowest one.
        rehearses: whether there is one a week, at least.
    """

    at: datetime | None
    seconds: float
    rehearses: bool


def latency(probe: Probe) -> Latency:
    """Read how long the last event took."""
    (points,) = measured(probe, [_LATENCY], since=LATELY, period=_PERIOD)
    last = points[-1] if points else None
    return Latency(last.at if last else None, last.value if last else 0, probe.config.rehearsal is not None)
