"""The life of an incident, stage by stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rootguard.domain.change import ChangeKind
from rootguard.domain.remedy import Detach
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import (
    RECENT,
    SETTLING,
    Life,
    Record,
    closed,
    happened,
    is_observable,
    key_of,
    may_close,
    suspect,
)
from rootguard.incidents.notice import WAKING, About, Notice, Stage
from tests.given import ACCOUNT, CHILD_OU, OU, POLICY, ROOT, policy
from tests.incidents.reports import DIEGO, MINUTE, SARA, after, denied, event, incident, swept

DETACH = (Detach(POLICY, ROOT),)


def opened(first: Incident | None = None, minute: float = 0) -> Record:
    """A record of an attach by diego that was undone at once."""
    undone = incident(event(), done=DETACH, undone_at=after(0.5))
    record, _ = happened(None, first or undone, after(minute))
    return record


def stage_of(notice: Notice | None) -> Stage | None:
    return notice.stage if notice else None


# Suspected


def test_a_drift_that_a_sweep_sees_is_only_suspected_at_first() -> None:
    record = suspect(None, swept(1), after(1))
    assert (record.life, record.opened_at, record.incident) == (Life.SUSPECTED, after(1), None)
    assert not record.is_open
    assert not record.is_ripe(after(1))
    assert record.is_ripe(after(2))


def test_a_suspicion_keeps_its_age_while_it_is_seen() -> None:
    record = suspect(None, swept(1), after(1))
    assert suspect(record, swept(2), after(2)) == record


def test_an_old_suspicion_condemns_no_fresh_drift() -> None:
    record = suspect(None, swept(1), after(1))
    late = after(1) + RECENT + MINUTE
    assert not record.is_ripe(late)
    assert suspect(record, swept(200), late).opened_at == late


def test_a_suspicion_ends_in_silence() -> None:
    clean, notice = closed(suspect(None, swept(1), after(1)), after(2))
    assert (clean.life, clean.closed_at, notice) == (Life.CLEAN, after(2), None)
    assert closed(suspect(None, swept(1), after(1)), after(2), Stage.PUT_BACK)[1] is None


def test_what_was_clean_is_suspected_anew() -> None:
    clean, _ = closed(opened(), after(5))
    again = suspect(replace(clean, revision=7), swept(6), after(6))
    assert (again.life, again.opened_at, again.revision) == (Life.SUSPECTED, after(6), 7)
    assert again.id != clean.id


def test_a_sweep_says_that_it_sets_out() -> None:
    record = suspect(None, swept(1), after(1)).set_out()
    assert record.acting
    done, _ = happened(record, incident(swept(1)), after(2))
    assert not done.acting
    assert not closed(record, after(2))[0].acting


def test_an_event_names_who_did_it_beside_what_a_killed_sweep_may_have_told() -> None:
    record = suspect(None, swept(1), after(1)).set_out()
    _, told = happened(record, incident(swept(1), done=DETACH, undone_at=after(1)), after(1))
    _, named = happened(record, incident(event(), done=DETACH, undone_at=after(1)), after(2))
    assert told is not None
    assert named is not None
    assert (told.stage, named.stage) == (Stage.FOUND, Stage.FOUND)
    assert told.key != named.key


# Found


def test_an_event_opens_an_incident() -> None:
    record, notice = happened(None, incident(event()), after(1))
    assert notice is not None
    assert (notice.about, notice.stage, notice.key) == (About.INCIDENT, Stage.FOUND, f"{record.id}/found")
    assert (record.life, record.opened_at, record.actors) == (Life.OPEN, after(0), (DIEGO,))
    assert notice.data["id"] == record.id
    assert Incident.from_json(dict(notice.data)).drift.event_id == "one"


def test_a_sweep_that_sees_it_twice_opens_the_incident_that_it_suspected() -> None:
    suspected = suspect(None, swept(1), after(1))
    record, notice = happened(suspected, incident(swept(1)), after(2))
    assert (stage_of(notice), record.life, record.id) == (Stage.FOUND, Life.OPEN, suspected.id)
    assert record.actors == ()


def test_an_event_opens_the_incident_that_a_sweep_suspected() -> None:
    suspected = suspect(None, swept(1), after(1))
    record, notice = happened(suspected, incident(event()), after(1.5))
    assert (stage_of(notice), record.id, record.actors) == (Stage.FOUND, suspected.id, (DIEGO,))


def test_an_event_long_after_a_suspicion_is_an_incident_of_its_own() -> None:
    suspected = suspect(None, swept(1), after(1))
    minutes = RECENT / MINUTE + 10
    record, notice = happened(suspected, incident(event(minute=minutes)), after(minutes))
    assert (stage_of(notice), record.opened_at) == (Stage.FOUND, after(minutes))


def test_what_a_sweep_sees_long_after_a_suspicion_is_an_incident_of_its_own() -> None:
    suspected = suspect(None, swept(1), after(1))
    minutes = RECENT / MINUTE + 10
    record, _ = happened(suspected, incident(swept(minutes)), after(minutes))
    assert record.opened_at == after(minutes)


# Attributed, again


def test_the_event_of_what_a_sweep_undid_says_who_did_it_once() -> None:
    found, _ = happened(None, incident(swept(2), done=DETACH, undone_at=after(3)), after(3))
    late = incident(event(), Result.ALREADY_UNDONE)
    record, notice = happened(found, late, after(4))
    assert (stage_of(notice), record.id, record.actors) == (Stage.ATTRIBUTED, found.id, (DIEGO,))
    assert record.incident is not None
    assert record.incident.times == 1
    _, other = happened(record, incident(event("two"), Result.ALREADY_UNDONE), after(4))
    assert other is None


def test_what_a_sweep_undid_stays_to_its_credit() -> None:
    found, _ = happened(None, incident(swept(2), done=DETACH, undone_at=after(3)), after(3))
    record, _ = happened(found, incident(event(), Result.ALREADY_UNDONE), after(4))
    assert record.incident is not None
    assert (record.incident.result, record.incident.done) == (Result.UNDONE, DETACH)
    assert record.incident.undone_at == after(3)
    assert record.incident.drift.actor is not None


def test_what_came_after_the_undo_was_not_undone_by_it() -> None:
    record, notice = happened(opened(), incident(event("two", SARA, 5), Result.ALREADY_UNDONE), after(6))
    assert (stage_of(notice), record.incident and record.incident.result) == (
        Stage.AGAIN,
        Result.ALREADY_UNDONE,
    )


def test_someone_else_who_does_the_same_is_paged_once() -> None:
    record, notice = happened(opened(), incident(event("two", SARA, 1)), after(2))
    assert (stage_of(notice), record.actors) == (Stage.AGAIN, (DIEGO, SARA))
    record, notice = happened(record, incident(event("three", SARA, 2)), after(3))
    assert notice is None
    assert record.incident is not None
    assert record.incident.times == 3


def test_the_same_actor_again_counts_and_pages_nobody() -> None:
    record, notice = happened(opened(), incident(event("two", minute=1)), after(2))
    assert notice is None
    assert record.incident is not None
    assert (record.incident.times, record.events["two"]) == (2, "")


def test_a_sweep_that_undoes_it_again_pages_once_that_it_happened_again() -> None:
    record, notice = happened(opened(), incident(swept(5)), after(6))
    assert (stage_of(notice), record.incident and record.incident.times) == (Stage.AGAIN, 2)


def test_a_sweep_that_sees_it_still_there_does_not_make_it_happen_again() -> None:
    watched = opened(incident(event(), Result.WATCHED, Obstacle.ALERT_ONLY))
    record, notice = happened(watched, incident(swept(0), Result.WATCHED, Obstacle.ALERT_ONLY), after(5))
    assert notice is None
    assert record.incident is not None
    assert record.incident.times == 1


# Not undone, undone after all, fights


def test_what_could_not_be_undone_and_then_could_is_paged_each_time() -> None:
    failed = incident(event(), Result.NOT_UNDONE, error="DetachPolicy failed")
    first, notice = happened(None, failed, after(1))
    assert stage_of(notice) is Stage.FOUND
    undone, notice = happened(first, incident(event(), done=DETACH), after(2))
    assert (stage_of(notice), undone.incident and undone.incident.times) == (Stage.UNDONE, 1)


def test_a_sweep_that_undoes_after_all_what_an_event_told_of_counts_it_once() -> None:
    first, _ = happened(None, incident(event(), Result.NOT_UNDONE), after(1))
    record, notice = happened(first, incident(swept(0)), after(2))
    assert (stage_of(notice), record.incident and record.incident.times) == (Stage.UNDONE, 1)


def test_what_was_undone_before_and_cannot_be_now_is_paged() -> None:
    record, notice = happened(opened(), incident(event("two", minute=1), Result.NOT_UNDONE), after(2))
    assert (stage_of(notice), record.life) == (Stage.NOT_UNDONE, Life.OPEN)


def test_a_fight_is_paged_once() -> None:
    fight = incident(event("two", minute=1), Result.WATCHED, Obstacle.FIGHT)
    record, notice = happened(opened(), fight, after(2))
    assert stage_of(notice) is Stage.FIGHT
    more = incident(event("three", minute=3), Result.WATCHED, Obstacle.FIGHT)
    assert happened(record, more, after(4))[1] is None
    record, notice = happened(record, incident(event("four", minute=11)), after(12))
    assert stage_of(notice) is Stage.UNDONE
    # A later round has the key of the first: the notifier pages nobody a second time.
    _, notice = happened(
        record, incident(event("five", minute=14), Result.WATCHED, Obstacle.FIGHT), after(14)
    )
    assert notice is not None
    assert notice.key == f"{record.id}/fight"


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


# Attempts


def test_an_attempt_is_paged_once_a_day_for_each_actor_call_and_target() -> None:
    record, notice = happened(None, denied(), after(1))
    assert stage_of(notice) is Stage.FOUND
    again, notice = happened(record, denied("two", minute=60), after(61))
    assert (notice, again.id) == (None, record.id)
    day = 24 * 60
    tomorrow, notice = happened(again, denied("three", minute=day), after(day + 1))
    assert (stage_of(notice), tomorrow.id != record.id) == (Stage.FOUND, True)


def test_how_late_the_events_of_attempts_come_does_not_count() -> None:
    late = after(3 * 24 * 60)
    record, notice = happened(None, denied(minute=5), late)
    assert stage_of(notice) is Stage.FOUND
    assert happened(record, denied("two", minute=6), late)[1] is None
    assert happened(record, denied("two", minute=4), late)[1] is None


def test_attempts_are_kept_apart_by_actor_call_and_what_they_name() -> None:
    attempts = [
        denied(),
        denied(actor=SARA),
        denied(kind=ChangeKind.DETACHED),
        denied(target_id=OU),
        denied(policy_id="p-another1"),
        denied(policy_id="", target_id=""),
    ]
    assert len({key_of(attempt.drift) for attempt in attempts}) == len(attempts)
    assert key_of(denied("two", minute=9).drift) == key_of(denied().drift)
    assert all(key_of(attempt.drift) != key_of(event()) for attempt in attempts)


# Keys


def test_an_incident_is_kept_by_its_subject_and_what_was_observed() -> None:
    drifts = [
        swept(),
        swept(kind=ChangeKind.DETACHED),
        swept(target_id=OU),
        swept(kind=ChangeKind.UPDATED, policy=policy()),
        swept(kind=ChangeKind.UPDATED),
        swept(kind=ChangeKind.ACCOUNT_MOVED, target_id=ACCOUNT, destination_id=OU),
        swept(kind=ChangeKind.ACCOUNT_MOVED, target_id=ACCOUNT, destination_id=CHILD_OU),
        swept(kind=ChangeKind.TYPE_DISABLED, policy_type="SERVICE_CONTROL_POLICY"),
    ]
    assert len({key_of(drift) for drift in drifts}) == len(drifts)
    assert key_of(swept(9)) == key_of(event()) == key_of(event("two", SARA))


def test_an_id_can_be_typed() -> None:
    assert opened().id.startswith("i-")
    assert len(opened().id) == 14


def test_every_stage_but_the_ends_may_wake_people() -> None:
    assert set(Stage) - WAKING == {Stage.PUT_BACK, Stage.OVER}
