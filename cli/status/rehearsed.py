"""The row of the last rehearsal."""

from __future__ import annotations

from typing import Any, Final

from cli.doctor.facts.rehearsals import Rehearsals

ASKS: Final = ("dynamodb:GetItem",)


def data(found: Rehearsals) -> dict[str, Any]:
    """Return when the last one began, how it ended, and the seconds that it took; null for none."""
    last = found.last
    return {
        "at": last.started.isoformat() if last else None,
        "outcome": last.outcome.value if last else None,
        "seconds": last.seconds if last else None,
    }
