"""The end of an incident: when it is over, what comes afterwards, and what no sweep can see the end of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import (
    SETTLING,
    Life,
    closed,
    happened,
    is_observable,
    may_close,
    suspect,
)
from rootguard.incidents.notice import Stage
from tests.given import ACCOUNT, OU
from tests.incidents.reports import (
    DETACH,
    DIEGO,
    SARA,
    after,
    denied,
    event,
    incident,
    opened,
    stage_of,
    swept,
)

# Over


def test_an_incident_is_over_once_a_sweep_sees_no_drift() -> None:
    record = opened()
    clean, notice = closed(record, after(5))
    assert (clean.life, clean.closed_at, stage_of(notice)) == (Life.CLEAN, after(5), Stage.OVER)
    assert notice is not None
    assert (notice.key, notice.data["closed_at"]) == (f"{record.id}/over", after(5).isoformat())


def test_what_was_approved_after_all_is_put_back() -> None:
    clean, notice = closed(opened(), after(5), Stage.PUT_BACK)
    assert (clean.life, stage_of(notice)) == (Life.CLEAN, Stage.PUT_BACK)


def test_what_a_sweep_undid_is_its_undo_until_that_was_put_back() -> None:
    """A late event of someone else's explains it no more after that."""
    record, _ = happened(None, incident(swept(), done=DETACH, undone_at=after(1)), after(1))
    assert closed(record, after(5))[0].swept_at == after(1)
    assert closed(record, after(5), Stage.PUT_BACK)[0].swept_at is None


def test_an_incident_stays_open_while_its_event_may_still_come() -> None:
    """It counts from when it was undone last, half a minute after it happened."""
    record = opened()
    assert not may_close(record, after(0.5) + SETTLING - timedelta(seconds=1))
    assert may_close(record, after(0.5) + SETTLING)
    assert may_close(suspect(None, swept(0), after(0)), after(0))


def test_what_happens_after_the_end_is_another_incident() -> None:
    clean, _ = closed(opened(), after(5))
    for minute in (5, 6):
        record, notice = happened(clean, incident(event("two", minute=minute)), after(7))
        assert (stage_of(notice), record.life, record.opened_at) == (Stage.FOUND, Life.OPEN, after(minute))
        assert record.id != clean.id


def test_an_event_from_before_the_end_comes_too_late_for_another_incident() -> None:
    clean, _ = closed(opened(), after(5))
    late = incident(event("two", SARA, 2), Result.ALREADY_UNDONE)
    record, notice = happened(clean, late, after(7))
    assert (stage_of(notice), record.id, record.life) == (Stage.AGAIN, clean.id, Life.CLEAN)
    assert record.closed_at == clean.closed_at
    assert happened(clean, incident(event("two", DIEGO, 2), Result.ALREADY_UNDONE), after(7))[1] is None


def test_what_was_there_after_the_end_is_another_incident_whatever_its_event_says() -> None:
    """A listing can be a moment behind, so a sweep closed the incident although it was there."""
    clean, _ = closed(opened(), after(5))
    found = incident(event("two", minute=4.9), done=DETACH, undone_at=after(7))
    record, notice = happened(clean, found, after(7))
    assert (stage_of(notice), record.life, record.opened_at) == (Stage.FOUND, Life.OPEN, after(4.9))


def test_what_was_undone_before_the_end_is_no_other_incident() -> None:
    """A sweep undid it before its event came, and the event finds what the sweep did."""
    clean, _ = closed(opened(), after(5))
    late = incident(event("two", minute=3), done=DETACH, undone_at=after(4))
    record, notice = happened(clean, late, after(7))
    assert (notice, record.life, record.id) == (None, Life.CLEAN, clean.id)


def test_a_copy_of_an_event_after_the_end_opens_no_other_incident() -> None:
    second = incident(event("two", SARA, 1), done=DETACH)
    record, first = happened(opened(), second, after(2))
    clean, _ = closed(record, after(5))
    again, notice = happened(clean, second, after(7))
    assert first is not None
    assert notice is not None
    assert (notice.key, again.id, again.life) == (first.key, record.id, Life.CLEAN)


# What no sweep can see the end of


@pytest.mark.parametrize(
    ("of", "observable"),
    [
        (incident(event()), True),
        (incident(event(), Result.WATCHED, Obstacle.OBSERVED), True),
        (incident(event(), Result.WATCHED, Obstacle.ALERT_ONLY), True),
        (incident(event(), Result.WATCHED, Obstacle.NOT_ASKED_FOR), True),
        (incident(event(), Result.WATCHED, Obstacle.FIGHT), True),
        (incident(event(), Result.NOT_UNDONE), True),
        (incident(event(kind=ChangeKind.UNIT_DELETED, policy_id="", target_id=OU), Result.WATCHED), True),
        (incident(event(kind=ChangeKind.ACCOUNT_CLOSED, target_id=ACCOUNT), Result.WATCHED), False),
        (incident(event(kind=ChangeKind.DELETED), Result.WATCHED), False),
        (denied(), False),
        *(
            (incident(event(), Result.WATCHED, obstacle), False)
            for obstacle in (
                Obstacle.NOTHING_ACCEPTED,
                Obstacle.NOT_PROTECTED,
                Obstacle.NO_WAY_BACK,
                Obstacle.LOCKOUT_ACCEPTED,
                Obstacle.APPROVED_SINCE,
            )
        ),
    ],
)
def test_only_what_a_sweep_can_see_the_end_of_stays_open(of: Incident, observable: bool) -> None:
    assert is_observable(of) is observable
    record, notice = happened(None, of, after(1))
    assert stage_of(notice) is Stage.FOUND
    assert (record.life, record.closed_at) == ((Life.OPEN, None) if observable else (Life.CLEAN, after(1)))
