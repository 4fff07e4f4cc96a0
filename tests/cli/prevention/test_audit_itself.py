"""Who cannot attach to Root, but can change its own policies so that it can."""

from __future__ import annotations

import pytest

from cli.prevention.audit.answer import Can
from tests.cli.prevention.accounts import (
    ACCOUNT,
    DENY,
    EVERYTHING,
    ROOT,
    Json,
    audited,
    bounded,
    managed,
    page,
    role,
    user,
    when,
)

OWN_ROLE, OWN_USER = f"arn:aws:iam::{ACCOUNT}:role/ops", f"arn:aws:iam::{ACCOUNT}:user/diego"


def may(action: str, resource: str = "*") -> Json:
    return {"Effect": "Allow", "Action": f"iam:{action}", "Resource": resource}


def how(entry: Json, *policies: Json) -> Can | None:
    found = audited(page(entry, policies=policies))
    return found[0].can if found else None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (role(may("*")), Can.INDIRECTLY),
        (role(may("AttachRolePolicy", OWN_ROLE)), Can.INDIRECTLY),
        (role(may("PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/*")), Can.INDIRECTLY),
        (role(may("PutRolePolicy", f"{OWN_ROLE}-other")), None),
        (role(may("PutUserPolicy")), None),
        (role(may("Get*")), None),
        (role(may("*"), may("*", OWN_ROLE) | {"Effect": "Deny"}), None),
        (user(may("PutUserPolicy", "arn:aws:iam::*:user/${aws:username}")), Can.INDIRECTLY),
        (user(may("AttachUserPolicy", OWN_USER)), Can.INDIRECTLY),
        (user(may("AttachRolePolicy")), None),
        # Which policy it may attach is not known to be one that helps.
        (
            role(when("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/X", may("AttachRolePolicy"))),
            Can.INDIRECTLY,
        ),
        (role(when("StringEquals", "aws:RequestedRegion", "eu-west-1", may("*"))), None),
        (role(when("Null", "organizations:PolicyType", "true", may("*"))), Can.INDIRECTLY),
        # Who can attach already needs no other way.
        (role(EVERYTHING), Can.YES),
        (role(EVERYTHING, DENY), Can.INDIRECTLY),
    ],
)
def test_who_may_write_its_own_policies_can_let_itself(entry: Json, expected: Can | None) -> None:
    assert how(entry) is expected


def test_a_boundary_holds_whatever_it_gives_itself() -> None:
    entry = role(may("*"), PermissionsBoundary=bounded("Edge"))
    assert how(entry, managed("Edge", EVERYTHING)) is Can.INDIRECTLY
    assert how(entry, managed("Edge", EVERYTHING, DENY | {"Resource": ROOT})) is None
    assert how(entry, managed("Edge", may("*"))) is None


@pytest.mark.parametrize("path", ["/aws-service-role/x.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"])
def test_nobody_but_aws_changes_its_own_roles(path: str) -> None:
    assert how(role(may("*"), path=path)) is None
    assert how(role(may("*"), path="/other/")) is Can.INDIRECTLY


def test_it_comes_after_who_perhaps_can_with_the_statements_that_let_it() -> None:
    mfa = when("Bool", "aws:MultiFactorAuthPresent", "true", EVERYTHING)
    unsure, itself = audited(page(role(may("*") | {"Sid": "Iam"}, name="a"), role(mfa, name="b")))
    assert (unsure.can, itself.can) == (Can.UNCERTAIN, Can.INDIRECTLY)
    assert [ground.statement for ground in itself.itself.grants] == ["Iam"]
    assert itself.itself.doubts == ()
