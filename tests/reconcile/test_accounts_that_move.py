"""Accounts that enter and leave a protected OU: what they bring along, and what is kept for their return."""

from __future__ import annotations

import pytest

from tests.given import DENY_EC2, attach, guardrail, protection
from tests.house import FULL, House


@pytest.fixture(autouse=True)
def _below(house: House, tree: dict[str, str]) -> None:
    work = protection(name="work", targets=frozenset({tree["workload"]}), include_descendants=True)
    house.rules = guardrail(protection(), work)


def test_what_an_account_brings_along_is_accepted_and_then_guarded(
    house: House, tree: dict[str, str]
) -> None:
    policy_id = house.placed(tree["audit"])
    house.first_contact(2)
    house.event(house.move(tree["audit"], house.root, tree["team"]))
    assert house.adoptions[tree["audit"]] == {FULL: False, policy_id: True}
    house.sweep(3)
    assert policy_id in house.on(tree["audit"])
    assert house.pages == []
    stranger = house.placed(tree["audit"], "Stranger", content=DENY_EC2)
    house.sweep(2)
    assert stranger not in house.on(tree["audit"])


def test_a_policy_that_a_detour_puts_on_an_account_is_not_accepted(
    house: House, tree: dict[str, str]
) -> None:
    house.first_contact(2)
    house.event(house.move(tree["lab"], tree["team"], house.root))
    house.wait(minutes=3)
    policy_id = house.placed(tree["lab"], content=DENY_EC2)
    house.event(house.record(attach(tree["lab"], policy_id)))
    assert policy_id in house.on(tree["lab"])  # it is not protected there
    house.wait(minutes=3)
    house.event(house.move(tree["lab"], house.root, tree["team"]))
    house.sweep(2)
    assert house.on(tree["lab"]) == {FULL}
    assert len(house.pages) == 1


def test_what_was_accepted_of_an_account_is_kept_for_its_return(house: House, tree: dict[str, str]) -> None:
    policy_id = house.placed(tree["lab"], content=DENY_EC2)
    house.first_contact(2)
    house.event(house.move(tree["lab"], tree["team"], house.root))
    house.wait(minutes=3)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    house.sweep(3)
    assert policy_id not in house.on(tree["lab"])
    house.event(house.move(tree["lab"], house.root, tree["team"]))
    house.sweep(2)
    assert policy_id in house.on(tree["lab"])


def test_what_left_is_guarded_no_more_although_the_event_of_its_move_was_lost(
    house: House, tree: dict[str, str]
) -> None:
    policy_id = house.placed(tree["lab"], content=DENY_EC2)
    house.first_contact(2)
    house.move(tree["lab"], tree["team"], house.root)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    house.sweep(3, minutes=61)
    assert policy_id not in house.on(tree["lab"])
    assert (house.writes, house.pages) == ([], [])


def test_before_anything_is_undone_what_lies_above_is_read_again(house: House, tree: dict[str, str]) -> None:
    house.first_contact(2)
    house.placed(tree["lab"], content=DENY_EC2)
    house.sweep()
    house.move(tree["lab"], tree["team"], house.root)  # its event is lost
    house.sweep()
    assert len(house.on(tree["lab"])) == 2
    assert house.pages == []


def test_what_an_account_brings_along_is_a_stranger_if_the_event_of_its_move_was_lost(
    house: House, tree: dict[str, str]
) -> None:
    policy_id = house.placed(tree["audit"], content=DENY_EC2)
    house.first_contact(2)
    house.move(tree["audit"], house.root, tree["team"])
    house.sweep()
    assert policy_id in house.on(tree["audit"])
    house.sweep(2)
    assert policy_id not in house.on(tree["audit"])
    assert house.results == ["undone"]


def test_without_a_ledger_the_event_of_a_move_is_tried_again(house: House, tree: dict[str, str]) -> None:
    policy_id = house.placed(tree["audit"], content=DENY_EC2)
    house.first_contact(2)
    record = house.move(tree["audit"], house.root, tree["team"])
    house.ledger.fail = True
    with pytest.raises(Exception, match="does not answer"):
        house.event(record)
    house.ledger.fail = False
    house.event(record)
    assert policy_id in house.accepts(tree["audit"])
