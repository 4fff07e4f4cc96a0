"""The life of an incident: suspected, open, clean. Pure: what is on record, and what each report makes of it.

    suspected ──an event, or a second sweep, shows it is one──▶ open ──a sweep sees no drift──▶ clean
        └──────approved, or gone before the next sweep──────────────────────────────────────────▶ clean

A record is kept by subject and by what was observed there. Reports come doubled, late and out of order:
`happened` gives the same notice for the same report, and none if people know it already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from rootguard.domain.drift import ChangeKind, Drift, SubjectKind
from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import About, Notice, Stage

RECENT: Final = timedelta(minutes=130)
"""A suspicion counts for so long: two sweeps of the rarest kind, an hour apart, and some more."""
SETTLING: Final = timedelta(minutes=3)
"""An incident stays open for so long at least: its event may still come."""
_A_DAY: Final = timedelta(days=1)
_EVENTS: Final = 20
_UNDONE: Final = (Result.UNDONE, Result.ALREADY_UNDONE)
_ACTORS: Final = 50
_OBSERVABLE: Final = (None, Obstacle.OBSERVED, Obstacle.ALERT_ONLY, Obstacle.NOT_ASKED_FOR, Obstacle.FIGHT)
"""What keeps the guard from undoing a drift that a sweep still sees, and that is over once it does not."""


class Life(StrEnum):
    """Where an incident is in its life."""

    SUSPECTED = "suspected"
    OPEN = "open"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger keeps of one subject and one observation there. Times are UTC."""

    key: str  # subject and observation, see `key_of`
    life: Life
    opened_at: datetime  # when it happened, or a sweep first saw it
    drift: Drift  # as it was first seen
    incident: Incident | None = None  # as people last heard of it; None while it is only suspected
    acting: bool = False  # whether a sweep set out to undo it, and has not said yet that it did
    actors: tuple[str, ...] = ()  # the names of those who are known to have done it
    events: Mapping[str, str] = field(default_factory=dict)  # the keys of their notices, by event id
    last_at: datetime | None = None  # when it happened, or was undone, last
    seen_at: datetime | None = None  # when a sweep first saw it again after it was undone
    swept_at: datetime | None = None  # when a sweep undid it; None if an event explains it
    closed_at: datetime | None = None  # when it was found clean
    revision: int = 0  # counts the writes, for the ledger's condition

    @property
    def id(self) -> str:
        """The incident's id: short enough to be typed, and the same however often it is computed."""
        digest = sha256(f"{self.key}@{self.opened_at.isoformat()}".encode()).hexdigest()
        return f"i-{digest[:12]}"

    @property
    def is_open(self) -> bool:
        """Whether it is neither clean nor only suspected."""
        return self.life is Life.OPEN

    @property
    def was_undone(self) -> bool:
        """Whether it was undone, so that a drift that is seen now is a new one."""
        return self.incident is not None and self.incident.result in _UNDONE

    @property
    def first_seen(self) -> datetime:
        """The age of the drift that is there now: when it was first seen since it was undone last."""
        return self.seen_at or self.opened_at

    def is_ripe(self, now: datetime) -> bool:
        """Tell whether a drift that is seen now is the one that an earlier sweep saw."""
        if self.life is Life.OPEN and self.was_undone:
            return self.seen_at is not None and self.seen_at < now <= self.seen_at + RECENT
        if self.life is Life.SUSPECTED:
            return self.opened_at < now <= self.opened_at + RECENT
        return self.life is Life.OPEN


def key_of(drift: Drift, *, lockout: bool = False) -> str:
    """Return a record's key: subject and observation; for an attempt, who called what."""
    if drift.denied:
        who = _digest(drift.actor.name if drift.actor else "")
        parts = ("attempt", drift.kind.value, drift.policy_id, drift.target_id, who)
        return "/".join(filter(None, parts))
    seen = f"{drift.observed}-lockout" if lockout and drift.kind is ChangeKind.ATTACHED else drift.observed
    return f"{drift.subject.key}/{seen}"


def suspect(record: Record | None, drift: Drift, now: datetime) -> Record:
    """Return the record of a drift that a sweep saw at `now`, for the first time or again."""
    if record is not None and record.is_ripe(now):
        return record
    if record is not None and record.is_open:
        return replace(record, seen_at=now)
    revision = record.revision if record else 0
    return Record(key_of(drift), Life.SUSPECTED, now, drift, revision=revision)


def happened(
    record: Record | None, incident: Incident, now: datetime, key: str = ""
) -> tuple[Record, Notice | None]:
    """Return the record after a violation was judged and answered, and the notice for people, if any.

    If the record's key is not made of subject and observation alone, it is given.
    """
    drift = incident.drift
    if record is None or _is_another(record, incident, now):
        revision = record.revision if record else 0
        key = key or key_of(drift)
        record = Record(key, Life.SUSPECTED, drift.at, drift, revision=revision)
    # Whoever was woken hears the rest of it, too.
    rehearsed = incident.rehearsal and (record.incident is None or record.incident.rehearsal)
    key = f"{record.id}/{Stage.REHEARSED.value}" if rehearsed else _news(record, incident)
    if drift.policy is None and record.incident is not None:
        # What cannot be read now was a lockout, if it was one when it could be read.
        incident = replace(incident, lockout=record.incident.lockout)
    times = _times(record, incident)
    reported = replace(_credited(record, incident), id=record.id, times=times, rehearsal=rehearsed)
    notice = Notice(key, About.INCIDENT, Stage(key.split("/")[1]), reported.as_json()) if key else None
    is_news = notice is not None and record.events.get(drift.event_id) != key
    events = {**record.events, drift.event_id: key} if drift.event_id else record.events
    name = drift.actor.name if drift.actor else ""
    actors = record.actors if not name or name in record.actors else (*record.actors, name)[-_ACTORS:]
    swept_at = record.swept_at
    if drift.change is not None:
        swept_at = None if _explains(record, drift) else swept_at
    elif incident.result in _UNDONE:
        swept_at = now
    closes = record.life is Life.CLEAN or rehearsed or not is_observable(incident)
    return replace(
        record,
        life=Life.CLEAN if closes else Life.OPEN,
        incident=reported
        if is_news or record.incident is None
        else replace(record.incident, times=reported.times),
        acting=False,
        last_at=max(drift.at, record.last_at or drift.at, incident.undone_at or drift.at),
        seen_at=record.seen_at if incident.result is Result.NOT_UNDONE else None,
        swept_at=swept_at,
        actors=actors,
        events=dict(list(events.items())[-_EVENTS:]),
        closed_at=(record.closed_at or now) if closes else None,
    ), notice


def closed(record: Record, now: datetime, stage: Stage = Stage.OVER) -> tuple[Record, Notice | None]:
    """Return the record, clean since `now`, and the notice of that; none for a mere suspicion.

    The stage is PUT_BACK for an approved change that a sweep undid.
    """
    swept_at = record.swept_at if stage is Stage.OVER else None
    clean = replace(record, life=Life.CLEAN, acting=False, seen_at=None, swept_at=swept_at, closed_at=now)
    if record.incident is None:
        return clean, None
    data = record.incident.as_json() | {"closed_at": now.isoformat()}
    return clean, Notice(f"{record.id}/{stage.value}", About.INCIDENT, stage, data)


def may_close(record: Record, now: datetime) -> bool:
    """Tell whether an incident is old enough to be closed once its subject is seen without a drift."""
    return record.life is Life.SUSPECTED or now - (record.last_at or record.opened_at) >= SETTLING


def is_observable(incident: Incident) -> bool:
    """Tell whether a sweep can see that an incident is over.

    No sweep sees the end of an attempt, of a closed account or a delegation, of a change outside every
    protection, or of an edit of what nobody accepted.
    """
    if incident.drift.kind is ChangeKind.UNIT_DELETED:
        return True
    if incident.result is Result.REFUSED or incident.drift.subject.kind is SubjectKind.ORGANIZATION:
        return False
    return incident.verdict.obstacle in _OBSERVABLE


def _is_another(record: Record, incident: Incident, now: datetime) -> bool:
    """Tell whether a violation is a new incident, and not one more report of the one on record."""
    drift = incident.drift
    if drift.event_id in record.events:
        return False
    if drift.denied:
        return drift.at - record.opened_at >= _A_DAY
    if record.life is Life.SUSPECTED:
        return not record.is_ripe(now) if drift.change is None else drift.at > record.opened_at + RECENT
    if record.life is not Life.CLEAN or record.closed_at is None or drift.at <= record.opened_at:
        return False
    # If something was undone after the end, then the sweep that closed it read an old listing.
    undone_since = incident.undone_at is not None and incident.undone_at > record.closed_at
    return drift.at >= record.closed_at or (undone_since and bool(incident.done))


def _news(record: Record, incident: Incident) -> str:
    """Return the key of the notice that a report leads to: `<id>/<stage>[/<who>]`; empty if it is no news."""
    drift, actor, outcome = incident.drift, incident.drift.actor, _outcome(record, incident)
    changed = f"{record.id}/{outcome.value}" if outcome else ""
    if known := record.events.get(drift.event_id):
        # A retry, or a copy: the same notice again, unless what became of it is another thing now.
        return changed or known
    who = f"/{_digest(actor.name)}" if actor else ""
    if record.incident is None:
        # A sweep that was killed may have notified people without a name.
        return f"{record.id}/{Stage.FOUND.value}{who if record.acting else ''}"
    if actor is None:
        is_again = not changed and incident.result is Result.UNDONE and record.was_undone
        return f"{record.id}/{Stage.AGAIN.value}/unknown" if is_again else changed
    if actor.name in record.actors:
        return changed
    stage = Stage.ATTRIBUTED if _attributes(record, drift) else Stage.AGAIN
    return f"{record.id}/{stage.value}{who}"


def _attributes(record: Record, drift: Drift) -> bool:
    """Tell whether an event names the actor of what people know without a name."""
    return _explains(record, drift) or not (record.actors or record.was_undone)


def _explains(record: Record, drift: Drift) -> bool:
    """Tell whether an event names the actor of what a sweep undid before."""
    return drift.change is not None and record.swept_at is not None and drift.at <= record.swept_at


def _credited(record: Record, incident: Incident) -> Incident:
    """Return the incident with what an earlier attempt, or a sweep, did about it."""
    before = record.incident
    if incident.result is not Result.ALREADY_UNDONE or before is None or before.result is not Result.UNDONE:
        return incident
    if before.undone_at is None or before.undone_at < incident.drift.at:
        return incident
    return replace(
        incident,
        result=Result.UNDONE,
        done=before.done,
        received_at=before.received_at,
        decided_at=before.decided_at,
        undone_at=before.undone_at,
    )


def _outcome(record: Record, incident: Incident) -> Stage | None:
    """Return the stage if the result differs from the one that people know."""
    before = record.incident
    if before is None:
        return None
    if incident.verdict.obstacle is Obstacle.FIGHT:
        return None if before.verdict.obstacle is Obstacle.FIGHT else Stage.FIGHT
    if incident.verdict.reason is Reason.UNDECIDED:
        return None  # Nobody knows more than before.
    if incident.result is Result.NOT_UNDONE and before.result is not Result.NOT_UNDONE:
        return Stage.NOT_UNDONE
    return Stage.UNDONE if incident.result in _UNDONE and before.result not in _UNDONE else None


def _times(record: Record, incident: Incident) -> int:
    """Count how often it happened. If it is only seen, tried or attributed again, it did not happen again."""
    before, drift = record.incident, incident.drift
    if before is None:
        return 1
    if drift.change is None:
        is_new = incident.result is Result.UNDONE and record.was_undone
    else:
        is_new = drift.event_id not in record.events and not _attributes(record, drift)
    return before.times + is_new


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
