"""A rehearsal's incident: clean at once, one notice for the record, and nobody is woken."""

from __future__ import annotations

from rootguard.domain.guardrail import Rehearsal
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Life, happened, suspect
from rootguard.incidents.notice import WAKING, Stage
from tests.given import OU, POLICY
from tests.incidents.reports import DIEGO, SARA, after, event, incident, stage_of, swept

ROLE = "arn:aws:iam::111122223333:role/Rootguard-RehearsalRole"


def rehearsed(event_id: str = "one", minute: float = 0, result: Result = Result.UNDONE) -> Incident:
    drift = event(event_id, ROLE, minute, target_id=OU)
    return incident(drift, result, undone_at=after(minute + 0.4), rehearsal=True)


def test_it_is_clean_at_once_and_its_one_notice_wakes_nobody() -> None:
    record, notice = happened(None, rehearsed(), after(0.5))
    assert (record.life, record.closed_at) == (Life.CLEAN, after(0.5))
    assert stage_of(notice) is Stage.REHEARSED
    assert Stage.REHEARSED not in WAKING


def test_a_retry_says_the_same_again_and_a_late_event_says_nothing_else() -> None:
    first, notice = happened(None, rehearsed(), after(0.5))
    assert happened(first, rehearsed(), after(1))[1] == notice
    seen = suspect(None, swept(0.1, target_id=OU), after(0.1))
    by_sweep = incident(swept(0.1, target_id=OU), undone_at=after(1.2), rehearsal=True)
    swept_first, told = happened(seen, by_sweep, after(1.2))
    assert stage_of(told) is Stage.REHEARSED
    _, late = happened(swept_first, rehearsed(result=Result.ALREADY_UNDONE), after(5))
    assert late is not None
    assert told is not None
    assert late.key == told.key


def test_next_weeks_is_an_incident_of_its_own() -> None:
    first, notice = happened(None, rehearsed(), after(0.5))
    second, another = happened(first, rehearsed("two", 7 * 24 * 60), after(7 * 24 * 60 + 0.5))
    assert second.id != first.id
    assert notice is not None
    assert another is not None
    assert (another.stage, another.key == notice.key) == (Stage.REHEARSED, False)


def test_whoever_was_woken_since_it_could_not_be_undone_hears_the_rest() -> None:
    failed = incident(event("one", ROLE, target_id=OU), Result.NOT_UNDONE)
    first, notice = happened(None, failed, after(0.5))
    assert (stage_of(notice), first.life) == (Stage.FOUND, Life.OPEN)
    second, told = happened(first, rehearsed(), after(1))
    assert (stage_of(told), second.life) == (Stage.UNDONE, Life.OPEN)
    assert second.incident is not None
    assert not second.incident.rehearsal


def test_someone_else_who_does_the_same_is_an_incident() -> None:
    first, _ = happened(None, rehearsed(), after(0.5))
    by_diego = incident(event("two", DIEGO, 60, target_id=OU), undone_at=after(60.5))
    second, notice = happened(first, by_diego, after(60.5))
    assert (stage_of(notice), second.life) == (Stage.FOUND, Life.OPEN)
    at_the_same_time = incident(event("three", SARA, 0.2, target_id=OU), undone_at=after(0.6))
    assert stage_of(happened(first, at_the_same_time, after(0.7))[1]) in WAKING


def test_what_makes_a_rehearsal() -> None:
    rehearsal = Rehearsal(POLICY, OU, ROLE)
    assert rehearsal.made(event("one", ROLE, target_id=OU))
    assert rehearsal.made(swept(0, target_id=OU))
    assert not rehearsal.made(event("one", DIEGO, target_id=OU))
    assert not rehearsal.made(event("one", ROLE))  # on Root
    assert not rehearsal.made(event("one", ROLE, target_id=OU, policy_id="p-other123"))
