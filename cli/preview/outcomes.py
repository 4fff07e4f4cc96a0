"""The pages that an incident could lead to: each outcome, and each stage, its own first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from rootguard.domain.verdict import Obstacle, Outcome, Reason
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import Stage
from rootguard.notify.page import Page
from rootguard.notify.story import Around, Story
from rootguard.notify.words import incidents

_UNDONE_AFTER: Final = timedelta(seconds=17)
"""For the outcomes in which it is undone, of an incident that was not: one of the delays seen on AWS."""
_SWEPT_AFTER: Final = timedelta(minutes=1)
_NAMES: Final = {
    Result.UNDONE: "undone",
    Result.ALREADY_UNDONE: "already-undone",
    Result.NOT_UNDONE: "not-undone",
    Result.WATCHED: "not-touched",
    Result.REFUSED: "refused",
}


def pages_of(incident: Incident, around: Around) -> dict[str, Page]:
    """Return the page of each outcome that an incident can have, by name, then those of later stages."""
    results = sorted(_NAMES, key=lambda result: result is not incident.result)
    stories = {_NAMES[result]: Story(with_result(incident, result)) for result in results}
    stories |= dict(_stages(incident))
    return {name: incidents.page(replace(story, around=around)) for name, story in stories.items()}


def with_result(incident: Incident, result: Result) -> Incident:
    """Return an incident as it would have been with another outcome."""
    if result is incident.result:
        return incident
    verdict, drift = incident.verdict, incident.drift
    change = replace(drift.change, error_code=None) if drift.change else None
    undone = result in (Result.UNDONE, Result.ALREADY_UNDONE)
    verdict = replace(verdict, outcome=Outcome.REVERT, obstacle=None)
    if result is Result.WATCHED:
        obstacle = incident.verdict.obstacle or Obstacle.OBSERVED
        verdict = replace(verdict, outcome=Outcome.ALERT, obstacle=obstacle)
    elif result is Result.REFUSED:
        change = replace(change, error_code="AccessDenied") if change else None
        verdict = replace(verdict, outcome=Outcome.ALERT, reason=Reason.DENIED_ATTEMPT)
    failed = result is Result.NOT_UNDONE
    return replace(
        incident,
        result=result,
        verdict=verdict,
        drift=replace(drift, change=change),
        done=incident.done if result is Result.UNDONE else (),
        received_at=incident.received_at if undone else None,
        decided_at=incident.decided_at if undone else None,
        undone_at=(incident.undone_at or drift.at + _UNDONE_AFTER) if undone else None,
        error=(incident.error or "AWS answered AccessDeniedException") if failed else None,
        restoring=incident.restoring if result is Result.UNDONE else None,
    )


def _stages(incident: Incident) -> Iterator[tuple[str, Story]]:
    """Yield the story of each later stage."""
    undone, watched = with_result(incident, Result.UNDONE), with_result(incident, Result.WATCHED)
    failed = with_result(incident, Result.NOT_UNDONE)
    unnamed = replace(undone, drift=replace(undone.drift, change=None))
    closed_at = (undone.undone_at or undone.drift.at) + _SWEPT_AFTER
    yield "found-by-sweep", Story(unnamed)
    if undone.drift.change is not None:
        yield "attributed", Story(undone, Stage.ATTRIBUTED)
        yield "again", Story(replace(undone, times=max(incident.times, 2)), Stage.AGAIN)
    fight = replace(watched, verdict=replace(watched.verdict, obstacle=Obstacle.FIGHT), times=6)
    yield "fight", Story(fight, Stage.FIGHT)
    undecided = replace(failed.verdict, outcome=Outcome.ALERT, reason=Reason.UNDECIDED)
    yield "undecided", Story(replace(failed, verdict=undecided))
    yield "clean", Story(incident, Stage.OVER, closed_at=max(closed_at, incident.drift.at + _SWEPT_AFTER))
    yield "put-back", Story(unnamed, Stage.PUT_BACK, closed_at=closed_at)
