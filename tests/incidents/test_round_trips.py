"""Incidents, notices and records through JSON, for every kind of change and every action."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.json_data import made, plain
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore
from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Incident, Restoring, Result
from rootguard.incidents.life import Life, Record, happened, suspect
from rootguard.incidents.notice import About, Notice, Stage
from tests.domain.records import EVERY_KIND
from tests.given import ACCOUNT, OU, POLICY, ROOT, SCP, policy
from tests.incidents.reports import after, event, incident, swept

ACTIONS: list[Action] = [
    Detach(POLICY, ROOT),
    Attach(POLICY, ROOT),
    Restore(POLICY, ROOT, policy(description="-")),
    EnableType(SCP, ROOT),
    Move(ACCOUNT, OU, ROOT),
]


def through_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


def of_kind(kind: ChangeKind, **changed: Any) -> Incident:
    change = read_change(EVERY_KIND[kind])
    assert isinstance(change, Drift)
    return replace(incident(change), **changed)


@pytest.mark.parametrize("kind", ChangeKind)
def test_an_incident_survives_json(kind: ChangeKind) -> None:
    of = of_kind(
        kind,
        id="i-0123456789ab",
        done=tuple(ACTIONS),
        undone_at=after(1),
        error="DetachPolicy failed",
        remembered=False,
        restoring=Restoring(7, after(2)),
        lockout=True,
        times=3,
    )
    assert Incident.from_json(through_json(of.as_json())) == of


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("obstacle", [None, *Obstacle])
def test_a_verdict_survives_json(reason: Reason, obstacle: Obstacle | None) -> None:
    of = incident(event())
    of = replace(of, verdict=replace(of.verdict, reason=reason, obstacle=obstacle))
    assert Incident.from_json(through_json(of.as_json())) == of


@pytest.mark.parametrize("result", Result)
def test_an_incident_without_an_event_survives_json(result: Result) -> None:
    of = incident(swept(), result)
    assert Incident.from_json(through_json(of.as_json())) == of


@pytest.mark.parametrize("broken", [{}, {"id": "i"}, None])
def test_other_json_is_no_incident(broken: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Incident.from_json(broken)


def test_an_unknown_action_is_refused() -> None:
    data = incident(event(), done=(ACTIONS[0],)).as_json()
    data["done"][0]["action"] = "delete"
    with pytest.raises(KeyError, match="delete"):
        Incident.from_json(data)


@pytest.mark.parametrize("about", About)
@pytest.mark.parametrize("stage", Stage)
def test_a_notice_survives_json(about: About, stage: Stage) -> None:
    notice = Notice(f"i-0123456789ab/{stage.value}", about, stage, incident(event()).as_json())
    assert Notice.from_json(through_json(notice.as_json())) == notice


@pytest.mark.parametrize("broken", [{}, {"key": "x", "about": "weather", "stage": "found", "data": {}}])
def test_other_json_is_no_notice(broken: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Notice.from_json(broken)


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_record_survives_json(kind: ChangeKind) -> None:
    record, _ = happened(None, of_kind(kind), after(1))
    kept = made(Record, through_json(plain(replace(record, revision=3))))
    assert kept == replace(record, revision=3)
    assert kept.id == record.id


def test_a_suspicion_survives_json() -> None:
    record = replace(suspect(None, swept(), after(1)), acting=True)
    kept = made(Record, through_json(plain(record)))
    assert (kept, kept.life) == (record, Life.SUSPECTED)


def test_the_events_of_a_record_keep_their_order() -> None:
    record = None
    for number in range(30):
        record, _ = happened(record, incident(event(f"event {number}", minute=number)), after(number))
    assert record is not None
    kept = made(Record, through_json(plain(record)))
    assert list(kept.events) == [f"event {number}" for number in range(10, 30)]


# What is said of an incident


def test_how_long_it_was_in_force_runs_from_the_change_to_the_undo() -> None:
    assert incident(event(minute=1), undone_at=after(3)).exposure == timedelta(minutes=2)
    assert incident(event(minute=1), undone_at=after(0)).exposure == timedelta(0)
    assert incident(event()).exposure is None


def test_where_it_happened_is_the_protected_place_or_what_the_call_named() -> None:
    edit = incident(event(kind=ChangeKind.UPDATED, target_id=""))
    assert edit.target_id == ""
    assert not edit.at_root
    placed = replace(edit, verdict=replace(edit.verdict, target_id=ROOT))
    assert (placed.target_id, placed.at_root) == (ROOT, True)


@pytest.mark.parametrize(
    ("of", "safe"),
    [
        (incident(event(), Result.UNDONE), True),
        (incident(event(), Result.ALREADY_UNDONE), True),
        (incident(event(), Result.REFUSED), True),
        (incident(event(), Result.NOT_UNDONE), False),
        (incident(event(), Result.WATCHED), False),
        (incident(event(), Result.WATCHED, Obstacle.APPROVED_SINCE), True),
        (incident(event(kind=ChangeKind.DETACHED), Result.WATCHED, Obstacle.LOCKOUT_ACCEPTED), True),
        (incident(event(kind=ChangeKind.UPDATED), Result.WATCHED, Obstacle.LOCKOUT_ACCEPTED), True),
        (
            incident(event(kind=ChangeKind.UPDATED), Result.WATCHED, Obstacle.LOCKOUT_ACCEPTED, lockout=True),
            False,
        ),
    ],
)
def test_whether_everything_is_in_force_that_was_before(of: Incident, safe: bool) -> None:
    assert of.is_safe is safe


@pytest.mark.parametrize(
    ("restoring", "safe"), [(None, False), (Restoring(2, after(0)), False), (Restoring(0, after(0)), True)]
)
def test_an_enabled_type_is_safe_once_all_of_it_is_attached_again(
    restoring: Restoring | None, safe: bool
) -> None:
    dropped = event(kind=ChangeKind.TYPE_DISABLED, policy_id="", policy_type=SCP)
    assert incident(dropped, restoring=restoring).is_safe is safe


@pytest.mark.parametrize(("attachments", "seconds"), [(0, 0), (1, 1), (2, 1), (3, 2), (5_000, 2_500)])
def test_attachments_are_put_back_two_a_second(attachments: int, seconds: int) -> None:
    assert Restoring(attachments, after(0)).takes == timedelta(seconds=seconds)
