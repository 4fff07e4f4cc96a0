"""An event is applied once: copies, retries and redelivered dead letters change nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.guardrail import Mode
from rootguard.domain.verdict import Outcome
from tests.given import ACCOUNT, DENY_ALL, DENY_EC2, PIPELINE, attach, guardrail, protection
from tests.house import FULL, House

DENY_S3 = DENY_EC2.replace("ec2", "s3")


def test_a_copy_of_an_event_that_was_undone_writes_and_pages_nothing(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.event(record)
    house.trace.clear()
    house.event(record)
    assert (house.writes, house.stages) == ([], ["found"])
    assert house.telemetry.metrics["Reverted"] == 1


def test_a_dead_letter_uses_no_exception_that_was_granted_after_it_was_undone(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id))
    house.event(record)
    house.wait(minutes=5)
    house.grant(policy_id, house.root, DENY_EC2)
    house.event(record)
    assert house.ledger.uses == {}
    assert policy_id not in house.accepts(house.root)
    # The exception is there for the change that it was granted for.
    house.event(house.attach(policy_id, house.root))
    assert policy_id in house.on(house.root)


def test_a_dead_letter_does_not_undo_what_was_accepted_since(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    untrusted = house.record(attach(house.root, policy_id))
    house.event(untrusted)
    house.wait(minutes=1)
    house.event(house.attach(policy_id, house.root, by=PIPELINE))
    house.event(untrusted)
    assert policy_id in house.on(house.root)


def test_a_copy_of_a_disabled_type_does_not_queue_what_was_taken_off_since(house: House) -> None:
    house.rules = guardrail(protection(restore_policy_type=True, trusted_principals=frozenset({PIPELINE})))
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.first_contact(2)
    record = house.disable()
    house.event(record)
    queued = len(house.restorer.queued)
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.wait(minutes=2)
    house.event(house.detach(policy_id, house.root, by=PIPELINE))
    house.event(record)
    assert len(house.restorer.queued) == queued == 1


def test_what_was_only_watched_is_not_undone_by_a_copy_after_guardrail_yaml_changed(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root, content=DENY_EC2)))
    house.event(record)
    house.rules = guardrail()
    house.event(record)
    assert (house.writes, house.results) == ([], ["watched"])
    # The next sweeps are who undoes it.
    house.sweep(2)
    assert house.on(house.root) == {FULL}
    assert house.results == ["watched", "undone"]


def test_the_mark_says_what_came_of_an_event(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.event(record)
    mark = house.ledger.marks[record["eventID"]]
    assert (mark.came_of, mark.at) == (Outcome.REVERT.value, house.now)


def test_an_event_that_failed_is_not_marked(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.refuse("DetachPolicy")
    with pytest.raises(Exception, match="AccessDenied"):
        house.event(record)
    assert record["eventID"] not in house.ledger.marks


def test_a_copy_of_an_edit_does_not_take_back_a_later_one(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    policy_id = house.accepted(house.root)
    wrong = house.edit(policy_id, DENY_ALL)
    house.event(wrong)
    house.wait(minutes=1)
    house.event(house.edit(policy_id, DENY_S3, by=PIPELINE))
    house.event(wrong)
    assert house.says(policy_id) == DENY_S3


def refused(house: House, seconds: float) -> dict[str, Any]:
    house.wait(seconds=seconds)
    return house.record(attach(ACCOUNT), errorCode="AccessDenied")


def test_someone_who_tries_again_and_again_is_paged_once_a_day(house: House) -> None:
    house.rules = guardrail(protection(targets=frozenset({ACCOUNT})))
    for _ in range(12):
        house.event(refused(house, 300))
    assert house.results == ["refused"]
    house.event(refused(house, 24 * 3600))
    assert house.results == ["refused", "refused"]
