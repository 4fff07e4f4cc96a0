"""Mistakes that people make in a condition: it then holds for everyone, or for nobody, and spares nobody."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY
from rootguard.lockout.judgement import Denial
from tests.lockout.documents import BREAK_GLASS, DENY, OWN, classify, denial_together, document, when

ALLOW_IF = {"Effect": "Allow", "Action": "*", "Resource": "*"}
UNRENDERED = ["${vpce_id}", "${var.vpce}", "${aws:PrincipleTag/vpce}"]


@pytest.mark.parametrize("variable", UNRENDERED)
@pytest.mark.parametrize(
    "key",
    ["aws:SourceVpc", "aws:SourceVpce", "aws:PrincipalTag/team", "aws:SourceIdentity", "aws:Referer"],
)
def test_a_variable_that_no_request_has_matches_nothing(key: str, variable: str) -> None:
    assert classify(when("StringNotEquals", key, variable)).denial is Denial.TOTAL
    assert classify(when("StringEquals", key, variable)).denial is Denial.NONE
    only = document(ALLOW_IF | {"Condition": {"StringEquals": {key: variable}}})
    assert denial_together([only]) is Denial.TOTAL


def test_a_variable_that_no_request_has_is_worth_its_default() -> None:
    region = "${aws:PrincipleTag/region, 'eu-west-1'}"
    assert classify(when("StringNotEquals", "aws:RequestedRegion", region)).denial is Denial.BROAD
    vpce = "${aws:PrincipleTag/vpce, 'vpce-0123456789abcdef0'}"
    assert classify(when("StringNotEquals", "aws:SourceVpce", vpce)).denial is Denial.BROAD


def test_a_resource_with_a_variable_that_roles_lack_is_no_role_s() -> None:
    own_folders = ["arn:aws:s3:::${aws:username}*", "arn:aws:sqs:*:*:${aws:username}*"]
    lockout = {"Effect": "Deny", "Action": "*", "NotResource": own_folders}
    assert classify(document(lockout)).denial is Denial.TOTAL
    tagged = [each.replace("aws:username", "aws:PrincipalTag/team") for each in own_folders]
    assert classify(document(lockout | {"NotResource": tagged})).denial is Denial.BROAD


@pytest.mark.parametrize(
    ("key", "value", "denial"),
    [
        ("aws:SourceVpc", "vpce-0123456789abcdef0", Denial.TOTAL),
        ("aws:SourceVpce", "vpc-0123456789abcdef0", Denial.TOTAL),
        ("aws:SourceVpc", "vpc-0123456789abcdef0", Denial.BROAD),
        ("aws:SourceVpce", "vpce-0123456789abcdef0", Denial.BROAD),
    ],
)
def test_the_id_of_an_endpoint_is_none_of_a_vpc(key: str, value: str, denial: Denial) -> None:
    assert classify(when("StringNotEquals", key, value)).denial is denial
    assert classify(when("StringNotLike", key, f"{value[:9]}*")).denial is denial


def test_an_organization_has_one_root() -> None:
    below, turned = f"{OWN}/r-exam/*", {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    everyone = when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", below)
    assert classify(everyone, organization_id=OWN).denial is Denial.TOTAL
    condition = turned | {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": below}}
    perimeter = document(DENY | {"Principal": "*", "Condition": condition})
    assert classify(perimeter, RESOURCE_CONTROL_POLICY, OWN).denial is not Denial.TOTAL


@pytest.mark.parametrize(
    ("operator", "month", "denial"),
    [
        ("DateGreaterThan", "2028-05", Denial.TOTAL),
        ("DateLessThan", "2025-05", Denial.NONE),
        ("DateLessThan", "2028-05", Denial.TOTAL),
    ],
)
def test_a_month_is_a_time(operator: str, month: str, denial: Denial) -> None:
    assert classify(when(operator, "aws:CurrentTime", month)).denial is denial


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringNotLike", "aws:PrincipalArn", "BreakGlass"),
        ("StringNotLike", "aws:PrincipalArn", "arn:aws:iam::role/BreakGlass"),
        ("StringNotLike", "aws:PrincipalArn", "arn:aws:sts::*:assumed-role/BreakGlass/*"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:sts::*:assumed-role/BreakGlass/*"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:Role/BreakGlass"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:s3:::bucket"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam:us-east-1:111122223333:role/BreakGlass"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipleAccount}:role/BreakGlass"),
        ("StringNotEquals", "aws:PrincipalAccount", "${aws:PrincipleAccount}"),
        ("StringNotEquals", "aws:PrincipalAccount", "11112222333"),
        ("StringNotEquals", "aws:PrincipalType", "Role"),
        ("StringNotEquals", "aws:PrincipalServiceName", "ec2.amazonaws.com"),
        ("StringNotLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
    ],
)
def test_a_page_never_says_that_a_mistake_spares_someone(operator: str, key: str, value: str) -> None:
    found = classify(when(operator, key, value))
    assert (found.denial, found.exempt, found.more) == (Denial.TOTAL, (), 0)


@pytest.mark.parametrize(
    "value",
    [
        BREAK_GLASS,
        "arn:aws:iam::111122223333:user/ann",
        "arn:aws:iam::111122223333:root",
        "*BreakGlass*",
        "arn:*:role/BreakGlass",
        "arn:aws:sts::*:federated-user/*",
        "arn:aws:iam::*:role*",
    ],
)
def test_whoever_a_pattern_means_is_spared(value: str) -> None:
    assert classify(when("StringNotLike", "aws:PrincipalArn", value)).exempt == (value,)


def test_exceptions_that_were_not_tried_are_none_if_the_others_are_none() -> None:
    roles: Any = [f"arn:aws:iam::*:role/{number}" for number in range(20)]
    spared = DENY | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": roles}}}
    every_role = DENY | {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}}
    assert classify(document(spared)).more > 0
    found = classify(document(spared, every_role))
    assert (found.exempt, found.more) == ((), 0)
