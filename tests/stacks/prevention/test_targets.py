"""What the policies deny in Organizations, and what they leave to everyone, judged request by request."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.config import GuardrailConfig
from tests.stacks.authorization import (
    ACCOUNT,
    CUSTOMER,
    EVERYWHERE,
    FULL_ACCESS,
    OTHER_ACCOUNT,
    OTHER_OU,
    OU,
    RCP,
    ROOT,
    SCP,
    TAG,
)
from tests.stacks.prevention.judging import DIEGO, EVERYTHING, IAM, may, policies, role
from tests.stacks.synthesis import ROOT_ONLY, guardrail

PIPELINE, OU_PIPELINE = f"{IAM}:role/pipeline", f"{IAM}:role/ou-pipeline"
GUARD = role("GuardRole87F67C2B")
ATTACHING = ["AttachPolicy", "DetachPolicy"]


def can(
    config: GuardrailConfig, action: str, *arns: str, principal: str = DIEGO, of: str | None = SCP
) -> bool:
    """Whether somebody who has RootguardProtectTargets may, and may as well with the boundary."""
    found = policies(config)
    keys = {"organizations_PolicyType": of} if of else {}
    call = f"organizations:{action}", *arns
    with_policy = may([found["RootguardProtectTargets"]], *call, principal=principal, **keys)
    with_boundary = may([], *call, principal=principal, boundary=found["RootguardProtectBoundary"], **keys)
    assert with_policy == with_boundary
    return with_policy


@pytest.mark.parametrize("policy_type", [SCP, RCP])
@pytest.mark.parametrize("action", ATTACHING)
def test_the_operator_of_2023_12_05_is_refused_on_root_and_nowhere_else(
    action: str, policy_type: str
) -> None:
    policy = CUSTOMER[policy_type]
    reached = [arn for arn in EVERYWHERE if can(ROOT_ONLY, action, policy, arn, of=policy_type)]
    assert reached == [OU, OTHER_OU, ACCOUNT, OTHER_ACCOUNT]
    assert not can(ROOT_ONLY, action, FULL_ACCESS[policy_type], ROOT, of=policy_type)


def test_what_leaves_root_alone_is_left_to_everyone() -> None:
    for action, arns in {
        "CreatePolicy": ["*"],
        "DescribePolicy": [CUSTOMER[SCP]],
        "ListPoliciesForTarget": [ROOT],
        "MoveAccount": [ACCOUNT, ROOT, OU],
        "CreateOrganizationalUnit": [ROOT],
    }.items():
        assert can(ROOT_ONLY, action, *arns)


@pytest.mark.parametrize("action", ATTACHING)
def test_other_types_are_not_denied_and_one_that_is_not_told_is(action: str) -> None:
    assert can(ROOT_ONLY, action, CUSTOMER[TAG], ROOT, of=TAG)
    assert not can(ROOT_ONLY, action, CUSTOMER[TAG], ROOT, of=None)
    scps = guardrail({"targets": ["root"], "policy_types": [SCP]})
    assert can(scps, action, CUSTOMER[RCP], ROOT, of=RCP)
    assert not can(scps, action, CUSTOMER[SCP], ROOT, of=SCP)


@pytest.mark.parametrize("action", ["UpdatePolicy", "DeletePolicy"])
def test_no_policy_of_a_protected_type_is_edited_wherever_it_is_attached(action: str) -> None:
    assert not can(ROOT_ONLY, action, CUSTOMER[SCP])
    assert not can(ROOT_ONLY, action, CUSTOMER[RCP], of=None)
    assert can(ROOT_ONLY, action, CUSTOMER[TAG], of=TAG)


@pytest.mark.parametrize("action", ["EnablePolicyType", "DisablePolicyType"])
def test_no_protected_type_is_switched(action: str) -> None:
    assert not can(ROOT_ONLY, action, ROOT)
    assert can(ROOT_ONLY, action, ROOT, of=TAG)


@pytest.mark.parametrize("action", ["PutResourcePolicy", "DeleteResourcePolicy"])
def test_nobody_lets_a_member_account_do_it_instead(action: str) -> None:
    assert not can(ROOT_ONLY, action, "*", of=None)


CALLS: list[tuple[str, list[str]]] = [
    ("AttachPolicy", [CUSTOMER[SCP], ROOT]),
    ("DetachPolicy", [CUSTOMER[SCP], ROOT]),
    ("UpdatePolicy", [CUSTOMER[SCP]]),
    ("DeletePolicy", [CUSTOMER[SCP]]),
    ("DisablePolicyType", [ROOT]),
    ("PutResourcePolicy", ["*"]),
    ("MoveAccount", [ACCOUNT, ROOT, OU]),
]
RESTORING = guardrail(
    {"targets": ["root"], "pin_accounts": ["root"], "restore_policy_type": True},
    trusted_principals=[PIPELINE],
)


@pytest.mark.parametrize(("action", "arns"), CALLS, ids=[action for action, _ in CALLS])
def test_the_trusted_and_rootguard_itself_are_exempt(action: str, arns: list[str]) -> None:
    assert not can(RESTORING, action, *arns)
    for exempt in (PIPELINE, GUARD, role("RestoreRole434BA328")):
        assert can(RESTORING, action, *arns, principal=exempt)
    # An exact ARN: neither a name that begins alike, nor a path, nor another account's.
    for other in (f"{PIPELINE}2", PIPELINE.replace("role/", "role/x/"), PIPELINE.replace("1111", "4444", 1)):
        assert not can(RESTORING, action, *arns, principal=other)


def test_each_protection_trusts_its_own_people_on_its_targets() -> None:
    config = guardrail(
        {"targets": ["root"], "trusted_principals": [PIPELINE]},
        {"targets": ["ou-exam-12345678", "444455556666"], "trusted_principals": [OU_PIPELINE]},
    )
    for policy_arn, arn, trusted, other in [
        (CUSTOMER[SCP], ROOT, PIPELINE, OU_PIPELINE),
        (CUSTOMER[RCP], OU, OU_PIPELINE, PIPELINE),
        (CUSTOMER[SCP], ACCOUNT, OU_PIPELINE, PIPELINE),
    ]:
        assert can(config, "AttachPolicy", policy_arn, arn, principal=trusted)
        assert not can(config, "AttachPolicy", policy_arn, arn, principal=other)
    # Where a policy is attached cannot be told here: whom any protection trusts may edit it.
    assert can(config, "UpdatePolicy", CUSTOMER[SCP], principal=OU_PIPELINE)
    # This is about the whole organization, so Root's protection decides.
    assert not can(config, "DisablePolicyType", ROOT, principal=OU_PIPELINE)
    assert can(config, "DisablePolicyType", ROOT, principal=PIPELINE)


@pytest.mark.parametrize("more", [{"mode": "observe"}, {}])
def test_the_mode_makes_no_difference(more: dict[str, Any]) -> None:
    watched = guardrail({"targets": ["root"], "on_violation": "alert"}, **more)
    assert not can(watched, "AttachPolicy", CUSTOMER[SCP], ROOT)


def test_descendants_are_denied_only_under_root_since_an_arn_names_no_ancestors() -> None:
    whole = guardrail(
        {"targets": ["root"], "include_descendants": True},
        {"targets": ["ou-exam-12345678"], "trusted_principals": [OU_PIPELINE]},
    )
    assert [arn for arn in EVERYWHERE if can(whole, "AttachPolicy", CUSTOMER[SCP], arn)] == []
    assert can(whole, "AttachPolicy", CUSTOMER[SCP], OU, principal=OU_PIPELINE)
    below = guardrail({"targets": ["ou-exam-12345678"], "include_descendants": True})
    reached = [arn for arn in EVERYWHERE if can(below, "AttachPolicy", CUSTOMER[SCP], arn)]
    assert reached == [ROOT, OTHER_OU, ACCOUNT, OTHER_ACCOUNT]


def test_pinned_accounts_and_places_hold() -> None:
    config = guardrail(
        {"targets": ["ou-exam-12345678"], "pin_accounts": ["444455556666", "ou-exam-12345678"]}
    )
    assert not can(config, "MoveAccount", ACCOUNT, ROOT, OTHER_OU, of=None)
    assert not can(config, "MoveAccount", OTHER_ACCOUNT, ROOT, OU, of=None)
    assert not can(config, "MoveAccount", OTHER_ACCOUNT, OU, ROOT, of=None)
    assert can(config, "MoveAccount", OTHER_ACCOUNT, ROOT, OTHER_OU, of=None)


def test_the_policies_allow_nothing_by_themselves() -> None:
    document = policies()["RootguardProtectTargets"]
    assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}
    assert EVERYTHING["Statement"][0] not in document["Statement"]
