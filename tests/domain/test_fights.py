"""When the guard stops undoing, how long it waits, and when a fight is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.fights import LIMIT, Fight
from rootguard.domain.verdict import Obstacle, Outcome
from tests.domain.records import detach, move, update
from tests.domain.verdicts import judge, known
from tests.given import ACCOUNT, DENY_EC2, NOW, POLICY, ROOT, guardrail, policy, protection

MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)


def undone_at(*minutes: float) -> Fight:
    fight = Fight()
    for minute in minutes:
        fight = fight.undone(NOW + minute * MINUTE)
    return fight


def after(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


def test_it_stops_after_five_in_ten_minutes() -> None:
    assert not undone_at(0, 1, 2, 3).holds_back(after(3))
    assert undone_at(0, 1, 2, 3, 9.9).holds_back(after(9.9))
    assert not undone_at(0, 1, 2, 3, 10).holds_back(after(10))


def test_only_the_last_five_count() -> None:
    assert not undone_at(0, 11, 12, 13, 14).holds_back(after(14))
    assert undone_at(0, 11, 12, 13, 14, 15).holds_back(after(15))


def test_it_waits_ten_minutes_and_then_undoes_five_times_more() -> None:
    fight = undone_at(0, 1, 2, 3, 4)
    assert fight.holds_back(after(13.9))
    assert not fight.holds_back(after(14))
    for minute in (14, 15, 16, 17):
        fight = fight.undone(after(minute))
        assert not fight.holds_back(after(minute))
    assert fight.undone(after(18)).holds_back(after(18))


def test_each_wait_is_twice_as_long_up_to_a_day() -> None:
    fight, waits = undone_at(0, 0, 0, 0, 0), []
    for _ in range(12):
        waits.append(fight.wait / MINUTE)
        assert fight.stopped_at is not None
        at = fight.stopped_at + fight.wait
        assert not fight.holds_back(at)
        for _ in range(LIMIT):
            fight = fight.undone(at)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440, 1440]


def test_it_is_over_when_it_was_quiet_for_as_long_as_the_last_wait() -> None:
    fight = undone_at(0, 0, 0, 0, 0)  # it waits until 10
    assert fight.is_on(after(19.9))
    assert not fight.is_on(after(20))
    again = fight.undone(after(20))
    assert (again.reverts, again.round) == ((after(20),), 0)
    on = fight.undone(after(19))  # the second round begins
    assert on.round == 1
    assert on.is_on(after(28.9))
    assert not on.is_on(after(29))


def test_what_was_never_undone_is_no_fight() -> None:
    assert not Fight().holds_back(NOW)
    assert not Fight().is_on(NOW)
    assert not undone_at(0).is_on(NOW)


@given(st.lists(st.floats(0, 3000), max_size=40))
def test_it_never_keeps_more_than_five_nor_waits_longer_than_a_day(minutes: list[float]) -> None:
    fight = undone_at(*sorted(minutes))
    assert len(fight.reverts) <= LIMIT
    assert MINUTE * 10 <= fight.wait <= DAY
    if fight.holds_back(after(3000)):
        assert fight.is_on(after(3000))


@given(st.lists(st.integers(0, 599), min_size=1, max_size=30).map(sorted))
def test_one_that_obeys_undoes_a_subject_five_times_in_ten_minutes_at_most(seconds: list[int]) -> None:
    fight, done = Fight(), 0
    for minute in (second / 60 for second in seconds):
        if not fight.holds_back(after(minute)):
            fight, done = fight.undone(after(minute)), done + 1
    assert done <= LIMIT


HARMLESS = policy('{"Statement":[]}')
STUCK = undone_at(0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (detach(), f"attachment/{POLICY}/{ROOT}"),
        (update('{"Statement":[]}'), f"content/{POLICY}"),
        (move(), f"placement/{ACCOUNT}"),
    ],
    ids=["detach", "edit", "move"],
)
def test_8_in_a_fight_the_guard_only_pages_until_it_waited(event: object, subject: str) -> None:
    pinning = guardrail(protection(pin_accounts=frozenset({ACCOUNT})))
    reader = known(policies={POLICY: HARMLESS}, fights={subject: STUCK})
    verdict = judge(event, reader, pinning)
    assert (verdict.outcome, verdict.obstacle) == (Outcome.ALERT, Obstacle.FIGHT)
    reader.now = after(10)
    assert judge(event, reader, pinning).outcome is Outcome.REVERT


def test_8_a_fight_is_over_one_subject() -> None:
    reader = known(policies={POLICY: policy(DENY_EC2)}, fights={"attachment/p-another1/r-exam": STUCK})
    assert judge(detach(), reader).outcome is Outcome.REVERT


def test_8_without_the_ledger_there_is_no_fight() -> None:
    reader = known(fights={f"attachment/{POLICY}/{ROOT}": STUCK}, remembers=False)
    assert judge(detach(policy="p-FullAWSAccess"), reader).outcome is Outcome.REVERT
