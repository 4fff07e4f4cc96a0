"""An incident's story: what is on record of it, put in order. Pure; the views lay it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Life, Record, is_observable
from rootguard.incidents.notice import Stage
from rootguard.lockout.classification import Evidence, evidence
from rootguard.notify.page import Page
from rootguard.notify.phrases import IN_FORCE, NO_EVENT_YET, actor_label, capital, clean, duration_label
from rootguard.notify.story import Around, what
from rootguard.notify.story import Story as Telling
from rootguard.notify.words import incidents

_DONE: Final = {
    "detach": "detached {policy_id} from {target_id}",
    "attach": "attached {policy_id} to {target_id}",
    "restore": "gave {policy_id} its name, description and content back",
    "enable-type": "enabled the policy type in {target_id} again",
    "move": "moved {target_id} back",
}
_PAGED: Final = {
    Stage.ATTRIBUTED: "its event came and says who did it",
    Stage.AGAIN: "someone did it again",
    Stage.NOT_UNDONE: "NOT UNDONE",
    Stage.UNDONE: "UNDONE",
    Stage.FIGHT: "Rootguard stopped undoing it",
}
TOOK: Final = "Took"
"""The label of what the time was spent on."""
_ENDS: Final = (Stage.OVER, Stage.PUT_BACK)
_NOTHING: Final = Around()


class MomentKind(StrEnum):
    """What a moment of a story is."""

    CHANGED = "changed"
    FOUND = "found"
    UNDONE = "undone"
    FAILED = "failed"
    PAGED = "paged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; `at` is UTC."""

    at: datetime
    kind: MomentKind
    what: str


@dataclass(frozen=True, slots=True)
class Restored:
    """How many attachments of a policy type are back, of those that were there before it was disabled."""

    restored: int
    wanted: int


@dataclass(frozen=True)
class Story:
    """One incident.

    Attributes:
        record: what the ledger keeps of it.
        around: what is looked up for people.
        paged: when notices were published, by their keys; UTC.
        restored: how far it has come to put back what a disabled policy type lost, while it is open.
    """

    record: Record
    around: Around = _NOTHING
    paged: Mapping[str, datetime] = field(default_factory=dict)
    restored: Restored | None = None

    @property
    def id(self) -> str:
        """The incident's id."""
        return self.record.id

    @property
    def event_id(self) -> str:
        """The CloudTrail event's id; empty if no event has come yet."""
        return self.incident.drift.event_id

    @property
    def is_open(self) -> bool:
        """Whether a sweep has yet to find it clean."""
        return self.record.is_open

    @property
    def is_suspected(self) -> bool:
        """Whether a sweep saw it once, and nothing has shown yet that it is one."""
        return self.record.life is Life.SUSPECTED

    @cached_property
    def incident(self) -> Incident:
        """The incident as people last heard of it; of a mere suspicion, what was seen."""
        if self.record.incident is not None:
            return self.record.incident
        drift = self.record.drift
        return Incident(
            drift, Verdict(Outcome.ALERT, Reason.VIOLATION, target_id=drift.target_id), Result.WATCHED
        )

    @cached_property
    def page(self) -> Page:
        """The page of it as it is now, before its end."""
        return incidents.page(self._telling)

    @cached_property
    def ending(self) -> Page:
        """The last word on it: the closing page if a sweep found it over."""
        if self.record.closed_at is None or not is_observable(self.incident):
            return self.page
        stage = Stage.PUT_BACK if self._was_put_back else Stage.OVER
        return incidents.page(Telling(self.incident, stage, self.around, self.record.closed_at))

    @property
    def what(self) -> str:
        """What happened, in a few words; a page of a lockout in force has another title."""
        return what(self._telling)

    @property
    def headline(self) -> str:
        """The outcome in capitals."""
        return "SUSPECTED" if self.is_suspected else self.page.headline

    @property
    def actor(self) -> str:
        """Who did it, in words."""
        return actor_label(self.incident.drift.actor)

    @property
    def in_force(self) -> str:
        """How long it was in force, as far as that is known."""
        page = self.page
        if self.record.closed_at is not None and is_observable(self.incident):
            over = Telling(self.incident, Stage.OVER, self.around, self.record.closed_at)
            page = incidents.page(over)
        return next(field.lines[0] for field in page.fields if field.label == IN_FORCE)

    @property
    def reached(self) -> str:
        """How many accounts it reached, said to be unknown if it is."""
        found = (field.lines[0] for field in self.page.fields if field.label == "Reached")
        return next(found, "unknown: the call names no target")

    @property
    def target_id(self) -> str:
        """Where it happened, by id; empty if the call names no target."""
        return self.incident.target_id

    @property
    def changed_nothing(self) -> bool:
        """Whether IAM refused the call."""
        return self.incident.result is Result.REFUSED

    @property
    def locked_out(self) -> bool:
        """Whether a policy that denies everything to everyone took force by it."""
        return self._telling.is_lockout and not self.changed_nothing

    @property
    def statements(self) -> tuple[Evidence, ...]:
        """The policy's statements, those marked that decide; none if they are not known."""
        policy = self._telling.policy
        if policy is None:
            return ()
        at = self._telling.drift.at
        return evidence(policy.content, policy.type, policy.organization_id, at=at)

    @property
    def content(self) -> str:
        """The policy's content as it was read; empty if it is not known."""
        policy = self._telling.policy
        return policy.content or "" if policy else ""

    @property
    def writes(self) -> tuple[str, ...]:
        """What Rootguard did about it, in words that follow its name, each write once."""
        actions = (action for action in self.incident.as_json()["done"])
        found = [
            _DONE[action["action"]].format(
                policy_id=clean(action["policy_id"] or ""), target_id=clean(action["target_id"])
            )
            for action in actions
        ]
        return tuple(dict.fromkeys(found))

    @property
    def took(self) -> str:
        """What the time was spent on until it was undone; empty if no event led to that."""
        parts = {part: f"{took.total_seconds():.1f} s" for part, took in self.incident.delays.items()}
        if not parts:
            return ""
        return (
            f"{parts['delivery']} until the guard had the event, {parts['decision']} to decide, "
            f"{parts['write']} to write"
        )

    @property
    def timeline(self) -> tuple[Moment, ...]:
        """What happened when, in order."""
        return tuple(dict.fromkeys(sorted(self._moments(), key=lambda moment: moment.at)))

    def since(self, moment: Moment) -> str:
        """Return how long after the change a moment was, such as "+19 s"."""
        began = self.incident.drift.at
        return f"+{duration_label(moment.at - began)}" if moment.at > began else ""

    def as_json(self) -> dict[str, Any]:
        """Return the story as JSON data. Times are ISO 8601 in UTC."""
        reach = self.around.reach
        return {
            **self.brief(),
            "accounts_reached": reach.accounts,
            "accounts_reached_complete": reach.complete,
            "timeline": [
                {"at": moment.at.isoformat(), "kind": moment.kind.value, "what": moment.what}
                for moment in self.timeline
            ],
            "statements": [
                {"name": statement.name, "text": statement.text, "decides": statement.decides}
                for statement in self.statements
            ],
            "incident": self.incident.as_json() | {"id": self.id},
        }

    def brief(self) -> dict[str, Any]:
        """Return what a list of incidents tells of it, as JSON data."""
        incident, exposure = self.incident, self.incident.exposure
        return {
            "id": self.id,
            "life": self.record.life.value,
            "open": self.is_open,
            "result": None if self.is_suspected else incident.result.value,
            "what": self.what,
            "target_id": self.target_id or None,
            "event_id": self.event_id or None,
            "occurred_at": incident.drift.at.isoformat(),
            "closed_at": self.record.closed_at.isoformat() if self.record.closed_at else None,
            "in_force": self.in_force,
            "exposure_seconds": exposure.total_seconds() if exposure is not None else None,
            "delays_seconds": {part: took.total_seconds() for part, took in incident.delays.items()},
            "times": incident.times,
            "restored": asdict(self.restored) if self.restored else None,
        }

    @property
    def _telling(self) -> Telling:
        return Telling(self.incident, Stage.FOUND, self.around)

    @property
    def _was_put_back(self) -> bool:
        return f"{self.id}/{Stage.PUT_BACK.value}" in self.paged

    def _moments(self) -> Iterator[Moment]:
        incident, record = self.incident, self.record
        by = f"by {self.actor}" if incident.drift.actor else NO_EVENT_YET
        yield Moment(incident.drift.at, MomentKind.CHANGED, f"{capital(self.what)}, {by}")
        if record.drift.change is None and incident.drift.change is not None:
            yield Moment(record.opened_at, MomentKind.FOUND, "A sweep found it before its event came")
        if incident.undone_at is not None:
            yield Moment(incident.undone_at, MomentKind.UNDONE, self.page.sentences[0])
        yield from self._pages()
        if record.closed_at is not None:
            yield Moment(record.closed_at, MomentKind.CLOSED, self._end())

    def _pages(self) -> Iterator[Moment]:
        pages = {key: at for key, at in self.paged.items() if _stage_in(key) not in _ENDS}
        if self.incident.result is Result.NOT_UNDONE:
            failed_at = min(pages.values(), default=self.record.opened_at)
            yield Moment(failed_at, MomentKind.FAILED, self.page.sentences[0])
        for key, at in pages.items():
            stage = _stage_in(key)
            what = self.page.headline if stage is Stage.FOUND and len(pages) == 1 else _PAGED.get(stage)
            yield Moment(at, MomentKind.PAGED, f"On-call was paged{f': {what}' if what else ''}")
        if not pages and not self.is_suspected:
            yield Moment(self.record.opened_at, MomentKind.PAGED, "Recorded; no page is known of")

    def _end(self) -> str:
        if not is_observable(self.incident):
            return "The incident is closed: no sweep can see what becomes of it"
        if self._was_put_back:
            return "Its event came late and shows that it was approved; the incident is closed"
        return "A sweep found nothing left of it; the incident is closed"


def notices_of(record: Record) -> frozenset[str]:
    """Return the keys of all notices that an incident may have led to."""
    stages = (stage for stage in Stage if stage is not Stage.AGAIN)
    return frozenset({*(f"{record.id}/{stage.value}" for stage in stages), *record.events.values()})


def _stage_in(key: str) -> Stage:
    return Stage(key.split("/")[1])
