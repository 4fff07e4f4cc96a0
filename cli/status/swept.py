"""The row of the last sweep, the guard's heartbeat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cli.doctor.checks.events import beats
from cli.doctor.facts.sweeps import Heartbeat
from cli.doctor.finding import Finding, Level, ok
from rootguard.notify.phrases import duration_label

ASKS: Final = ("cloudwatch:GetMetricData",)


def judge(heart: Heartbeat) -> Iterator[Finding]:
    """Judge as doctor does, and say how long ago it was."""
    for finding in beats(heart):
        if finding.level is Level.OK and heart.last is not None:
            minutes = heart.every.total_seconds() / 60
            pace = "minute" if minutes == 1 else f"{minutes:.0f} minutes"
            # CloudWatch counts by the minute.
            ago = duration_label(heart.now - heart.last)
            yield ok(f"{ago} ago, at {heart.last:%H:%M} UTC; one is due every {pace}")
        else:
            yield finding


def data(heart: Heartbeat) -> dict[str, Any]:
    """Return the minute in which one last completed; null for none in 12 hours."""
    return {"at": heart.last.isoformat() if heart.last else None}
