"""Conditions: the keys that are known of whoever asks are evaluated, the others make it uncertain."""

from __future__ import annotations

import pytest

from cli.prevention.audit.certainty import Certainty
from tests.cli.prevention.accounts import (
    ACCOUNT,
    ALLOW,
    DENY,
    EVERYTHING,
    NO,
    ORGANIZATION,
    UNCERTAIN,
    YES,
    Json,
    can,
    judged,
    role,
    tags,
    trust,
    user,
    when,
)

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ops"
TYPE = "organizations:PolicyType"


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("StringEquals", "aws:PrincipalArn", ROLE_ARN, YES),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/o*", YES),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/other", NO),
        ("ArnNotLike", "AWS:principalarn", "arn:aws:iam::*:role/o*", NO),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT, YES),
        ("StringEquals", "aws:PrincipalAccount", "999988887777", NO),
        ("StringEquals", "aws:PrincipalOrgID", ORGANIZATION.id, YES),
        ("StringNotEquals", "aws:PrincipalOrgID", ORGANIZATION.id, NO),
        ("StringEquals", "aws:PrincipalType", "AssumedRole", YES),
        ("StringEquals", "aws:PrincipalType", "User", NO),
        ("StringLike", "aws:username", "*", NO),  # a role's session has none
        ("Null", "aws:username", "true", YES),
        ("StringEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"], YES),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", NO),
        ("Bool", "aws:SecureTransport", "true", YES),
        ("Bool", "aws:PrincipalIsAWSService", "true", NO),
        ("StringEquals", TYPE, "SERVICE_CONTROL_POLICY", YES),
        ("StringLikeIfExists", TYPE, "*_CONTROL_POLICY", YES),
        ("StringEquals", TYPE, "SECURITYHUB_POLICY", NO),
        ("StringLikeIfExists", TYPE, ["BACKUP_POLICY", "TAG_POLICY"], NO),
        ("ForAnyValue:StringEquals", TYPE, "SERVICE_CONTROL_POLICY", YES),
        ("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}", YES),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:role/ops", YES),
        ("Bool", "aws:MultiFactorAuthPresent", "true", UNCERTAIN),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "false", UNCERTAIN),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", UNCERTAIN),
        ("DateLessThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z", UNCERTAIN),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", UNCERTAIN),
        ("StringLike", "aws:userid", "AROAEXAMPLE:*", UNCERTAIN),
        ("StringEquals", "aws:ResourceTag/team", "x", UNCERTAIN),
        ("StringEquals", "aws:PrincipalAccount", "${aws:SourceAccount}", UNCERTAIN),
        ("StringSeems", "aws:PrincipalAccount", ACCOUNT, UNCERTAIN),
    ],
)
def test_a_condition_of_an_allow(operator: str, key: str, value: object, expected: Certainty) -> None:
    assert can(when(operator, key, value, EVERYTHING)) is expected
    if key != TYPE:  # A Deny of one type leaves the other.
        opposite = {YES: NO, NO: YES, UNCERTAIN: UNCERTAIN}[expected]
        assert can(EVERYTHING, when(operator, key, value, DENY)) is opposite


def test_conditions_of_one_statement_must_all_hold() -> None:
    both = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalAccount": "x"}}
    assert can(ALLOW | {"Condition": both}) is NO
    both["StringEquals"]["aws:PrincipalAccount"] = ACCOUNT
    found = judged(role(ALLOW | {"Condition": both}))
    assert found.can is UNCERTAIN
    assert found.doubts[0].unknown == ("aws:MultiFactorAuthPresent",)


def test_a_sure_allow_needs_no_unsure_one() -> None:
    found = judged(role(when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), ALLOW))
    assert (found.can, found.doubts) == (YES, ())
    assert [grant.statement for grant in found.grants] == ["statement 2"]


def test_a_deny_of_one_type_leaves_the_other() -> None:
    found = judged(role(EVERYTHING, when("StringEquals", TYPE, "SERVICE_CONTROL_POLICY", DENY)))
    assert (found.can, found.policy_types) == (YES, ("RESOURCE_CONTROL_POLICY",))


def test_a_roles_tags_are_known() -> None:
    statement = when("StringEquals", "aws:PrincipalTag/Team", "platform")
    assert can(statement, Tags=tags(team="platform")) is YES
    assert can(statement, Tags=tags(team="billing")) is NO
    assert can(statement) is NO


def test_tags_that_a_session_may_bring_along_are_not_known() -> None:
    statement = when("StringEquals", "aws:PrincipalTag/Team", "platform")
    tagging = trust("sts:AssumeRole", "sts:TagSession")
    assert can(statement, Tags=tags(team="billing"), AssumeRolePolicyDocument=tagging) is UNCERTAIN
    assert can(statement, AssumeRolePolicyDocument=trust("sts:*")) is UNCERTAIN


def test_a_users_tags_are_known() -> None:
    statement = when("StringEquals", "aws:PrincipalTag/team", "platform")
    assert judged(user(statement, Tags=tags(team="platform"))).can is YES
    assert judged(user(statement)).can is NO


def test_a_user_is_known_by_name_and_id() -> None:
    def says(key: str, value: str) -> object:
        return judged(user(when("StringEquals", key, value))).can

    assert says("aws:username", "diego") is YES
    assert says("aws:username", "sara") is NO
    assert says("aws:userid", "AIDAEXAMPLE") is YES
    assert says("aws:PrincipalType", "User") is YES


def test_variables_in_a_resource_stand_for_what_is_known() -> None:
    def on(account: str) -> Json:
        return ALLOW | {"Resource": f"arn:aws:organizations::{account}:*"}

    assert can(on("${aws:PrincipalAccount}")) is YES
    assert can(on("${aws:username}")) is NO
    unknown = judged(role(on("${aws:SourceAccount}")))
    assert unknown.can is UNCERTAIN
    assert unknown.doubts[0].unknown == ("${aws:sourceaccount}",)
