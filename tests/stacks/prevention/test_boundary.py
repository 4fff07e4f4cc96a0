"""What the boundary does beside denying: it lets the rest through, and cannot be shaken off."""

from __future__ import annotations

import pytest

from tests.stacks.prevention.judging import IAM, may, policies, role
from tests.stacks.tampering import EXECUTION

BOUNDARY_ARN = f"{IAM}:policy/RootguardProtectBoundary"
USER, ROLE = f"{IAM}:user/sara", f"{IAM}:role/Helper"
SHAKING_OFF = [
    ("iam:DeleteUserPermissionsBoundary", f"{IAM}:user/diego"),
    ("iam:DeleteRolePermissionsBoundary", ROLE),
    ("iam:CreateUser", USER),
    ("iam:CreateRole", ROLE),
    ("iam:PutUserPermissionsBoundary", USER),
    ("iam:PutRolePermissionsBoundary", ROLE),
    ("iam:AttachUserPolicy", USER),
    ("iam:AttachRolePolicy", ROLE),
    ("iam:PutUserPolicy", USER),
    ("iam:PutRolePolicy", ROLE),
]


def can(action: str, resource: str, **keys: str) -> bool:
    return may([], action, resource, boundary=policies()["RootguardProtectBoundary"], **keys)


@pytest.mark.parametrize("action", ["s3:CreateBucket", "ec2:RunInstances", "iam:ListRoles", "sts:AssumeRole"])
def test_the_rest_is_let_through_but_only_if_it_is_allowed(action: str) -> None:
    assert can(action, "*")


@pytest.mark.parametrize(("action", "resource"), SHAKING_OFF, ids=[action for action, _ in SHAKING_OFF])
def test_nobody_gets_rid_of_it_by_themselves_or_by_another_principal(action: str, resource: str) -> None:
    assert not can(action, resource)
    assert not can(action, resource, iam_PermissionsBoundary=f"{IAM}:policy/wide")
    under_it = can(action, resource, iam_PermissionsBoundary=BOUNDARY_ARN)
    assert under_it == (not action.startswith("iam:Delete"))


def test_a_deployment_that_has_it_can_still_deploy() -> None:
    found = policies()["RootguardProtectBoundary"]
    for action in ("iam:CreateRole", "iam:DeleteRolePermissionsBoundary"):
        assert may([], action, role("GuardRole87F67C2B"), boundary=found, principal=EXECUTION)


@pytest.mark.parametrize("action", ["CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"])
def test_nobody_rewrites_it(action: str) -> None:
    assert not can(f"iam:{action}", BOUNDARY_ARN)
