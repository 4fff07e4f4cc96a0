"""The words on a rehearsal: one line if the guard detached the SCP, a page if it did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rootguard.domain.json_data import JsonData
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import clean, duration_label, time_label

_FAILED: Final = "FAILED"
_CLEAN: Final = "The SCP is detached again. It denied nothing to anyone: the OU is empty."


@dataclass(frozen=True, slots=True)
class Ended(JsonData):
    """How a rehearsal ended that did not succeed: "FAILED" or "INTERRUPTED". Times are UTC."""

    request: str
    started: datetime
    outcome: str
    ended: datetime
    took: int | None  # milliseconds until the guard had detached the SCP; None if it did not
    why: str


def line(incident: Incident) -> Page:
    """Return the page of a rehearsal's attachment, which the guard saw and which is off again."""
    lasted = duration_label(incident.exposure or timedelta(0))
    title, said = f"detached after {lasted}", f"The guard detached the rehearsal's SCP after {lasted}."
    if incident.result is Result.ALREADY_UNDONE:
        title = "someone else detached the SCP"
        said = "Someone else detached the rehearsal's SCP before the guard could."
    elif incident.drift.change is None:
        title, said = (
            "detached by a sweep",
            "A sweep detached the rehearsal's SCP: no event had arrived by then.",
        )
    return Page(
        kind=Kind.REHEARSAL,
        severity=Severity.INFO,
        about=clean(incident.id),
        at=incident.drift.at,
        headline="REHEARSAL",
        title=title,
        sentences=(said, "It is safe: the SCP denied nothing to anyone."),
        safe=True,
    )


def page(ended: Ended) -> Page:
    """Return the page of a rehearsal that did not succeed. If the guard failed, it wakes people."""
    failed = ended.outcome == _FAILED
    title = "the guard did not undo it" if ended.took is None else "the guard was late, or got no event"
    trouble = "Until this is fixed, nobody knows whether a lockout on Root would be undone."
    return Page(
        kind=Kind.REHEARSAL,
        severity=Severity.CRITICAL if failed else Severity.INFO,
        about=f"rehearsal {ended.started.isoformat()}",
        at=ended.ended,
        headline=f"REHEARSAL {clean(ended.outcome)}",
        title=title if failed else "nobody knows whether the guard would have undone it",
        sentences=(clean(ended.why), f"{_CLEAN} {trouble}" if failed else _CLEAN),
        fields=facts(("Began", time_label(ended.started)), ("Ended", time_label(ended.ended)))
        if failed
        else (),
        steps=(
            "See what is broken:\nrootguard doctor",
            "If doctor finds nothing, read the guard's log for the time of the rehearsal.",
            "Once it is fixed, rehearse again:\nrootguard rehearse",
        )
        if failed
        else (),
        origin=(f"rehearsal {clean(ended.request)}",),
    )
