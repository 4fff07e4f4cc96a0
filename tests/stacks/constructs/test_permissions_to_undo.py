"""What the guard's role may undo, and where: each write only for protections that revert and ask for it."""

import pytest

from tests.stacks.authorization import (
    ACCOUNT,
    CUSTOMER,
    EVERYWHERE,
    FULL_ACCESS,
    OTHER_ACCOUNT,
    OTHER_OF_AWS,
    OTHER_OU,
    OU,
    RCP,
    ROOT,
    SCP,
    TAG,
    could,
    may,
)
from tests.stacks.synthesis import ROOT_ONLY, guardrail

TARGETS = {"root": ROOT, "ou-exam-12345678": OU, "444455556666": ACCOUNT}
WIDEST = guardrail({"targets": ["root", "ou-exam-12345678"], "include_descendants": True})


@pytest.mark.parametrize("policy_type", [SCP, RCP])
@pytest.mark.parametrize("target", TARGETS)
def test_a_violation_can_be_undone_on_the_protected_target_and_nowhere_else(
    target: str, policy_type: str
) -> None:
    config = guardrail({"targets": [target]})
    own, full_access = CUSTOMER[policy_type], FULL_ACCESS[policy_type]
    for action, policy in [("DetachPolicy", own), ("AttachPolicy", own), ("AttachPolicy", full_access)]:
        assert may(config, action, policy, TARGETS[target], policy_type=policy_type)
        for elsewhere in set(EVERYWHERE) - {TARGETS[target]}:
            assert not could(config, action, policy, elsewhere, policy_type=policy_type)


@pytest.mark.parametrize("action", ["DetachPolicy", "AttachPolicy"])
def test_descendants_are_reached_only_where_they_are_included(action: str) -> None:
    config = guardrail({"targets": ["ou-exam-12345678"], "include_descendants": True})
    reached = [arn for arn in EVERYWHERE if may(config, action, CUSTOMER[SCP], arn, policy_type=SCP)]
    assert reached == [OU, OTHER_OU, ACCOUNT, OTHER_ACCOUNT]
    assert not could(config, action, CUSTOMER[SCP], ROOT, policy_type=SCP)


@pytest.mark.parametrize("policy_type", [SCP, RCP])
@pytest.mark.parametrize("arn", EVERYWHERE)
def test_full_access_can_never_be_detached(arn: str, policy_type: str) -> None:
    assert not could(WIDEST, "DetachPolicy", FULL_ACCESS[policy_type], arn, policy_type=policy_type)


@pytest.mark.parametrize("action", ["AttachPolicy", "DetachPolicy", "UpdatePolicy"])
def test_nothing_else_of_awss_own_can_be_attached_detached_or_edited(action: str) -> None:
    assert not could(WIDEST, action, OTHER_OF_AWS, policy_type=SCP)


def test_a_policy_of_another_organization_is_out_of_reach() -> None:
    foreign = CUSTOMER[SCP].replace("111122223333", "444455556666")
    for action in ("AttachPolicy", "DetachPolicy", "UpdatePolicy"):
        assert not could(WIDEST, action, foreign, policy_type=SCP)


@pytest.mark.parametrize("action", ["DetachPolicy", "AttachPolicy"])
def test_each_policy_type_is_reached_only_on_the_targets_that_cover_it(action: str) -> None:
    config = guardrail(
        {"targets": ["root"], "policy_types": [SCP]},
        {"targets": ["ou-exam-12345678"], "policy_types": [RCP]},
        {"targets": ["444455556666"], "policy_types": [RCP, SCP]},
    )
    for allowed in (may, could):
        reached = {
            kind: [arn for arn in EVERYWHERE if allowed(config, action, policy, arn, policy_type=kind)]
            for kind, policy in CUSTOMER.items()
        }
        assert reached == {SCP: [ROOT, ACCOUNT], RCP: [OU, ACCOUNT], TAG: []}


def test_a_write_is_refused_when_the_policy_is_not_of_the_type_that_its_arn_says() -> None:
    for action, policy in [
        ("DetachPolicy", CUSTOMER[SCP]),
        ("AttachPolicy", CUSTOMER[SCP]),
        ("AttachPolicy", FULL_ACCESS[SCP]),
        ("UpdatePolicy", CUSTOMER[SCP]),
    ]:
        assert may(ROOT_ONLY, action, policy, policy_type=SCP)
        assert not could(ROOT_ONLY, action, policy, policy_type=TAG)


def test_a_protection_that_alerts_gets_no_write_from_one_that_reverts() -> None:
    config = guardrail(
        {"targets": ["root"], "policy_types": [SCP]},
        {
            "targets": ["ou-exam-12345678"],
            "on_violation": "alert",
            "restore_policy_type": True,
            "pin_accounts": ["444455556666"],
        },
    )
    assert may(config, "DetachPolicy", CUSTOMER[SCP], ROOT, policy_type=SCP)
    assert not could(config, "DetachPolicy", CUSTOMER[SCP], OU, policy_type=SCP)
    assert not could(config, "AttachPolicy", CUSTOMER[SCP], OU, policy_type=SCP)
    assert not could(config, "UpdatePolicy", CUSTOMER[RCP], policy_type=RCP)
    assert not could(config, "EnablePolicyType", ROOT, policy_type=SCP)
    assert not could(config, "MoveAccount", ACCOUNT)


def test_an_edited_policy_can_be_restored_if_some_protection_covers_its_type() -> None:
    scps = guardrail({"targets": ["ou-exam-12345678"], "policy_types": [SCP]})
    both = guardrail(
        {"targets": ["ou-exam-12345678"], "policy_types": [SCP]},
        {"targets": ["root"], "policy_types": [RCP]},
    )
    restored = {
        name: [kind for kind, arn in CUSTOMER.items() if may(config, "UpdatePolicy", arn, policy_type=kind)]
        for name, config in {"scps": scps, "both": both}.items()
    }
    assert restored == {"scps": [SCP], "both": [SCP, RCP]}


def test_a_policy_type_can_be_enabled_on_the_root_where_that_is_asked_for() -> None:
    assert not could(WIDEST, "EnablePolicyType", ROOT, policy_type=SCP)
    config = guardrail(
        {"targets": ["root"], "policy_types": [RCP], "restore_policy_type": True},
        {"targets": ["ou-exam-12345678"], "policy_types": [SCP]},
    )
    enabled = [kind for kind in CUSTOMER if may(config, "EnablePolicyType", ROOT, policy_type=kind)]
    assert enabled == [RCP]
    assert [arn for arn in EVERYWHERE if could(config, "EnablePolicyType", arn, policy_type=RCP)] == [ROOT]


def test_no_account_can_be_moved_unless_something_is_pinned() -> None:
    assert not any(could(WIDEST, "MoveAccount", arn) for arn in EVERYWHERE)


def test_a_pinned_account_can_be_moved_back_from_anywhere_and_no_other_account_can() -> None:
    config = guardrail({"targets": ["root"], "pin_accounts": ["444455556666"]})
    for source in (ROOT, OU, OTHER_OU):
        assert may(config, "MoveAccount", ACCOUNT, source, OTHER_OU)
        assert may(config, "MoveAccount", ACCOUNT, OTHER_OU, source)
    assert not could(config, "MoveAccount", OTHER_ACCOUNT, OU, ROOT)


@pytest.mark.parametrize("place", ["root", "ou-exam-12345678"])
def test_any_account_can_be_moved_out_of_a_pinned_place_again(place: str) -> None:
    config = guardrail({"targets": ["root"], "pin_accounts": ["444455556666", place]})
    assert may(config, "MoveAccount", OTHER_ACCOUNT, TARGETS[place], OTHER_OU)
    assert may(config, "MoveAccount", OTHER_ACCOUNT, OTHER_OU, TARGETS[place])
