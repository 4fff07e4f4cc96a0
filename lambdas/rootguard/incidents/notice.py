"""A notice: what people are notified of once. It carries a key and data, and no words.

The guard sends a notice at least once. The notifier claims its key in the ledger, so that a person sees it
once, and puts the data into words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from rootguard.domain.json_data import JsonData

_UNSENDABLE: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


class About(StrEnum):
    """What a notice is about, which says how its data looks.

    INCIDENT: `Incident.as_json()`.
    ADOPTION: `{"at", "targets": [{"target_id", "protection", "policies": [POLICY, …]}]}`, where POLICY is
        `{"id", "name", "type", "lockout"}`.
    EXCEPTION: `{"at", "permit": Permit.as_json(), "drift": Drift.as_json() or null}`; the drift that used it.
    WRITTEN: `Drift.as_json()`, of a policy that was created or edited and is a lockout.
    SUBSCRIPTIONS: `{"at", "expected": [{"protocol", "endpoint"}]}`; who of these is subscribed?
    TEST: `{"at", "by"}`, the ARN of who runs `rootguard page --test`.
    ISOLATION: what `isolation.result.notice` says of one request.
    REHEARSAL: `rehearsal.record.Record.as_json()`, of one that did not succeed.
    DIGEST: `{"keys": […]}`, of the notices that one page is about. The notifier makes it.
    """

    INCIDENT = "incident"
    ADOPTION = "adoption"
    EXCEPTION = "exception"
    WRITTEN = "written"
    SUBSCRIPTIONS = "subscriptions"
    TEST = "test"
    ISOLATION = "isolation"
    REHEARSAL = "rehearsal"
    DIGEST = "digest"


class Stage(StrEnum):
    """The stages of an incident that people hear of."""

    FOUND = "found"  # it happened, or a sweep found it; with what was done about it
    ATTRIBUTED = "attributed"  # its event came after the page of a sweep, and says who did it
    AGAIN = "again"  # someone else did the same while it was open
    NOT_UNDONE = "not-undone"  # what was undone before, or was about to be, cannot be undone now
    UNDONE = "undone"  # what could not be undone at first is undone now
    FIGHT = "fight"  # the guard stopped undoing it, since something keeps doing it again
    PUT_BACK = "put-back"  # its event came late, and it was approved: what a sweep undid is put back
    OVER = "over"  # a sweep saw the subject, and nothing differs any more
    REHEARSED = "rehearsed"  # it was a rehearsal, and the guard undid it; or nobody knows how one ended


WAKING = frozenset(Stage) - {Stage.PUT_BACK, Stage.OVER, Stage.REHEARSED}
"""The stages that may wake people. The others are for the record."""


@dataclass(frozen=True, slots=True)
class Notice(JsonData):
    """One notice."""

    key: str  # what the notifier claims; the same for each delivery of this notice, and for no other
    about: About
    stage: Stage  # of an incident; FOUND for everything else
    data: Mapping[str, Any]  # as `About` says


def message_text(data: object) -> str:
    """Return data as JSON in the fewest bytes of UTF-8, since an escape within a text is escaped again.

    SQS refuses halves of surrogate pairs, and two characters more ("SendMessage", Amazon SQS API Reference).
    """
    text = json.dumps(data, ensure_ascii=False)
    return _UNSENDABLE.sub(lambda character: f"\\u{ord(character[0]):04x}", text)
