"""Incidents to tell of: the sample's, with what a test is about changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cli.incident import sample
from cli.incident.story import Story
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Record, closed, happened
from rootguard.incidents.notice import Stage
from rootguard.notify.story import Around

SAMPLE = sample.incident()
DRIFT = SAMPLE.drift
AT = DRIFT.at
_ALERTS = (Result.WATCHED, Result.REFUSED)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def changed(**different: Any) -> Drift:
    """The sample's drift by an event that says something else."""
    assert DRIFT.change is not None
    said = {
        name: different.pop(name) for name in ("id", "account", "actor", "error_code") if name in different
    }
    return replace(DRIFT, change=replace(DRIFT.change, **said), **different)


def unattributed(drift: Drift = DRIFT) -> Drift:
    """A drift that a sweep found, and no event has told of."""
    return replace(drift, change=None)


def incident(result: Result = Result.UNDONE, drift: Drift = DRIFT, **different: Any) -> Incident:
    """The incident with another result, as the guard would have it."""
    undone = result in (Result.UNDONE, Result.ALREADY_UNDONE)
    obstacle = Obstacle.ALERT_ONLY if result is Result.WATCHED else None
    outcome = Outcome.ALERT if result in _ALERTS else Outcome.REVERT
    verdict = Verdict(outcome, Reason.VIOLATION, "root", drift.target_id, obstacle=obstacle)
    fields: dict[str, Any] = {
        "verdict": verdict,
        "done": SAMPLE.done if result is Result.UNDONE else (),
        "undone_at": drift.at + timedelta(seconds=17) if undone else None,
        "error": "DetachPolicy failed with AccessDenied: no" if result is Result.NOT_UNDONE else None,
        "lockout": drift.kind is ChangeKind.ATTACHED,
    }
    return Incident(drift, result=result, **fields | different)


def record(told: Incident = SAMPLE, closed_after: float | None = None) -> Record:
    """The incident as the ledger keeps it; closed so many seconds after the change."""
    kept, _ = happened(None, told, told.drift.at + timedelta(seconds=18))
    return kept if closed_after is None else closed(kept, after(closed_after))[0]


def story(
    told: Incident = SAMPLE,
    closed_after: float | None = None,
    around: Around | None = None,
    **paged: float,
) -> Story:
    """The story of an incident; by stage, how long after the change people were paged."""
    kept = record(told, closed_after)
    return Story(kept, sample.around() if around is None else around, _paged(kept, paged))


def _paged(kept: Record, seconds: Mapping[str, float]) -> dict[str, datetime]:
    return {f"{kept.id}/{Stage[stage.upper()].value}": after(at) for stage, at in seconds.items()}
