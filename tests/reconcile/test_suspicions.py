"""What a sweep finds without an event: it waits one sweep for it, unless it is a lockout on Root."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rootguard.ports import Ledger, OrganizationsError
from rootguard.reconcile.sweep import next_sweep
from tests.given import DENY_ALL, DENY_EC2, NOW, PIPELINE, RCP, attach, guardrail, protection
from tests.house import FULL, House, KilledError

DENY_S3 = DENY_EC2.replace("ec2", "s3")
DENY_SQS = DENY_EC2.replace("ec2", "sqs")


@pytest.fixture(autouse=True)
def _trusting(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.first_contact()


def test_a_quiet_sweep_takes_one_listing_a_type_and_finds_the_root(house: House) -> None:
    house.sweep()
    assert house.calls == ["ListRoots", "ListPoliciesForTarget"]  # RCPs are not enabled
    assert house.telemetry.metrics["SweepCompleted"] == 1
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.sweep(2)
    assert house.calls == ["ListRoots", *["ListPoliciesForTarget"] * 2]


def test_a_quiet_sweep_writes_nothing(house: House) -> None:
    house.sweep(2)
    writes = {f"ledger.{name}" for name in vars(Ledger) if not name.startswith("_")}
    assert "ledger.keep_coverage" in writes
    assert not writes & set(house.trace)


def test_a_lockout_on_root_is_undone_at_once_and_paged_once(house: House) -> None:
    house.placed(house.root)
    house.sweep()
    assert house.on(house.root) == {FULL}
    (incident,) = house.incidents
    assert (incident.result.value, incident.lockout, incident.drift.actor) == ("undone", True, None)
    house.sweep(5)
    assert house.stages == ["found", "over"]


def test_two_policies_that_lock_root_out_together_are_undone_at_once(house: House) -> None:
    halves = ('"NotAction":"iam:*"', '"Action":"iam:*"')
    for number, half in enumerate(halves):
        house.placed(house.root, f"Half {number}", content=DENY_ALL.replace('"Action":"*"', half))
    house.sweep()
    assert len(house.on(house.root)) == 2


def test_another_stranger_waits_one_sweep_for_its_event(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep()
    assert policy_id in house.on(house.root)
    assert house.pages == []
    house.sweep()
    assert house.on(house.root) == {FULL}
    assert house.results == ["undone"]


def test_what_comes_back_after_its_incident_was_over_is_as_old_as_it_is(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep(6)
    assert house.stages == ["found", "over"]
    house.wait(minutes=60)
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.sweep()
    (record,) = house.ledger.records()
    assert record.drift.at == record.first_seen == house.now


def test_an_accepted_policy_whose_detach_was_lost_comes_back(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.detach(policy_id, house.root)
    house.sweep(2)
    assert policy_id in house.on(house.root)
    assert house.results == ["undone"]


def test_what_a_trusted_principal_just_did_is_not_undone_before_its_event_comes(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    house.sweep()
    house.event(record)
    house.sweep(3)
    assert policy_id in house.on(house.root)
    assert house.notices == []


def test_a_stranger_that_went_by_itself_is_forgotten(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep()
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.sweep()
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.sweep()
    assert policy_id in house.on(house.root)
    assert house.notices == []


def test_approval_ends_a_suspicion_so_that_it_does_not_condemn_what_comes_next(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    house.sweep()
    house.wait(seconds=20)
    house.event(record, house.detach(policy_id, house.root, by=PIPELINE))
    house.wait(seconds=20)
    again = house.attach(policy_id, house.root, by=PIPELINE)
    house.sweep(minutes=0.2)
    assert policy_id in house.on(house.root)
    house.event(again)
    assert house.notices == []


def test_a_second_edit_is_a_suspicion_of_its_own(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.edit(policy_id, DENY_S3)
    house.sweep()
    house.wait(seconds=30)
    record = house.edit(policy_id, DENY_SQS, by=PIPELINE)
    house.sweep(minutes=0.5)
    assert house.says(policy_id) == DENY_SQS
    house.event(record)
    house.sweep(3)
    assert house.says(policy_id) == DENY_SQS
    assert house.notices == []


def test_what_was_suspected_before_hours_of_failed_sweeps_is_suspected_anew(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep()
    house.refuse("ListPoliciesForTarget", times=3)
    for _ in range(3):
        with pytest.raises(OrganizationsError):
            house.sweep(minutes=60)
    house.sweep()
    assert policy_id in house.on(house.root)
    house.sweep()
    assert policy_id not in house.on(house.root)


def test_what_could_not_be_undone_is_tried_again_by_the_very_next_sweep(house: House) -> None:
    house.placed(house.root, content=DENY_EC2)
    house.sweep()
    house.refuse("DetachPolicy")
    with pytest.raises(OrganizationsError):
        house.sweep()
    house.sweep()
    assert house.on(house.root) == {FULL}
    assert house.stages == ["found", "undone"]


def test_a_drift_that_cannot_be_judged_is_paged_by_the_second_sweep_that_sees_it(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.detach(policy_id, house.root)
    for _ in range(2):
        # What it says is read for what is accepted, and once more to judge.
        house.refuse("DescribePolicy", times=2)
        with pytest.raises(OrganizationsError):
            house.sweep()
        house.wire.faults.clear()
    assert house.results == ["not-undone"]
    house.sweep()
    assert policy_id in house.on(house.root)
    assert house.stages == ["found", "undone"]


def test_root_is_put_right_first_and_what_may_not_be_there_comes_off_first(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = guardrail(protection(name="work", targets=frozenset({tree["workload"]})), protection())
    house.first_contact()
    accepted = house.accepted(house.root)
    for place in (tree["workload"], house.root):
        house.placed(place, f"On {place}", content=DENY_EC2)
    house.detach(accepted, house.root)
    house.sweep(2)
    assert house.writes == ["DetachPolicy", "AttachPolicy", "DetachPolicy"]
    assert [incident.target_id for incident in house.incidents] == [house.root, house.root, tree["workload"]]


# Sweeps that were cut off, or overtaken


def test_a_sweep_that_was_killed_after_its_write_is_paged_by_the_next_one(house: House) -> None:
    house.placed(house.root, content=DENY_EC2)
    house.sweep()
    house.killed_at = "notices.send"
    with pytest.raises(KilledError):
        house.sweep()
    assert house.on(house.root) == {FULL}
    house.sweep(4)
    assert house.stages == ["found", "over"]
    (incident,) = house.incidents
    assert (incident.result.value, incident.undone_at) == ("undone", house.now - timedelta(minutes=4))


def test_a_lockout_whose_sweep_was_killed_after_its_write_is_paged_by_the_next_one(house: House) -> None:
    house.placed(house.root)
    house.killed_at = "ledger.keep_fight"
    with pytest.raises(KilledError):
        house.sweep()
    assert house.on(house.root) == {FULL}
    house.sweep(2)
    assert house.results == ["undone"]


def test_a_sweep_that_was_killed_before_its_write_is_not_called_undone_if_it_was_approved(
    house: House,
) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    house.sweep()
    house.killed_at = "ledger.keep_record"
    with pytest.raises(KilledError):
        house.sweep()
    house.event(record)
    house.sweep(3)
    assert policy_id in house.on(house.root)
    assert house.pages == []


@pytest.mark.parametrize(
    ("seconds", "every_minutes", "overtaken"),
    [(59, 1, False), (60, 1, True), (130, 1, True), (130, 60, False), (3600, 60, True), (-1, 1, False)],
)
def test_a_sweep_is_overtaken_once_the_next_one_is_due(
    seconds: int, every_minutes: int, overtaken: bool
) -> None:
    order = {"at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "every_minutes": every_minutes}
    now = NOW + timedelta(seconds=seconds)
    assert (next_sweep(order, now) <= now) is overtaken


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"at": "<aws.scheduler.scheduled-time>", "every_minutes": 1},
        {"at": "2020-01-01T00:00:00", "every_minutes": 1},
        {"at": 7, "every_minutes": 1},
        {"at": "2020-01-01T00:00:00Z", "every_minutes": "1"},
    ],
)
def test_a_sweep_of_unknown_time_is_overtaken_by_none(order: dict[str, object]) -> None:
    assert next_sweep(order, NOW) > NOW
