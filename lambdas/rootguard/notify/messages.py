"""From a message on the topic to the page that a channel lays out.

The guard puts its pages there in words. CloudWatch's alarms and EventBridge's tamper notices come without
passing through our code, and are worded here. Whatever else comes is shown as it is: nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rootguard.notify.page import Field, Kind, Page, Severity, field
from rootguard.notify.phrases import clean, time_label
from rootguard.notify.words import alarms, tampering

_SHOWN_LIMIT: Final = 2_000
"""Characters of a message that nobody worded."""


def page_of(text: str, received: datetime) -> Page:
    """Return the page of a message that came at `received`, UTC. Never raises, whatever the message is."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or nested too deeply to be read
        message = text
    try:
        page = _worded(message, received)
    except (KeyError, TypeError, ValueError, RecursionError):
        page = None
    return page or _as_it_is(text, received)


def _worded(message: object, received: datetime) -> Page | None:
    """Raises KeyError, TypeError, ValueError for what has the beginnings of a kind, and no more."""
    if isinstance(message, str):
        return tampering.page_of_notice(message, received)
    if not isinstance(message, Mapping):
        return None
    if "page" in message:
        return Page.from_json(message["page"])
    if "AlarmName" in message:
        return alarms.page(message)
    return tampering.page(message) if "detail-type" in message else None


def _as_it_is(text: str, received: datetime) -> Page:
    cut = f"… (+{len(text) - _SHOWN_LIMIT} characters)" if len(text) > _SHOWN_LIMIT else ""
    return Page(
        kind=Kind.ALARM,
        severity=Severity.ERROR,  # It may be anything, the worst included.
        about=f"message of {received.isoformat()}",
        at=received,
        headline="UNREADABLE",
        title="a message that Rootguard cannot read",
        sentences=(
            "A message came to Rootguard's topic that is neither a page, nor an alarm, nor a tamper notice.",
            "Whether it is safe is not known: read it.",
        ),
        fields=(
            Field("Message", tuple(map(clean, (text[:_SHOWN_LIMIT] + cut).splitlines())) or ("-",)),
            field("Received", time_label(received)),
        ),
        steps=(
            "Read the message. If it tells of a change on Root, look at the policies there by hand.",
            "Find out who may publish to the topic, and did.",
        ),
    )
