"""The guard and the watch: what it orders, and what it does on a hint."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rootguard.ports import LedgerError, OrganizationsError, OutboxError
from tests.fakes.wire import create
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, RCP, SCP, guardrail, protection
from tests.house import FULL, House


@pytest.fixture(autouse=True)
def _watching(house: House) -> None:
    rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.rules = replace(rules, watch_every_seconds=5)
    house.first_contact()
    assert house.watch.orders == [], "before first contact nobody knows what belongs on Root"


def test_each_sweep_orders_a_run_until_the_next_one_with_what_is_accepted(house: House) -> None:
    accepted = house.accepted(house.root)
    house.sweep()
    order = house.watch.orders[-1]
    assert (order.root_id, order.every_seconds) == (house.root, 5)
    assert order.until == house.now + timedelta(minutes=1)
    (scps,) = order.belonging
    assert (scps.policy_type, scps.accepted) == (SCP, {FULL, accepted})


def test_scps_come_first_since_they_are_looked_at_each_time(house: House) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.sweep(2)
    assert [each.policy_type for each in house.watch.orders[-1].belonging] == [SCP, RCP]


def test_nothing_is_ordered_without_being_asked_for(house: House) -> None:
    house.rules = replace(house.rules, watch_every_seconds=None)
    house.sweep()
    assert house.watch.orders == []


def test_a_sweep_whose_watch_does_not_start_does_all_the_rest_and_does_not_count(house: House) -> None:
    house.watch.fail = True
    house.placed(house.root)
    house.telemetry.metrics.pop("SweepCompleted", None)
    with pytest.raises(OutboxError):
        house.sweep()
    assert house.on(house.root) == {FULL}
    assert "SweepCompleted" not in house.telemetry.metrics


def test_a_lockout_on_root_is_undone_at_the_hint(house: House) -> None:
    house.placed(house.root)
    house.hint()
    assert house.on(house.root) == {FULL}
    (incident,) = house.incidents
    assert (incident.result.value, incident.lockout, incident.drift.actor) == ("undone", True, None)


def test_the_event_that_comes_later_names_the_actor_in_one_page_more(house: House) -> None:
    policy_id = create(house.wire)
    record = house.attach(policy_id, house.root)
    house.wait(4)
    house.hint()
    house.wait(20)
    house.event(record)
    assert house.stages == ["found", "attributed"]
    assert house.on(house.root) == {FULL}
    house.sweep(5)
    assert house.stages == ["found", "attributed", "over"]


def test_full_access_that_was_taken_off_root_comes_back_at_the_hint(house: House) -> None:
    house.accepted(house.root)
    house.call("DetachPolicy", PolicyId=FULL, TargetId=house.root)
    house.hint()
    assert FULL in house.on(house.root)


def test_all_else_waits_for_its_event_and_is_not_even_suspected(house: House) -> None:
    policy_id = create(house.wire, content=DENY_EC2)
    record = house.attach(policy_id, house.root, by=PIPELINE)
    house.hint()
    house.wait(1)
    house.hint()
    assert policy_id in house.on(house.root)
    assert house.ledger.records() == ()
    house.event(record)
    assert (house.incidents, policy_id in house.on(house.root)) == ([], True)


def test_a_hint_does_not_make_a_suspicion_ripe(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep()
    house.wait(10)
    house.hint()
    assert policy_id in house.on(house.root)
    house.sweep()
    assert policy_id not in house.on(house.root)


def test_a_hint_that_finds_root_as_accepted_writes_nothing(house: House) -> None:
    house.hint()
    assert house.calls == ["ListRoots", "ListPoliciesForTarget"]
    assert house.incidents == []


def test_a_hint_that_comes_when_the_next_sweep_is_due_is_left_to_it(house: House) -> None:
    house.placed(house.root)
    house.hint(seconds_old=30)
    assert house.calls == []


def test_a_lockout_that_is_accepted_stays(house: House) -> None:
    policy_id = house.accepted(house.root, content=DENY_ALL)
    house.hint()
    assert policy_id in house.on(house.root)


def test_a_hint_fails_if_root_cannot_be_looked_at_so_that_lambda_tries_again(house: House) -> None:
    house.refuse("ListPoliciesForTarget")
    with pytest.raises(OrganizationsError):
        house.hint()


def test_a_hint_fails_if_the_ledger_does_not_answer(house: House) -> None:
    house.ledger.fail = True
    with pytest.raises(LedgerError):
        house.hint()
