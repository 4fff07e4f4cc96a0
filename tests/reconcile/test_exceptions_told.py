"""What people hear of exceptions: granted, used, revoked, over; each once, and of a few a sweep."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rootguard.domain.exceptions import Permit
from rootguard.ports import OutboxError
from rootguard.reconcile.report import ASKED_A_SWEEP, NOTICES_A_SWEEP
from tests.given import DENY_EC2, POLICY, attach
from tests.house import House


@pytest.fixture(autouse=True)
def _adopted(house: House) -> None:
    house.first_contact()


def told(house: House) -> list[str]:
    """The states that people hear of, in order."""
    return [notice.key.rpartition("/")[2] for notice in house.notices]


def granted(house: House, number: int = 0, **changed: object) -> Permit:
    return house.grant(f"p-{number:08}", house.root, DENY_EC2, **changed)


def test_a_grant_is_told_once_with_who_granted_what(house: House) -> None:
    permit = granted(house)
    house.sweep(3)
    assert told(house) == ["open"]
    assert house.notices[0].data["permit"]["granted_by"] == permit.granted_by
    assert len(house.queue.sent) == 1


def test_its_end_is_told_once(house: House) -> None:
    granted(house)
    house.sweep()
    house.sweep(3, minutes=61)
    assert told(house) == ["open", "expired"]


def test_that_it_was_taken_back_is_told_once(house: House) -> None:
    permit = granted(house)
    house.sweep()
    house.exceptions.revoke(permit, house.now)
    house.sweep(2)
    assert told(house) == ["open", "revoked"]


def test_that_it_was_used_is_told_once_and_not_that_it_expired(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.grant(policy_id, house.root, DENY_EC2)
    house.sweep()
    house.event(house.record(attach(house.root, policy_id), by="arn:aws:iam::111122223333:role/operator"))
    house.sweep(2)
    house.sweep(2, minutes=61)
    assert told(house) == ["open", "used"]
    assert house.notices[1].data["drift"]["policy_id"] == policy_id


def test_what_the_queue_did_not_take_is_sent_by_the_next_sweep(house: House) -> None:
    granted(house)
    house.queue.fail = True
    with pytest.raises(OutboxError):
        house.sweep()
    house.queue.fail = False
    house.sweep(2)
    assert told(house) == ["open"]


def test_of_many_a_few_are_told_a_sweep_until_all_are(house: House) -> None:
    for number in range(3 * NOTICES_A_SWEEP):
        granted(house, number)
    for sweeps in range(1, 4):
        house.sweep()
        assert len(told(house)) == sweeps * NOTICES_A_SWEEP
    house.sweep()
    assert told(house) == ["open"] * 3 * NOTICES_A_SWEEP


def test_a_flood_of_them_slows_nothing_and_keeps_none_untold_for_good(house: House) -> None:
    end = house.now + timedelta(hours=1)
    flood = (
        Permit(f"p-{number:08}", house.root, "0" * 64, "AROAFLOOD000EXAMPLE:eve", end, granted_at=house.now)
        for number in range(2 * ASKED_A_SWEEP)
    )
    house.exceptions.items["AROAFLOOD000EXAMPLE:eve", "", ""] = tuple(flood)
    mine = house.grant(POLICY, house.root, DENY_EC2)
    for _ in range(40):
        house.sweep(minutes=0.5)
        assert house.trace.count("notices.send") <= NOTICES_A_SWEEP
    assert "more exceptions than a sweep asks about" in house.telemetry.warnings
    assert mine.granted_by in {notice.data["permit"]["granted_by"] for notice in house.notices}


@pytest.mark.parametrize(
    ("granted_at", "expires_at"),
    [
        (timedelta(0), timedelta(days=30)),
        (timedelta(days=-30), timedelta(hours=1)),
        (timedelta(hours=2), timedelta(hours=3)),
        (timedelta(days=-4), timedelta(days=-3)),
    ],
)
def test_of_one_that_permits_nothing_nobody_hears(
    house: House, granted_at: timedelta, expires_at: timedelta
) -> None:
    granted(house, granted_at=house.now + granted_at, expires_at=house.now + expires_at)
    house.sweep(3)
    assert house.notices == []


def test_without_the_table_the_rest_of_the_sweep_is_done(house: House) -> None:
    house.exceptions.fail = True
    house.placed(house.root, content=DENY_EC2)
    for _ in range(2):
        with pytest.raises(Exception, match="does not answer"):
            house.sweep()
    assert len(house.on(house.root)) == 1
