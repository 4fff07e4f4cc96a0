"""The last word on an incident: that a sweep found nothing left of it, and how long it stood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rootguard.domain.drift import UNSEEN
from rootguard.incidents.incident import Result
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words.phrases import duration_label, time_label


def page(record: Mapping[str, Any], at: datetime) -> Page:
    """Return the page of an incident, as the ledger keeps it, that was found clean at `at`, UTC."""
    opened = Page.from_json(record["page"])
    stood = _stood(record, at)
    return Page(
        kind=Kind.CLEAN,
        severity=Severity.INFO,
        about=opened.about,
        at=at,
        headline="CLEAN",
        title=opened.title,
        sentences=(
            f"A sweep found nothing left of it: {opened.title}.",
            "It is safe now, and the incident is closed.",
        ),
        aside=f", stood {stood}",
        safe=True,
        fields=(
            *(field for field in opened.fields if field.label in {"Policy", "Where", "By"}),
            Field("When", (time_label(opened.at),)),
            Field("Stood", (stood,)),
            Field("Clean", (time_label(at),)),
        ),
        steps=("Nothing. `rootguard incident report` drafts the post-mortem.",),
        origin=opened.origin,
    )


def _stood(record: Mapping[str, Any], at: datetime) -> str:
    """Return how long an incident stood that was found clean at `at`, as far as that is known.

    Rootguard knows when it undid something. What others undid was undone at some time before the sweep.
    """
    if record["result"] == Result.REFUSED:
        return "not at all"
    if record["result"] == Result.WATCHED and record["safe"]:
        return "not at all: it ended a lockout"
    if record["exposure_seconds"] is None:
        return f"at most {duration_label(at - datetime.fromisoformat(record['occurred_at']))}"
    stood = duration_label(timedelta(seconds=record["exposure_seconds"]))
    if record["actor"]["type"] == UNSEEN.kind:
        return f"longer than {stood}"
    return f"at most {stood}" if record["result"] == Result.ALREADY_UNDONE else stood
