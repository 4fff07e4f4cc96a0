"""Below protected OUs: the first round accepts what it finds, later ones find what differs."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.guardrail import Guardrail, Mode
from rootguard.ports import LedgerError, OrganizationsError, OutboxError
from rootguard.reconcile.below import CALLS, CALLS_AT_FIRST_CONTACT
from tests.fakes.wire import create, unit
from tests.given import DENY_EC2, PIPELINE, RCP, SCP, attach, guardrail, protection
from tests.house import FULL, House

AN_RCP = DENY_EC2.replace("}]", ',"Principal":"*"}]')


def below(target: str, mode: Mode = Mode.ENFORCE, **changed: Any) -> Guardrail:
    changed = {"targets": frozenset({target}), "include_descendants": True} | changed
    return guardrail(protection(name="work", **changed), mode=mode)


@pytest.fixture(autouse=True)
def _below(house: House, tree: dict[str, str]) -> None:
    house.rules = below(tree["workload"])


# First contact


def test_the_first_round_accepts_all_that_is_attached_below_and_says_so_once(
    house: House, tree: dict[str, str]
) -> None:
    low, lab = house.placed(tree["team"], "Low", content=DENY_EC2), house.placed(tree["lab"], "Lab")
    house.sweep(3)
    assert (house.writes, house.pages) == ([], [])
    assert house.adoptions == {
        tree["workload"]: {FULL: False},
        tree["team"]: {low: False},
        tree["lab"]: {lab: True},
    }
    assert len(house.queue.sent) == 1


def test_what_was_accepted_below_is_put_back_when_an_event_tells_of_its_detach(
    house: House, tree: dict[str, str]
) -> None:
    low = house.placed(tree["lab"], content=DENY_EC2)
    house.sweep(2)
    house.event(house.detach(low, tree["lab"]))
    assert low in house.on(tree["lab"])


def test_a_first_round_over_many_targets_goes_on_until_all_are_accepted(
    house: House, tree: dict[str, str]
) -> None:
    policy_id = house.placed(tree["team"], content=DENY_EC2)
    units = [unit(house.wire, tree["workload"], f"Unit {number}") for number in range(50)]
    for target in units:
        house.call("AttachPolicy", PolicyId=policy_id, TargetId=target)
    for _ in range(5):
        house.sweep()
        assert len(house.calls) < CALLS_AT_FIRST_CONTACT + 20
    assert house.adoptions.keys() == {tree["workload"], tree["team"], *units}
    assert (house.writes, house.pages) == ([], [])


@pytest.mark.parametrize("fails", ["queue", "ledger"])
def test_what_could_not_be_accepted_or_said_is_found_again_and_not_torn_off(
    house: House, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    lab, low = house.placed(tree["lab"]), house.placed(tree["team"], "Low", content=DENY_EC2)
    with monkeypatch.context() as patch:
        if fails == "queue":
            patch.setattr(house.queue, "fail", True)
        else:
            patch.setattr(type(house.ledger), "accept", _refuse)
        with pytest.raises((OutboxError, LedgerError)):
            house.sweep()
    house.sweep(4)
    assert (lab in house.on(tree["lab"]), low in house.on(tree["team"])) == (True, True)
    assert (house.adoptions[tree["lab"]], house.adoptions[tree["team"]]) == ({lab: True}, {low: False})
    assert house.pages == []


def _refuse(*_: object) -> None:
    raise LedgerError("throttled")


def test_a_first_round_that_fails_on_the_way_tears_nothing_off_when_it_goes_on(
    house: House, tree: dict[str, str]
) -> None:
    low = house.placed(tree["team"], content=DENY_EC2)
    house.call("AttachPolicy", PolicyId=low, TargetId=tree["lab"])
    house.refuse("DescribeAccount", times=2)
    house.refuse("DescribeOrganizationalUnit")
    house.sweep(5)
    assert (house.writes, house.pages) == ([], [])
    assert house.adoptions.keys() == {tree["workload"], tree["team"], tree["lab"]}


def test_a_type_that_the_protection_did_not_cover_before_has_its_own_first_contact(
    house: House, tree: dict[str, str]
) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.placed(tree["team"], content=DENY_EC2)
    rcp = house.placed(tree["team"], "Perimeter", kind=RCP, content=AN_RCP)
    house.rules = below(tree["workload"], policy_types=frozenset({SCP}))
    house.sweep(2)
    house.rules = below(tree["workload"])
    house.sweep(4)
    assert rcp in house.on(tree["team"], RCP)
    assert house.pages == []


@pytest.mark.parametrize("policies", [10, 130])
def test_an_ou_that_guardrail_yaml_adds_is_accepted_as_it_is_wherever_the_round_was(
    house: House, tree: dict[str, str], policies: int
) -> None:
    ids = sorted(create(house.wire, f"Policy {number}", content=DENY_EC2) for number in range(policies))
    house.rules = below(tree["team"])
    house.sweep(4)  # the round has come to about half of them
    own = {ids[number * policies // 130] for number in (0, 30, 45, 50, 56, 60, 63, 90, 129)}
    for policy_id in own:
        house.call("AttachPolicy", PolicyId=policy_id, TargetId=tree["prod"])
    house.rules = below(tree["workload"])
    house.sweep(20)
    assert house.on(tree["prod"]) == {FULL, *own}
    assert (house.writes, house.pages) == ([], [])


def test_what_is_below_a_place_that_was_protected_before_is_compared_meanwhile(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = below(tree["team"])
    house.sweep(2)
    stranger = house.placed(tree["lab"], content=DENY_EC2)
    house.rules = below(tree["workload"])
    house.sweep(3)
    assert stranger not in house.on(tree["lab"])


# What no event told


@pytest.mark.parametrize("where", ["team", "lab"])
def test_a_stranger_below_is_undone_by_the_second_sweep_that_sees_it(
    house: House, tree: dict[str, str], where: str
) -> None:
    house.first_contact(2)
    policy_id = house.placed(tree[where])
    house.sweep()
    assert policy_id in house.on(tree[where])
    house.sweep()
    assert house.on(tree[where]) == {FULL}
    (incident,) = house.incidents
    assert (incident.result.value, incident.lockout, incident.target_id) == ("undone", True, tree[where])
    house.sweep(5)
    assert house.stages == ["found", "over"]


def test_below_root_no_place_has_to_be_looked_up(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(include_descendants=True))
    house.first_contact(2)
    house.placed(tree["lab"], content=DENY_EC2)
    house.sweep(2)
    assert "DescribeAccount" not in house.calls
    assert house.on(tree["lab"]) == {FULL}


def test_an_accepted_policy_below_comes_back(house: House, tree: dict[str, str]) -> None:
    policy_id = house.placed(tree["team"], content=DENY_EC2)
    house.first_contact(2)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=tree["team"])
    house.sweep(2)
    assert policy_id in house.on(tree["team"])


def test_what_is_attached_elsewhere_is_let_alone_and_its_place_looked_up_once(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = below(tree["team"])
    house.first_contact(2)
    for target in (house.root, tree["workload"], tree["audit"], tree["prod"]):
        house.placed(target, target, content=DENY_EC2)
    house.sweep(3)
    assert (house.writes, house.pages) == ([], [])
    # Of an OU: accounts may have been moved.
    assert "DescribeOrganizationalUnit" not in house.calls


def test_policies_on_the_allow_list_and_of_other_types_may_be_attached_below(
    house: House, tree: dict[str, str]
) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType="TAG_POLICY")
    policy_id = create(house.wire, content=DENY_EC2)
    house.rules = below(tree["workload"], allow=frozenset({policy_id}))
    house.first_contact(2)
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=tree["team"])
    tags = house.placed(tree["team"], "Tags", kind="TAG_POLICY", content='{"tags":{}}')
    house.sweep(3)
    assert policy_id in house.on(tree["team"])
    assert tags in house.on(tree["team"], "TAG_POLICY")


def test_a_pipelines_attach_below_is_kept_when_its_event_comes(house: House, tree: dict[str, str]) -> None:
    house.rules = below(tree["workload"], trusted_principals=frozenset({PIPELINE}))
    house.first_contact(2)
    policy_id = house.placed(tree["team"], content=DENY_EC2)
    record = house.record(attach(tree["team"], policy_id), by=PIPELINE)
    house.sweep()
    house.event(record)
    house.sweep(3)
    assert policy_id in house.on(tree["team"])
    assert house.notices == []


def test_of_a_new_ou_full_access_alone_is_accepted(house: House, tree: dict[str, str]) -> None:
    house.first_contact(2)
    fresh = unit(house.wire, tree["workload"], "Fresh")
    house.placed(fresh)
    house.sweep(2)
    assert house.on(fresh) == {FULL}
    assert fresh not in house.adoptions


def test_of_a_type_that_is_enabled_later_nothing_is_accepted_below_without_a_round(
    house: House, tree: dict[str, str]
) -> None:
    house.first_contact(2)
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.sweep(2)
    stranger = house.placed(tree["lab"], kind=RCP, content=AN_RCP)
    house.sweep(2)
    assert stranger not in house.on(tree["lab"], RCP)


# Incidents below


def test_an_incident_below_stays_open_while_its_policy_is_attached(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = below(tree["workload"], Mode.OBSERVE)
    house.first_contact(2)
    policy_id = house.placed(tree["lab"])
    house.sweep(4, minutes=3)
    assert (house.stages, len(house.open)) == (["found"], 1)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    house.sweep()
    assert (house.stages, house.open) == (["found", "over"], [])


def test_what_could_not_be_asked_is_not_called_over(house: House, tree: dict[str, str]) -> None:
    house.rules = below(tree["workload"], Mode.OBSERVE)
    house.first_contact(2)
    house.placed(tree["lab"])
    house.sweep(8)
    house.refuse("ListTargetsForPolicy")
    house.sweep()
    assert (house.stages, len(house.open)) == (["found"], 1)


def test_an_incident_of_a_policy_that_was_deleted_is_over(house: House, tree: dict[str, str]) -> None:
    house.first_contact(2)
    policy_id = house.placed(tree["lab"])
    house.event(house.record(attach(tree["lab"], policy_id)))
    house.call("DeletePolicy", PolicyId=policy_id)
    house.sweep(5)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_a_policy_that_cannot_be_taken_off_keeps_no_other_from_its_turn(
    house: House, tree: dict[str, str]
) -> None:
    house.first_contact(2)
    policies = sorted(house.placed(tree["lab"], f"Policy {n}", content=DENY_EC2) for n in range(2))
    house.sweep()
    house.refuse("DetachPolicy")
    with pytest.raises(OrganizationsError):
        house.sweep()
    assert house.on(tree["lab"]) == {FULL, policies[0]}
    house.sweep(2)
    assert house.on(tree["lab"]) == {FULL}


def test_nothing_is_asked_if_no_protection_reaches_below(house: House) -> None:
    house.rules = guardrail()
    house.placed(house.root, content=DENY_EC2)
    house.sweep(2)
    assert not {"ListPolicies", "ListTargetsForPolicy"} & set(house.calls)


def test_many_policies_take_their_turns_and_a_stranger_among_them_is_found(
    house: House, tree: dict[str, str]
) -> None:
    policies = sorted(create(house.wire, f"Policy {number}", content=DENY_EC2) for number in range(40))
    house.first_contact(4)
    for policy_id in (policies[0], policies[-1]):
        house.call("AttachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    for _ in range(2 + -(-40 // (CALLS // 2))):
        house.sweep()
        assert house.calls.count("ListTargetsForPolicy") <= CALLS
    assert house.on(tree["lab"]) == {FULL}
