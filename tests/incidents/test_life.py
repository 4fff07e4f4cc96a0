"""The life of an incident, stage by stage."""

from __future__ import annotations

from dataclasses import replace

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import (
    RECENT,
    Life,
    closed,
    happened,
    key_of,
    suspect,
)
from rootguard.incidents.notice import WAKING, About, Stage
from tests.given import ACCOUNT, CHILD_OU, OU, policy
from tests.incidents.reports import (
    DETACH,
    DIEGO,
    MINUTE,
    SARA,
    after,
    denied,
    event,
    incident,
    opened,
    stage_of,
    swept,
)

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


def test_a_record_says_no_more_that_a_sweep_sets_out_once_that_is_settled() -> None:
    record = replace(suspect(None, swept(1), after(1)), acting=True)
    done, _ = happened(record, incident(swept(1)), after(2))
    assert not done.acting
    assert not closed(record, after(2))[0].acting


def test_an_event_names_who_did_it_beside_what_a_killed_sweep_may_have_told() -> None:
    record = replace(suspect(None, swept(1), after(1)), acting=True)
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


def test_someone_else_who_does_again_what_is_only_watched_is_paged_as_such() -> None:
    watched = opened(incident(event(), Result.WATCHED, Obstacle.ALERT_ONLY))
    _, notice = happened(
        watched, incident(event("two", SARA, 1), Result.WATCHED, Obstacle.ALERT_ONLY), after(2)
    )
    assert stage_of(notice) is Stage.AGAIN


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
    assert set(Stage) - WAKING == {Stage.PUT_BACK, Stage.OVER, Stage.REHEARSED}
