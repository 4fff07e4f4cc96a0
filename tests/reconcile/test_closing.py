"""When an incident is over: seen by a sweep, after its event has had time to come, and said once."""

from __future__ import annotations

import pytest

from rootguard.domain.guardrail import Mode
from rootguard.ports import OrganizationsError, OutboxError
from rootguard.reconcile.reconciler import on_event
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, SCP, attach, by_role, guardrail, protection
from tests.house import FULL, House

OTHER_ROLE = "arn:aws:iam::111122223333:role/operator"


def undone(house: House, content: str = DENY_ALL) -> str:
    house.first_contact()
    policy_id = house.placed(house.root, content=content)
    house.event(house.record(attach(house.root, policy_id)))
    return policy_id


def test_an_incident_is_over_when_it_was_seen_and_had_time_for_its_event(house: House) -> None:
    policy_id = undone(house)
    house.sweep(2)
    assert (house.stages, len(house.open)) == (["found"], 1)
    house.sweep()
    assert (house.stages, house.open) == (["found", "over"], [])
    assert house.notices[-1].data["closed_at"] == house.now.isoformat()
    # The next time is another incident.
    house.event(house.attach(policy_id, house.root))
    assert house.stages == ["found", "over", "found"]
    assert house.incidents[0].id != house.incidents[1].id


def test_what_is_still_there_is_not_over(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policy_id = undone(house)
    house.sweep(6)
    assert house.stages == ["found"]
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.sweep()
    assert house.stages == ["found", "over"]


def test_an_incident_that_went_by_itself_has_three_minutes_for_its_event(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policy_id = undone(house)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.sweep(2)
    assert (house.stages, len(house.open)) == (["found"], 1)
    house.sweep()
    assert (house.stages, house.open) == (["found", "over"], [])


@pytest.mark.parametrize("below", [True, False])
def test_what_could_not_be_listed_is_not_called_over(house: House, tree: dict[str, str], below: bool) -> None:
    house.rules = guardrail(
        protection(targets=frozenset({tree["workload"]}), include_descendants=below), mode=Mode.OBSERVE
    )
    house.first_contact(2)
    house.event(house.record(attach(tree["workload"], house.placed(tree["workload"]))))
    house.wait(minutes=5)
    house.refuse("ListPoliciesForTarget")
    with pytest.raises(OrganizationsError):
        house.sweep()
    assert (house.stages, len(house.open)) == (["found"], 1)


def test_a_policy_type_that_could_not_be_listed_is_not_called_over(house: House) -> None:
    undone(house)
    house.disable()
    house.wait(minutes=5)
    house.sweep()
    assert "over" not in house.stages


def test_an_edit_is_not_called_over_while_the_target_of_the_policy_cannot_be_listed(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policy_id = house.accepted(house.root)
    house.event(house.edit(policy_id, DENY_ALL))
    house.wait(minutes=5)
    house.refuse("ListPoliciesForTarget")
    house.refuse("DescribePolicy")
    with pytest.raises(OrganizationsError):
        house.sweep()
    assert (house.stages, len(house.open)) == (["found"], 1)


def test_that_it_is_over_is_said_until_someone_takes_the_notice(house: House) -> None:
    undone(house)
    house.wait(minutes=4)
    house.queue.fail = True
    for _ in range(2):
        with pytest.raises(OutboxError):
            house.sweep()
    assert len(house.open) == 1
    house.queue.fail = False
    house.sweep(2)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_one_notice_that_fails_keeps_nothing_else_from_being_undone(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = guardrail(protection(targets=frozenset({"root", tree["workload"]})))
    house.first_contact()
    for place in (house.root, tree["workload"]):
        house.placed(place, f"On {place}", content=DENY_EC2)
    house.sweep()
    house.queue.fail = True
    with pytest.raises(OutboxError):
        house.sweep()
    assert house.on(house.root) == house.on(tree["workload"]) == {FULL}
    assert house.telemetry.metrics["SweepCompleted"] == 1
    house.queue.fail = False
    house.sweep()
    assert house.results == ["undone", "undone"]


def test_an_incident_that_changed_since_the_sweep_read_it_is_looked_at_by_the_next(house: House) -> None:
    policy_id = undone(house)
    house.wait(minutes=5)
    event = house.record(attach(house.root, policy_id), userIdentity=by_role(OTHER_ROLE))
    record, guard = house.ledger.record, house.guard

    def meanwhile(key: str) -> object:
        house.ledger.record = record  # type: ignore[method-assign]
        on_event(guard, event)
        return record(key)

    house.ledger = _Overtaken(house.ledger, meanwhile)  # type: ignore[assignment]
    house.sweep(minutes=0)
    assert "over" not in house.stages


class _Overtaken:
    """A ledger in which an event's invocation writes just before this one reads the incident again."""

    def __init__(self, ledger: object, record: object) -> None:
        self._ledger = ledger
        self.record = record

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


def test_someone_else_who_does_the_same_is_named_and_the_same_person_is_not_paged_again(house: House) -> None:
    policy_id = undone(house, DENY_EC2)
    house.wait(seconds=30)
    house.event(house.attach(policy_id, house.root))
    assert house.stages == ["found"]
    house.wait(seconds=30)
    house.event(house.attach(policy_id, house.root, by=OTHER_ROLE))
    assert house.stages == ["found", "again"]
    assert house.incidents[1].times == 3


def test_a_policy_that_became_a_lockout_is_paged_although_it_was_undone_a_minute_ago(house: House) -> None:
    policy_id = undone(house, DENY_EC2)
    house.wait(minutes=1)
    house.event(house.edit(policy_id, DENY_ALL))
    for _ in range(2):
        house.event(house.attach(policy_id, house.root))
    assert [incident.lockout for incident in house.incidents] == [False, True]


@pytest.mark.parametrize("way", ["trusted", "allow-listed"])
def test_what_was_undone_and_is_approved_of_at_last_is_over(house: House, way: str) -> None:
    policy_id = undone(house, DENY_EC2)
    house.rules = guardrail(
        protection(trusted_principals=frozenset({PIPELINE}))
        if way == "trusted"
        else protection(allow=frozenset({policy_id}))
    )
    house.wait(minutes=1)
    house.event(house.attach(policy_id, house.root, by=PIPELINE))
    house.sweep(5)
    assert policy_id in house.on(house.root)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_a_detach_of_what_nobody_accepted_leaves_nothing_open(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.event(house.detach(policy_id, house.root))
    house.sweep(5)
    assert (house.notices, house.open) == ([], [])


def test_a_disabled_type_that_is_not_restored_stays_open_until_someone_enables_it(house: House) -> None:
    house.first_contact()
    house.event(house.disable())
    house.sweep(6)
    assert (house.stages, len(house.open)) == (["found"], 1)
    house.call("EnablePolicyType", RootId=house.root, PolicyType=SCP)
    house.sweep()
    assert (house.stages, house.open) == (["found", "over"], [])
