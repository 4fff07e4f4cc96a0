"""A sweep undid what was approved, since the event came late: it is put back, and nobody is blamed."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from drill.api_error import ApiError
from tests.fakes.people import FakeNotices
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, attach, guardrail, protection
from tests.house import FULL, House

DENY_S3 = DENY_EC2.replace("ec2", "s3")
OTHER_ROLE = "arn:aws:iam::111122223333:role/operator"


@pytest.fixture(autouse=True)
def _trusting(house: House, tree: dict[str, str]) -> None:
    trusted = frozenset({PIPELINE})
    house.rules = guardrail(protection(trusted_principals=trusted, pin_accounts=frozenset({tree["prod"]})))
    house.first_contact()


def undone_by_sweeps(house: House) -> None:
    house.sweep(2)
    assert house.stages == ["found"]
    assert house.incidents[0].drift.actor is None
    house.wait(minutes=2)


def put_back(house: House, record: dict[str, Any]) -> None:
    house.trace.clear()
    house.event(record)
    assert house.stages == ["found", "put-back"]
    house.sweep(5)
    assert house.writes == []
    assert (house.stages, house.open) == (["found", "put-back"], [])


def test_a_trusted_attach_is_attached_again(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    undone_by_sweeps(house)
    assert house.on(house.root) == {FULL}
    put_back(house, record)
    assert policy_id in house.on(house.root)


def test_a_trusted_detach_is_detached_again(house: House) -> None:
    policy_id = house.accepted(house.root)
    record = house.detach(policy_id, house.root, by=PIPELINE)
    undone_by_sweeps(house)
    assert policy_id in house.on(house.root)
    put_back(house, record)
    assert policy_id not in house.on(house.root)


def test_a_trusted_edit_is_made_again(house: House) -> None:
    policy_id = house.accepted(house.root)
    record = house.edit(policy_id, DENY_S3, by=PIPELINE)
    undone_by_sweeps(house)
    assert house.says(policy_id) == DENY_EC2
    put_back(house, record)
    assert house.says(policy_id) == DENY_S3


def test_a_trusted_move_is_made_again(house: House, tree: dict[str, str]) -> None:
    record = house.move(tree["prod"], tree["workload"], tree["team"], by=PIPELINE)
    undone_by_sweeps(house)
    assert house.parent(tree["prod"]) == tree["workload"]
    put_back(house, record)
    assert house.parent(tree["prod"]) == tree["team"]


def test_an_exception_that_covered_the_change_puts_it_back(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.grant(policy_id, house.root, DENY_EC2)
    record = house.attach(policy_id, house.root, by=OTHER_ROLE)
    undone_by_sweeps(house)
    house.event(record)
    assert policy_id in house.on(house.root)


def test_a_lockout_that_an_exception_covers_waits_for_its_event(house: House) -> None:
    policy_id = house.placed(house.root)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.grant(policy_id, house.root, DENY_ALL)
    record = house.attach(policy_id, house.root, by=OTHER_ROLE)
    house.sweep()
    assert policy_id in house.on(house.root)
    house.event(record)
    house.sweep(4)
    assert policy_id in house.on(house.root)
    assert house.pages == []


def test_what_was_accepted_later_of_the_subject_is_not_overridden(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    attached = house.record(attach(house.root, policy_id), by=PIPELINE)
    house.wait(seconds=5)
    detached = house.detach(policy_id, house.root, by=PIPELINE)
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=house.root)  # by someone else
    undone_by_sweeps(house)
    house.event(detached, attached)
    assert policy_id not in house.on(house.root)


def test_if_putting_back_fails_the_event_is_tried_again(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    undone_by_sweeps(house)
    house.refuse("AttachPolicy")
    with pytest.raises(Exception, match="AttachPolicy failed"):
        house.event(record)
    house.event(record)
    assert policy_id in house.on(house.root)
    assert house.stages == ["found", "put-back"]


def test_what_has_no_place_any_more_is_not_put_back_and_its_incident_ends(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    undone_by_sweeps(house)
    house.wire.fail("AttachPolicy", ApiError("TargetNotFoundException", "deleted"))
    house.event(record)
    assert (house.on(house.root), house.open) == ({FULL}, [])


def test_what_an_event_undid_before_stays_undone(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    trusted = house.record(attach(house.root, policy_id), by=PIPELINE)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.wait(seconds=5)
    house.event(house.attach(policy_id, house.root))
    assert policy_id not in house.on(house.root)
    house.event(trusted)
    assert "put-back" not in house.stages


def test_a_late_untrusted_event_says_who_did_it_and_nothing_is_put_back(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=OTHER_ROLE)
    undone_by_sweeps(house)
    for _ in range(2):
        house.event(record)
    assert house.stages == ["found", "attributed"]
    found, named = house.incidents
    assert named.drift.actor is not None
    assert named.drift.actor.arn == OTHER_ROLE
    assert (named.id, named.result.value) == (found.id, "undone")
    assert named.exposure is not None
    assert named.exposure.total_seconds() == 120
    house.sweep(4)
    assert house.stages == ["found", "attributed", "over"]


# Whatever the order of the events


@pytest.mark.parametrize(
    ("calls", "is_attached"),
    [
        (("DetachPolicy", "AttachPolicy"), True),
        (("DetachPolicy", "AttachPolicy", "DetachPolicy"), False),
        (("UpdatePolicy", "DetachPolicy"), False),
        (("DetachPolicy", "UpdatePolicy"), False),
        (("DetachPolicy", "UpdatePolicy", "AttachPolicy"), True),
    ],
)
def test_of_trusted_changes_the_last_one_counts_in_whichever_order_their_events_come(
    house: House, calls: tuple[str, ...], is_attached: bool
) -> None:
    policy_id = house.accepted(house.root)
    events = []
    for name in calls:
        house.wait(seconds=5)
        if name == "UpdatePolicy":
            events.append(house.edit(policy_id, DENY_S3, by=PIPELINE))
        else:
            does = house.attach if name == "AttachPolicy" else house.detach
            events.append(does(policy_id, house.root, by=PIPELINE))
    house.wait(seconds=20)
    for order in permutations(events):
        again = replace(house, queue=FakeNotices(), ledger=copy.deepcopy(house.ledger))
        again.event(*order)
        again.sweep(3)
        assert (policy_id in house.on(house.root), again.pages, again.writes) == (is_attached, [], [])
        assert house.says(policy_id) == (DENY_S3 if "UpdatePolicy" in calls else DENY_EC2)


def test_a_trusted_edit_beside_an_untrusted_detach_is_kept(house: House) -> None:
    policy_id = house.accepted(house.root)
    detached = house.detach(policy_id, house.root)
    house.wait(seconds=3)
    edited = house.edit(policy_id, DENY_S3, by=PIPELINE)
    house.event(edited, detached)
    assert (policy_id in house.on(house.root), house.says(policy_id)) == (True, DENY_S3)
