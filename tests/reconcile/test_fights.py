"""Fights: other automation that makes the same change again and again, as one incident with longer waits."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from rootguard.domain.fights import LIMIT
from tests.given import DENY_ALL, DENY_EC2, guardrail, protection
from tests.house import FULL, House

ROBOT = "arn:aws:iam::111122223333:role/robot"


@pytest.fixture
def policy_id(house: House) -> str:
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    return policy_id


def again(house: House, policy_id: str, seconds: float = 30) -> bool:
    """The robot attaches it once more; tell whether it is undone."""
    house.wait(seconds=seconds)
    if policy_id not in house.on(house.root):
        house.event(house.attach(policy_id, house.root, by=ROBOT))
    return policy_id not in house.on(house.root)


def test_the_guard_stops_after_a_bound_and_says_so_once(house: House, policy_id: str) -> None:
    undone = [again(house, policy_id) for _ in range(LIMIT)]
    assert undone == [True] * LIMIT
    assert not again(house, policy_id)
    house.sweep(5)
    assert house.writes.count("DetachPolicy") == 0
    assert house.stages == ["found", "fight"]
    assert len({incident.id for incident in house.incidents}) == 1
    assert house.incidents[1].times == LIMIT + 1


def test_it_backs_off_further_each_round_as_one_incident(house: House, policy_id: str) -> None:
    undone_at = []
    for minute in range(200):
        house.wait(minutes=1)
        was_on = policy_id in house.on(house.root)
        if not was_on:
            house.event(house.attach(policy_id, house.root, by=ROBOT))
        house.sweep(minutes=0)
        if policy_id not in house.on(house.root):
            undone_at.append(minute)
    waits = [later - earlier for earlier, later in pairwise(undone_at) if later - earlier > 1]
    assert waits == [10, 20, 40, 80]
    assert house.stages == ["found", "fight", "undone"]
    assert len({incident.id for incident in house.incidents}) == 1


def test_it_is_over_when_it_was_quiet_for_as_long_as_the_wait(house: House, policy_id: str) -> None:
    for _ in range(LIMIT + 1):
        again(house, policy_id)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.sweep(5)
    assert len(house.open) == 1
    house.sweep(minutes=20)
    assert (house.stages, house.open) == (["found", "fight", "over"], [])
    # What comes later is undone at once.
    assert again(house, policy_id, seconds=60)


def test_a_lockout_on_root_is_undone_each_time(house: House, policy_id: str) -> None:
    house.call("UpdatePolicy", PolicyId=policy_id, Content=DENY_ALL)
    assert all(again(house, policy_id) for _ in range(3 * LIMIT))


def test_one_detach_on_each_of_five_ous_is_no_fight(house: House, tree: dict[str, str]) -> None:
    places = [house.root, *(tree[name] for name in ("workload", "team", "audit", "prod"))]
    house.rules = guardrail(protection(targets=frozenset({"root", *places[1:]})))
    policy_id = house.accepted(house.root)
    accepted = house.ledger.words[policy_id, house.root]
    for place in places[1:]:
        house.call("AttachPolicy", PolicyId=policy_id, TargetId=place)
        house.ledger.accept(policy_id, place, accepted)
    for place in places:
        house.event(house.detach(policy_id, place))
        assert policy_id in house.on(place)
    house.wait(seconds=50)
    house.event(house.edit(policy_id, DENY_ALL))
    assert house.says(policy_id) == DENY_EC2
    assert "fight" not in house.stages


def test_a_move_that_is_made_again_and_again_wins_in_the_end(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(pin_accounts=frozenset({tree["prod"]})))
    house.first_contact()
    for number in range(LIMIT + 2):
        house.wait(seconds=20)
        if house.parent(tree["prod"]) == tree["workload"]:
            house.event(house.move(tree["prod"], tree["workload"], tree["team"], by=ROBOT))
        assert house.parent(tree["prod"]) == tree["workload" if number < LIMIT else "team"]
    assert house.telemetry.metrics["Reverted"] == LIMIT
    assert house.now - timedelta(minutes=3) < house.incidents[0].drift.at
    assert FULL in house.on(house.root)
