"""How much of the account's Lambda concurrency is free, and whether a function had to wait for some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cli.doctor.facts.measured import Metric, measured
from cli.doctor.probe import Probe

LATELY: Final = timedelta(hours=24)
_HOUR: Final = timedelta(hours=1)
_USED: Final = Metric("AWS/Lambda", "UnreservedConcurrentExecutions", "Maximum", {})


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The account's concurrency that no function has reserved, and the most of it that was used lately."""

    limit: int
    most_used: int


def concurrency(probe: Probe) -> Concurrency:
    """Read the account's limit, and its use in the last 24 hours."""
    limits = probe.ask("lambda", "GetAccountSettings")["AccountLimit"]
    (points,) = measured(probe, [_USED], since=LATELY, period=_HOUR)
    most = max((int(point.value) for point in points), default=0)
    return Concurrency(int(limits["UnreservedConcurrentExecutions"]), most)


def throttles(probe: Probe) -> Mapping[str, int]:
    """Read how often each function was throttled in the last 24 hours, by its name."""
    names = [part.id for part in probe.parts("AWS::Lambda::Function")]
    metrics = [Metric("AWS/Lambda", "Throttles", "Sum", {"FunctionName": name}) for name in names]
    found = measured(probe, metrics, since=LATELY, period=_HOUR)
    return {
        name: int(sum(point.value for point in points)) for name, points in zip(names, found, strict=True)
    }
