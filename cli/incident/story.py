"""An incident's story: all that is on record of one event, put in order. Pure; the views lay it out.

One event can be on record more than once: not undone at first, then undone when Lambda tried again. Both have
the event's id, and are one story, told by its last word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from rootguard.cloudtrail.read import PLACINGS
from rootguard.domain.drift import UNSEEN, is_confirmable
from rootguard.domain.snapshot import Progress
from rootguard.incidents.incident import Reach, RecordedIncident, Result
from rootguard.lockout.evidence import Evidence, evidence
from rootguard.notify.page import Page
from rootguard.notify.words import closing
from rootguard.notify.words.phrases import capital, clean, duration_label

_DONE = {
    "detach": "detached {policy_id} from {target_id}",
    "attach": "attached {policy_id} to {target_id}",
    "restore": "gave {policy_id} its name, description and content back",
    "enable-type": "enabled the policy type in {target_id} again",
    "move": "moved {target_id} back",
}


class Turn(StrEnum):
    """What a moment of a story is: the change, its undoing or what failed, a page, the end."""

    CHANGED = "changed"
    UNDONE = "undone"
    FAILED = "failed"
    PAGED = "paged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; `at` is UTC."""

    at: datetime
    turn: Turn
    what: str


@dataclass(frozen=True, slots=True)
class Story:
    """One event's incidents, in the order in which they were recorded; at least one.

    Attributes:
        page: what was paged last.
        ending: the same as the last word on it: the closing page once it is closed.
        restored: how far putting back what a disabled policy type took off has come, while it is open.
    """

    event_id: str
    incidents: tuple[RecordedIncident, ...]
    page: Page
    ending: Page
    restored: Progress | None = None

    @property
    def record(self) -> dict[str, Any]:
        """What the ledger keeps of the last of them."""
        return dict(self.incidents[-1].record)

    @property
    def is_open(self) -> bool:
        """Whether a sweep has yet to find it clean."""
        return any(incident.closed_at is None for incident in self.incidents)

    @property
    def actor(self) -> str:
        """Who did it, in words."""
        return self._first_line("By") or "someone whom no event named"

    @property
    def where(self) -> str:
        """Where it happened, in words."""
        return self._first_line("Where") or "the organization"

    @property
    def stood(self) -> str:
        """How long it was in force, as far as that is known."""
        told = next((field.lines[0] for field in self.ending.fields if field.label == "Stood"), None)
        return told or "unknown"

    @property
    def reached(self) -> str:
        """How many accounts it reached, said to be unknown where it is."""
        return self._first_line("Reached") or "unknown: the call names no target"

    @property
    def reach(self) -> Reach:
        """The same as a number."""
        return Reach(self.record["accounts_reached"], complete=self.record["accounts_reached_complete"])

    @property
    def target_id(self) -> str:
        """Where it happened, by id; empty where the call names no target."""
        return str(self.record["target"]["id"] or "")

    @property
    def changed_nothing(self) -> bool:
        """Whether IAM refused the call."""
        return bool(self.record["result"] == Result.REFUSED)

    @property
    def locked_out(self) -> bool:
        """Whether a policy that denies everything to everyone took force by it."""
        policy = self.record["policy"]
        placed = self.record["event"]["name"] in PLACINGS
        return placed and bool(policy and policy["lockout"]) and not self.changed_nothing

    @property
    def statements(self) -> tuple[Evidence, ...]:
        """The policy's statements, those marked that decide; none where they are not known."""
        policy = self.record["policy"] or {}
        return evidence(policy.get("content"), policy.get("type") or "", policy.get("organization_id"))

    @property
    def deeds(self) -> tuple[str, ...]:
        """What Rootguard did about it, in words that follow its name, each write once."""
        found = [
            _DONE[action["action"]].format(**{name: clean(text or "") for name, text in action.items()})
            for incident in self.incidents
            for action in incident.record["actions"]
        ]
        return tuple(dict.fromkeys(found))

    @property
    def timeline(self) -> tuple[Moment, ...]:
        """What happened when, in order."""
        unseen = self.record["actor"]["type"] == UNSEEN.kind
        who = "found by a sweep; no event told who did it, or when" if unseen else f"by {self.actor}"
        moments = [Moment(self.page.at, Turn.CHANGED, f"{capital(self.page.title)}, {who}")]
        for incident in self.incidents:
            moments += _moments_of(incident)
        return tuple(dict.fromkeys(sorted(moments, key=lambda moment: moment.at)))

    def since(self, moment: Moment) -> str:
        """Return how long after the change a moment was, such as "+19 s"."""
        return f"+{duration_label(moment.at - self.page.at)}" if moment.at > self.page.at else ""

    def as_json(self) -> dict[str, Any]:
        """Return the story as JSON data. Times are ISO 8601 in UTC."""
        return {
            **self.brief(),
            "timeline": [
                {"at": moment.at.isoformat(), "turn": moment.turn.value, "what": moment.what}
                for moment in self.timeline
            ],
            "statements": [
                {"name": statement.name, "text": statement.text, "decides": statement.decides}
                for statement in self.statements
            ],
            "incidents": [
                {
                    "key": incident.key,
                    "opened_at": incident.opened_at.isoformat(),
                    "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
                    "paged": incident.was_paged,
                    "record": dict(incident.record),
                }
                for incident in self.incidents
            ],
        }

    def brief(self) -> dict[str, Any]:
        """Return what a list of incidents tells of it, as JSON data."""
        record = self.record
        return {
            "event_id": self.event_id,
            "open": self.is_open,
            "result": record["result"],
            "what": self.page.title,
            "target_id": record["target"]["id"],
            "occurred_at": record["occurred_at"],
            "stood": self.stood,
            "exposure_seconds": record["exposure_seconds"],
            "accounts_reached": record["accounts_reached"],
            "accounts_reached_complete": record["accounts_reached_complete"],
            "restored": asdict(self.restored) if self.restored else None,
        }

    def _first_line(self, label: str) -> str | None:
        return next((field.lines[0] for field in self.page.fields if field.label == label), None)


def by_event(incidents: Iterable[RecordedIncident]) -> dict[str, list[RecordedIncident]]:
    """Return incidents by their event's id, in the order in which their first incidents come."""
    found: dict[str, list[RecordedIncident]] = {}
    for incident in incidents:
        found.setdefault(str(incident.record["event_id"]), []).append(incident)
    return found


def story_of(event_id: str, found: Iterable[RecordedIncident]) -> Story:
    """Return the story of an event.

    Raises KeyError, TypeError, ValueError for what Rootguard did not write.
    """
    incidents = tuple(sorted(found, key=lambda incident: str(incident.record["opened_at"])))
    last = incidents[-1]
    page = Page.from_json(last.record["page"])
    closed = [incident.closed_at for incident in incidents if incident.closed_at is not None]
    is_clean = len(closed) == len(incidents) and is_confirmable(last.record)
    ending = closing.page(last.record, max(closed)) if is_clean else page
    return Story(event_id, incidents, page, ending)


def _moments_of(incident: RecordedIncident) -> list[Moment]:
    record, page = incident.record, Page.from_json(incident.record["page"])
    recorded_at = datetime.fromisoformat(record["opened_at"])
    moments = []
    if record["result"] == Result.NOT_UNDONE:
        moments.append(Moment(recorded_at, Turn.FAILED, page.sentences[0]))
    elif record["undone_at"] is not None:
        moments.append(Moment(datetime.fromisoformat(record["undone_at"]), Turn.UNDONE, page.sentences[0]))
    told = f"On-call was paged: {page.headline}" if incident.was_paged else "Recorded; no page is known of"
    moments.append(Moment(recorded_at, Turn.PAGED, told))
    if incident.closed_at is not None:
        clean = "A sweep found nothing left of it; the incident is closed"
        end = (
            clean if is_confirmable(record) else "The incident is closed: no sweep can see what becomes of it"
        )
        moments.append(Moment(incident.closed_at, Turn.CLOSED, end))
    return moments
