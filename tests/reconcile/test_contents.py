"""An edit whose event was lost: found by reading accepted policies again, each in its turn."""

from __future__ import annotations

import pytest

from rootguard.domain.guardrail import Mode
from rootguard.reconcile.observe import READ_A_SWEEP
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, guardrail, protection
from tests.house import House

DENY_S3 = DENY_EC2.replace("ec2", "s3")


def name_of(house: House, policy_id: str) -> str:
    return str(house.call("DescribePolicy", PolicyId=policy_id)["Policy"]["PolicySummary"]["Name"])


def below(house: House, tree: dict[str, str]) -> None:
    work = protection(name="work", targets=frozenset({tree["workload"]}), include_descendants=True)
    house.rules = guardrail(protection(), work)


@pytest.mark.parametrize("where", ["root", "workload", "lab"])
def test_a_lost_edit_is_undone_by_the_second_sweep_that_sees_it(
    house: House, tree: dict[str, str], where: str
) -> None:
    below(house, tree)
    place = tree.get(where, house.root)
    policy_id = house.placed(place, "Own", content=DENY_EC2)
    house.first_contact(2)
    house.edit(policy_id, DENY_S3, name="Edited")
    house.sweep()
    assert house.says(policy_id) == DENY_S3
    house.sweep()
    assert (house.says(policy_id), name_of(house, policy_id)) == (DENY_EC2, "Own")
    (incident,) = house.incidents
    assert (incident.result.value, incident.target_id, incident.drift.actor) == ("undone", place, None)
    house.sweep(2, minutes=3)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_a_new_name_alone_is_an_edit_too(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.call("UpdatePolicy", PolicyId=policy_id, Name="Renamed")
    house.sweep(2)
    assert name_of(house, policy_id) == "Accepted"


def test_a_lockout_that_was_edited_onto_root_waits_for_no_event(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.edit(policy_id, DENY_ALL)
    house.sweep()
    assert house.says(policy_id) == DENY_EC2
    house.sweep(4)
    assert house.stages == ["found", "over"]


def test_what_a_pipeline_edited_is_kept_when_its_event_comes(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    policy_id = house.accepted(house.root)
    record = house.edit(policy_id, DENY_S3, by=PIPELINE)
    house.sweep()
    house.event(record)
    house.sweep(3)
    assert (house.says(policy_id), house.notices) == (DENY_S3, [])


def test_of_many_policies_an_edit_is_found_in_its_turn(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(), protection(name="work", targets=frozenset({tree["workload"]})))
    policies = [
        house.placed(place, f"{place} {number}", content=DENY_EC2)
        for place in (house.root, tree["workload"])
        for number in range(3)
    ]
    house.first_contact()
    for policy_id in policies:
        house.edit(policy_id, DENY_S3)
        for _ in range(-(-len(policies) // READ_A_SWEEP)):
            house.sweep()
            assert house.calls.count("DescribePolicy") <= READ_A_SWEEP + 2
        house.sweep()
        assert house.says(policy_id) == DENY_EC2


def test_a_suspected_edit_keeps_no_other_policy_from_its_turn(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policies = [house.placed(house.root, f"Own {number}", content=DENY_EC2) for number in range(6)]
    house.first_contact()
    for policy_id in policies:
        house.edit(policy_id, DENY_S3)
    house.sweep(6)
    assert {incident.drift.policy_id for incident in house.incidents} == set(policies)


def test_an_edit_that_is_only_watched_is_paged_once_and_stays_open(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policy_id = house.accepted(house.root)
    house.edit(policy_id, DENY_S3)
    house.sweep(6, minutes=3)
    assert (house.stages, len(house.open)) == (["found"], 1)
    house.edit(policy_id, DENY_EC2)
    house.sweep()
    assert (house.stages, house.open) == (["found", "over"], [])


def test_an_edit_that_cannot_be_read_is_not_called_over(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policy_id = house.accepted(house.root)
    house.edit(policy_id, DENY_S3)
    house.sweep(3, minutes=3)
    house.refuse("DescribePolicy")
    house.sweep(minutes=3)
    assert (house.stages, len(house.open)) == (["found"], 1)


def test_a_second_different_edit_is_another_incident(house: House) -> None:
    house.rules = guardrail(mode=Mode.OBSERVE)
    policy_id = house.accepted(house.root)
    house.event(house.edit(policy_id, DENY_S3), house.edit(policy_id, DENY_ALL))
    assert [incident.lockout for incident in house.incidents] == [False, True]


def test_what_left_a_protected_ou_is_not_undone(house: House, tree: dict[str, str]) -> None:
    below(house, tree)
    policy_id = house.placed(tree["lab"], content=DENY_EC2)
    house.first_contact(2)
    house.event(house.move(tree["lab"], tree["team"], house.root))
    house.edit(policy_id, DENY_S3)
    house.sweep(6)
    assert (house.says(policy_id), house.pages) == (DENY_S3, [])


def test_full_access_is_never_read(house: House) -> None:
    house.first_contact(2)
    house.sweep()
    assert "DescribePolicy" not in house.calls
