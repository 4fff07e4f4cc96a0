"""Whom the organization's resource policy delegates to, and whether that reaches Root."""

from __future__ import annotations

import json

import pytest

from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.delegated import delegates
from tests.cli.prevention.accounts import (
    NO,
    ORGANIZATION,
    OU,
    OWN_SCPS,
    ROOT,
    UNCERTAIN,
    YES,
    Json,
    document,
    when,
)

MEMBER, OTHER = "444455556666", "777788889999"
ATTACH: Json = {
    "Sid": "Attach",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{MEMBER}:root"},
    "Action": ["organizations:AttachPolicy", "organizations:DetachPolicy"],
    "Resource": [ROOT, OWN_SCPS],
}
READ = ATTACH | {"Sid": "Read", "Action": "organizations:List*", "Resource": "*"}


def to(*principals: str, statement: Json = ATTACH) -> Json:
    return statement | {"Principal": {"AWS": [*principals]}}


def without(element: str, statement: Json) -> Json:
    return {key: value for key, value in statement.items() if key != element}


def reach(*statements: Json) -> dict[str, Certainty]:
    found = delegates(json.dumps(document(*statements)), ORGANIZATION)
    return {each.principal: each.attaching.can for each in found}


def test_who_may_attach_to_root_is_found_with_the_statement() -> None:
    (found,) = delegates(json.dumps(document(READ, ATTACH)), ORGANIZATION)
    assert (found.principal, found.attaching.can) == (MEMBER, YES)
    assert found.attaching.policy_types == ("SERVICE_CONTROL_POLICY",)
    assert [(ground.policy, ground.statement) for ground in found.attaching.grants] == [
        ("resource policy", "Attach")
    ]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([ATTACH | {"Resource": [OU, OWN_SCPS]}], NO),
        ([ATTACH | {"Resource": "*"}], YES),
        ([without("Resource", ATTACH)], YES),
        # Stored before AWS refused these elements, they still count.
        ([without("Resource", ATTACH) | {"NotResource": [OU]}], YES),
        ([READ], NO),
        ([when("StringLikeIfExists", "organizations:PolicyType", "SERVICE_CONTROL_POLICY", ATTACH)], YES),
        ([when("StringEquals", "organizations:PolicyType", "BACKUP_POLICY", ATTACH)], NO),
        ([when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/scp", ATTACH)], UNCERTAIN),
        ([when("StringEquals", "aws:PrincipalTag/team", "platform", ATTACH)], UNCERTAIN),
        ([when("StringEquals", "aws:PrincipalAccount", MEMBER, ATTACH)], YES),
        ([when("StringEquals", "aws:PrincipalAccount", OTHER, ATTACH)], NO),
        ([ATTACH, ATTACH | {"Effect": "Deny", "Principal": "*"}], NO),
        ([ATTACH, ATTACH | {"Effect": "Deny", "Principal": {"AWS": MEMBER}}], NO),
        ([ATTACH, to(OTHER, statement=ATTACH | {"Effect": "Deny"})], YES),
        # Others of the account still can.
        ([ATTACH, to(f"arn:aws:iam::{MEMBER}:role/scp", statement=ATTACH | {"Effect": "Deny"})], YES),
    ],
)
def test_statements_count_for_whom_they_name(statements: list[Json], expected: Certainty) -> None:
    assert reach(*statements)[MEMBER] is expected


def test_an_account_is_one_principal_however_it_is_written() -> None:
    assert reach(to(MEMBER), READ) == {MEMBER: YES}


def test_a_role_has_what_its_account_has() -> None:
    role = f"arn:aws:iam::{MEMBER}:role/scp"
    assert reach(to(role, statement=READ), ATTACH) == {MEMBER: YES, role: YES}
    assert reach(to(role), READ) == {role: YES, MEMBER: NO}
    only = when("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{MEMBER}:role/other", to(role))
    assert reach(only) == {role: NO}


def test_everyone_is_everyone() -> None:
    assert reach(ATTACH | {"Principal": "*"}, to(MEMBER, statement=READ)) == {"*": YES, MEMBER: YES}
    assert reach(without("Principal", ATTACH) | {"NotPrincipal": {"AWS": MEMBER}}) == {
        "everyone but some": YES
    }


def test_those_who_reach_root_come_first() -> None:
    assert list(reach(to("111111111111", statement=READ), to(OTHER))) == [OTHER, "111111111111"]


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="no JSON policy"):
        delegates("{", ORGANIZATION)
