"""Was it rehearsed, and did that go well?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from cli.doctor.check import Check, Section
from cli.doctor.facts import rehearsals as facts
from cli.doctor.facts.rehearsals import Rehearsals
from cli.doctor.finding import Finding, broken, ok, warning
from rootguard.notify.phrases import duration_label, time_label
from rootguard.rehearsal.record import Outcome

_REHEARSE: Final = "rootguard rehearse"
_OLD: Final = timedelta(days=8)
"""A week, and a day on which something was in the way."""


def went_well(found: Rehearsals) -> Iterator[Finding]:
    """Judge the last rehearsal."""
    last = found.last
    if not found.asked:
        yield ok("guardrail.yaml has no rehearsal; docs/rehearsal.md says what one would prove")
    elif not found.deployed:
        yield warning("not deployed yet", "Nobody knows whether an undo works here.", "make deploy")
    elif last is None:
        yield warning("none yet", "Nobody knows whether an undo works here.", _REHEARSE)
    elif last.outcome is Outcome.FAILED:
        why = "A lockout on Root may not be undone either. See the other lines first."
        yield broken(f"FAILED at {time_label(last.started)}: {last.why}", why, _REHEARSE)
    elif last.goes_on(found.now):
        yield ok(f"one is running since {time_label(last.started)}")
    elif last.outcome is not Outcome.SUCCEEDED:
        said = last.why or "its function was cut off."
        yield warning(
            f"{last.outcome.value} at {time_label(last.started)}: {said}",
            "Nobody knows whether an undo works here. The schedule tries again each day.",
            _REHEARSE,
        )
    elif found.now - last.started > _OLD:
        yield warning(
            f"the last one was {(found.now - last.started).days} days ago, and succeeded",
            "One is due each week. Blocked windows, an open incident or the schedule may be in the way.",
            _REHEARSE,
        )
    else:
        took = timedelta(seconds=round(last.seconds or 0))
        yield ok(f"SUCCEEDED at {time_label(last.started)}, after {duration_label(took)}")


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check(
        "last-rehearsal",
        Section.EVENTS,
        ("dynamodb:GetItem",),
        facts.rehearsals,
        went_well,
        needs_stack=True,
    ),
)
