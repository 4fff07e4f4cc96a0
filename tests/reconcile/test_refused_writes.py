"""What AWS refuses: each error at each write is paged and raised, and the next attempt undoes it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK
from rootguard.domain.remedy import Attach, Detach
from rootguard.ports import LastPolicyError, OrganizationsError
from tests.given import DENY_ALL, DENY_EC2, attach, guardrail, protection
from tests.house import FULL, House

REFUSALS = (
    "AccessDeniedException",
    "AWSOrganizationsNotInUseException",
    "ConstraintViolationException",
    "InvalidInputException",
    "PolicyChangesInProgressException",
    "ServiceException",
    "TargetNotFoundException",
    "UnsupportedAPIEndpointException",
)


def attached(house: House, tree: dict[str, str]) -> tuple[dict[str, Any], Callable[[], bool]]:
    policy_id = house.placed(house.root)
    return house.record(attach(house.root, policy_id)), lambda: policy_id not in house.on(house.root)


def detached(house: House, tree: dict[str, str]) -> tuple[dict[str, Any], Callable[[], bool]]:
    policy_id = house.accepted(house.root)
    return house.detach(policy_id, house.root), lambda: policy_id in house.on(house.root)


def edited(house: House, tree: dict[str, str]) -> tuple[dict[str, Any], Callable[[], bool]]:
    policy_id = house.accepted(house.root)
    return house.edit(policy_id, DENY_ALL), lambda: house.says(policy_id) == DENY_EC2


def disabled(house: House, tree: dict[str, str]) -> tuple[dict[str, Any], Callable[[], bool]]:
    return house.disable(), lambda: house.on(house.root) == {FULL}


def moved(house: House, tree: dict[str, str]) -> tuple[dict[str, Any], Callable[[], bool]]:
    record = house.move(tree["prod"], tree["workload"], house.root)
    return record, lambda: house.parent(tree["prod"]) == tree["workload"]


WRITES = {
    "DetachPolicy": attached,
    "AttachPolicy": detached,
    "UpdatePolicy": edited,
    "EnablePolicyType": disabled,
    "MoveAccount": moved,
}
# To a detach, that the target does not exist means that nothing is attached to it.
REFUSED = [pair for pair in product(WRITES, REFUSALS) if pair != ("DetachPolicy", "TargetNotFoundException")]


@pytest.mark.parametrize(("operation", "code"), REFUSED)
def test_a_refused_write_is_paged_raised_and_undone_after_all(
    house: House, tree: dict[str, str], operation: str, code: str
) -> None:
    pins = frozenset({tree["prod"]})
    house.rules = guardrail(protection(pin_accounts=pins, restore_policy_type=True))
    house.first_contact()
    record, is_undone = WRITES[operation](house, tree)
    house.forget()
    house.seconds_left = 15.0  # no time to try again
    house.refuse(operation, code)
    with pytest.raises(OrganizationsError, match=f"{operation} failed with {code}"):
        house.event(record)
    assert not is_undone()
    assert house.results == ["not-undone"]
    assert f"{code}: no" in (house.incidents[0].error or "")
    counted = {"Violations": 1, "RevertFailed": 1, "EventLatencySeconds": 0.0}
    assert house.telemetry.metrics == counted
    house.wait(minutes=1)
    house.event(record)
    assert is_undone()
    assert house.stages == ["found", "undone"]
    assert len({incident.id for incident in house.incidents}) == 1


@pytest.mark.parametrize("code", sorted(COME_BACK))
def test_while_there_is_time_a_busy_organization_is_asked_again(house: House, code: str) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.refuse("DetachPolicy", code, times=3)
    house.event(record)
    assert house.on(house.root) == {FULL}
    assert house.results == ["undone"]


def test_what_is_attached_no_more_needs_no_detach(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.refuse("DetachPolicy", "PolicyNotAttachedException")
    house.event(record)
    assert house.results == ["already-undone"]


@pytest.mark.parametrize("code", ["PolicyNotFoundException", "TargetNotFoundException"])
def test_what_is_not_found_and_is_listed_as_attached_is_not_undone(house: House, code: str) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.refuse("DetachPolicy", code)
    with pytest.raises(OrganizationsError, match=code):
        house.event(record)
    assert house.results == ["not-undone"]


@pytest.mark.parametrize("code", ["PolicyNotFoundException", "TargetNotFoundException"])
def test_what_is_not_found_and_not_listed_needs_no_detach(house: House, code: str) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    record = house.record(attach(house.root, policy_id))
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.refuse("DetachPolicy", code)
    house.event(record)
    assert house.results == ["already-undone"]


# The last policy of a type


def test_the_last_scp_comes_off_after_full_access_is_on(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    house.call("DetachPolicy", PolicyId=FULL, TargetId=house.root)
    house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root) == {FULL}
    assert house.writes == ["DetachPolicy", "AttachPolicy", "DetachPolicy"]
    assert house.incidents[0].done == (Attach(FULL, house.root), Detach(policy_id, house.root))


def test_if_full_access_cannot_be_attached_the_last_policy_stays(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    house.call("DetachPolicy", PolicyId=FULL, TargetId=house.root)
    house.refuse("AttachPolicy")
    with pytest.raises(OrganizationsError, match="AttachPolicy failed with AccessDenied"):
        house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root) == {policy_id}
    assert house.results == ["not-undone"]


def test_the_last_policy_of_a_type_without_full_access_is_paged_as_not_undone(house: House) -> None:
    house.rules = guardrail(protection(policy_types=frozenset({"TAG_POLICY"})))
    house.call("EnablePolicyType", RootId=house.root, PolicyType="TAG_POLICY")
    house.first_contact()
    policy_id = house.placed(house.root, kind="TAG_POLICY", content='{"tags":{}}')
    reason = "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    house.wire.fail("DetachPolicy", ApiError("ConstraintViolationException", "no", reason))
    with pytest.raises(LastPolicyError):
        house.event(house.record(attach(house.root, policy_id)))
    assert house.writes == ["DetachPolicy"]
    assert house.results == ["not-undone"]


# A target that is full


def full(house: House, *, adopted: bool = True) -> list[str]:
    """Nine policies of the company's own beside full access on Root: all that AWS allows."""
    own = [house.placed(house.root, f"Own {number}", content=DENY_EC2) for number in range(9)]
    if adopted:
        house.first_contact()
    return own


def test_on_a_full_target_a_stranger_comes_off_before_full_access_goes_back_on(house: House) -> None:
    own = full(house)
    taken = house.detach(FULL, house.root)
    stranger = house.placed(house.root, "Stranger", content=DENY_EC2)
    house.event(taken)
    assert house.on(house.root) == {FULL, *own}
    assert house.writes == ["AttachPolicy", "DetachPolicy", "AttachPolicy"]
    assert house.incidents[0].done == (Detach(stranger, house.root), Attach(FULL, house.root))
    # Its own event finds it gone, and people hear who attached it.
    house.event(house.record(attach(house.root, stranger)))
    assert house.results == ["undone", "already-undone"]


def test_a_sweep_takes_the_stranger_off_and_puts_full_access_back_on(house: House) -> None:
    own = full(house)
    house.detach(FULL, house.root)
    house.placed(house.root, "Stranger", content=DENY_EC2)
    house.sweep(2)
    assert house.on(house.root) == {FULL, *own}


def test_on_a_full_target_where_everything_is_approved_nothing_comes_off(house: House) -> None:
    own = full(house)
    taken = house.detach(FULL, house.root)
    listed = house.placed(house.root, "Listed", content=DENY_EC2)
    house.rules = guardrail(protection(allow=frozenset({listed})))
    with pytest.raises(OrganizationsError, match="ConstraintViolation"):
        house.event(taken)
    assert house.on(house.root) == {listed, *own}
    assert house.results == ["not-undone"]


def test_on_a_full_target_that_was_never_adopted_nothing_comes_off(house: House) -> None:
    own = full(house, adopted=False)
    taken = house.detach(FULL, house.root)
    extra = house.placed(house.root, "Extra", content=DENY_EC2)
    with pytest.raises(OrganizationsError):
        house.event(taken)
    assert house.on(house.root) == {extra, *own}


def test_without_a_ledger_nothing_comes_off_a_full_target(house: House) -> None:
    own = full(house)
    taken = house.detach(FULL, house.root)
    extra = house.placed(house.root, "Extra", content=DENY_EC2)
    house.ledger.fail = True
    with pytest.raises(OrganizationsError):
        house.event(taken)
    assert house.on(house.root) == {extra, *own}
