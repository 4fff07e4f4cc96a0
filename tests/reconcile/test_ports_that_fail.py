"""The ledger, the exceptions or the queue does not answer: the lockout comes off, and people hear of it."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.ports import LedgerError, OrganizationsError, OutboxError
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, attach, guardrail, protection
from tests.house import FULL, House, KilledError


def lockout(house: House) -> dict[str, Any]:
    house.first_contact()
    return house.record(attach(house.root, house.placed(house.root)))


def test_without_a_ledger_each_delivery_detaches_and_pages_under_the_same_key(house: House) -> None:
    record = lockout(house)
    house.ledger.fail = house.exceptions.fail = True
    house.event(record, record)
    assert house.on(house.root) == {FULL}
    assert len(house.queue.sent) == 2
    assert house.results == ["undone"]
    assert not house.incidents[0].remembered


def test_without_the_table_of_exceptions_the_guard_detaches_and_pages(house: House) -> None:
    record = lockout(house)
    house.exceptions.fail = True
    house.event(record)
    assert house.on(house.root) == {FULL}
    assert house.results == ["undone"]


def test_without_a_ledger_an_edit_is_paged_and_left_but_a_lockout_comes_off_root(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.ledger.fail = True
    house.event(house.edit(policy_id, DENY_EC2.replace("ec2:*", "ec2:Run*")))
    assert (house.writes, house.results) == ([], ["watched"])
    house.event(house.edit(policy_id, DENY_ALL))
    assert house.writes == ["DetachPolicy"]
    assert policy_id not in house.on(house.root)


def test_what_is_approved_and_cannot_be_accepted_is_raised_and_tried_again(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    house.ledger.fail = True
    with pytest.raises(LedgerError):
        house.event(record)
    house.ledger.fail = False
    house.event(record)
    assert policy_id in house.accepts(house.root)
    assert (house.writes, house.pages) == ([], [])


def test_a_trusted_edit_that_no_ledger_could_accept_is_raised(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    policy_id = house.accepted(house.root)
    record = house.edit(policy_id, DENY_EC2.replace("ec2", "s3"), by=PIPELINE)
    house.ledger.fail = True
    with pytest.raises(LedgerError, match="cannot be accepted"):
        house.event(record)


# The notice queue


def test_if_the_queue_takes_no_notice_one_plain_line_goes_out_and_the_retry_sends_it(house: House) -> None:
    record = lockout(house)
    house.queue.fail = True
    with pytest.raises(OutboxError):
        house.event(record)
    assert house.on(house.root) == {FULL}
    (line,) = house.last_resort.lines
    assert f"AttachPolicy {record['requestParameters']['policyId']} on {house.root}" in line
    house.queue.fail = False
    house.wait(minutes=1)
    house.event(record)
    # The guard undid it, in the attempt before: nobody else did.
    assert house.results == ["undone"]
    assert house.telemetry.metrics["Reverted"] == 1


def test_if_neither_queue_nor_topic_answers_both_are_named(house: House) -> None:
    record = lockout(house)
    house.queue.fail = house.last_resort.fail = True
    with pytest.raises(OutboxError, match="the queue does not answer; the topic does not answer"):
        house.event(record)
    assert house.on(house.root) == {FULL}


def test_if_neither_the_detach_nor_the_notice_works_the_detach_is_what_is_raised(house: House) -> None:
    record = lockout(house)
    house.refuse("DetachPolicy")
    house.queue.fail = True
    with pytest.raises(OrganizationsError, match="DetachPolicy") as failed:
        house.event(record)
    assert isinstance(failed.value.__context__, OutboxError)
    assert "not-undone" in house.last_resort.lines[0]


# Lambda ends the invocation


@pytest.mark.parametrize("port", ["ledger.keep_fight", "ledger.record", "notices.send", "ledger.keep_record"])
def test_an_invocation_that_was_killed_after_the_detach_is_paged_by_its_retry(
    house: House, port: str
) -> None:
    record = lockout(house)
    house.killed_at = port
    with pytest.raises(KilledError):
        house.event(record)
    assert house.on(house.root) == {FULL}
    house.wait(minutes=1)
    house.event(record)
    assert house.stages == ["found"]


def test_what_was_killed_before_its_page_and_approved_before_its_retry_is_paged(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    untrusted = house.record(attach(house.root, policy_id))
    house.killed_at = "ledger.keep_fight"
    with pytest.raises(KilledError):
        house.event(untrusted)
    house.wait(seconds=30)
    house.event(house.attach(policy_id, house.root, by=PIPELINE))
    house.event(untrusted)
    assert policy_id in house.on(house.root)
    (incident,) = house.incidents
    assert incident.drift.actor is not None
    assert incident.drift.actor.arn != PIPELINE
