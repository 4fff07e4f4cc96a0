"""How long events take from a call until the guard has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cli.doctor.facts.measured import Metric, measured
from cli.doctor.facts.sweeps import BACK
from cli.doctor.probe import Probe

_LATENCY: Final = Metric("Rootguard", "EventLatencySeconds", "Maximum", {"service": "rootguard"})


@dataclass(frozen=True, slots=True)
class Latency:
    """The last event: each sweep's own read has one, if nothing else has.

    Attributes:
        at: the minute in which it came, in UTC; None for none in 12 hours.
        seconds: how long it took; if several came, the slowest one.
        now: the time, in UTC.
        every: how often a sweep is due.
        deployed_at: when the stack was made, in UTC.
    """

    at: datetime | None
    seconds: float
    now: datetime
    every: timedelta
    deployed_at: datetime


def latency(probe: Probe) -> Latency:
    """Read how long the last event took."""
    (points,) = measured(probe, [_LATENCY], since=BACK, period=timedelta(minutes=1))
    last = points[-1] if points else None
    every = timedelta(minutes=probe.config.sweep.every_minutes)
    deployed_at = probe.stack.created_at if probe.stack else probe.now
    return Latency(last.at if last else None, last.value if last else 0, probe.now, every, deployed_at)
