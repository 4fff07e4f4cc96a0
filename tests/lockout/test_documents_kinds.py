"""Kinds of documents that look like less than a lockout, or like one, and the witness of what is none."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from rootguard.domain.policy import SERVICE_CONTROL_POLICY as SCP
from rootguard.lockout.judgement import Denial, Witness, judge
from tests.lockout.documents import (
    DENY,
    NOT_ACTION,
    NOW,
    OWN,
    classify,
    days,
    denial_together,
    document,
    when,
)

TOTAL, BROAD, NARROW = Denial.TOTAL, Denial.BROAD, Denial.NARROW


def deny(operator: str, key: str, value: object, **changed: object) -> dict[str, Any]:
    return DENY | changed | {"Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("statements", "denial"),
    [
        # Statements that exclude everything only together.
        (
            [("StringNotEquals", "aws:SourceVpc", "vpc-1"), ("StringNotEquals", "aws:SourceVpc", "vpc-2")],
            TOTAL,
        ),
        (
            [
                ("StringNotEquals", "aws:SourceVpc", ["vpc-1", "vpc-2"]),
                ("StringNotEquals", "aws:SourceVpc", "vpc-2"),
            ],
            BROAD,
        ),
        (
            [("StringNotLike", "aws:RequestedRegion", "eu-*"), ("StringLike", "aws:RequestedRegion", "eu-*")],
            TOTAL,
        ),
        (
            [
                ("StringNotLike", "aws:RequestedRegion", "eu-*"),
                ("StringNotLike", "aws:RequestedRegion", "*-3"),
            ],
            BROAD,
        ),
        (
            [
                ("Bool", "aws:MultiFactorAuthPresent", "true"),
                ("BoolIfExists", "aws:MultiFactorAuthPresent", "false"),
            ],
            TOTAL,
        ),
        (
            [("Bool", "aws:MultiFactorAuthPresent", "true"), ("Null", "aws:MultiFactorAuthPresent", "true")],
            BROAD,
        ),
        (
            [
                ("NotIpAddress", "aws:SourceIp", "198.51.100.0/24"),
                ("StringNotEquals", "aws:SourceVpc", "vpc-1"),
            ],
            TOTAL,
        ),
        (
            [
                ("NotIpAddress", "aws:SourceIp", "198.51.100.0/24"),
                ("StringNotEqualsIfExists", "aws:SourceVpc", "vpc-1"),
            ],
            TOTAL,
        ),
        # Networks that no request comes from.
        ([("NotIpAddress", "aws:SourceIp", ["127.0.0.0/8", "169.254.0.0/16", "fc00::/7"])], TOTAL),
        ([("NotIpAddress", "aws:SourceIp", ["10.0.0.0/8", "198.51.100.0/24"])], BROAD),
        # Whatever the case.
        ([("StringNotEqualsIgnoreCase", "aws:RequestedRegion", "EU-West-1")], BROAD),
        ([("StringEqualsIgnoreCase", "aws:RequestedRegion", ["EU-WEST-1"])], BROAD),
        ([("StringNotEquals", "aws:RequestedRegion", "EU-WEST-1")], TOTAL),
        # Whoever has MFA has had it for no less than no time.
        ([("NumericGreaterThanEqualsIfExists", "aws:MultiFactorAuthAge", "0")], TOTAL),
        ([("NumericGreaterThanIfExists", "aws:MultiFactorAuthAge", "3600")], BROAD),
        # A star in a name is no pattern where the operator takes none.
        ([("StringNotEquals", "aws:SourceVpc", "*")], TOTAL),
        # Keys that are never there.
        ([("StringNotEquals", "aws:RequestRegion", "eu-west-1")], TOTAL),
        ([("StringNotLike", "PrincipalArn", "*")], TOTAL),
        ([("StringEquals", "aws:RequestRegion", "eu-west-1")], Denial.NONE),
        ([("StringNotEquals", "aws:NewerThanThis", "x")], BROAD),
        # A flag is true or false, also if its presence is asked about.
        ([("BoolIfExists", "aws:NewFlag", ["true", "false"]), ("Null", "aws:NewFlag", "true")], TOTAL),
        # Variables.
        ([("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}")], TOTAL),
        ([("StringNotEquals", "aws:ResourceTag/owner", "${aws:username}")], TOTAL),
        ([("StringNotEquals", "aws:ResourceTag/owner", "${aws:PrincipalTag/owner}")], BROAD),
        # ARNs in a wrong shape.
        ([("ArnNotLike", "aws:PrincipalArn", ["BreakGlass", "arn:aws:iam::role/BreakGlass"])], TOTAL),
        ([("ArnLike", "aws:PrincipalArn", "role/*")], Denial.NONE),
    ],
)
def test_a_kind_of_deny_has_its_class(statements: list[tuple[str, str, object]], denial: Denial) -> None:
    assert classify(document(*(deny(*each) for each in statements))).denial is denial


@pytest.mark.parametrize(
    ("content", "denial"),
    [
        (days(DateLessThan="2026-11-26T00:00:00Z"), Denial.NONE),  # a freeze that was over yesterday
        (days(DateLessThan="2026-11-28T00:00:00Z"), TOTAL),
        (days(DateEquals="2027-01-01"), NARROW),
        (when("DateLessThan", "aws:TokenIssueTime", "2027-01-01"), TOTAL),  # nobody until then
        (document(NOT_ACTION | {"NotAction": ["s3:GetObject", "logs:PutLogEvents"]}), TOTAL),
        (document(NOT_ACTION | {"NotAction": ["s3:*", "glue:*"]}), BROAD),
        (document(NOT_ACTION | {"NotAction": ["*:Get*", "*:List*", "*:Describe*"]}), BROAD),
        (document({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:*:eu-west-1:*:*"}), BROAD),
        (document({"Effect": "Deny", "Action": "*", "Resource": "arn:aws:*:eu-west-1:*:*"}), BROAD),
    ],
)
def test_time_calls_and_resources_are_judged_as_aws_reads_them(content: str, denial: Denial) -> None:
    assert classify(content).denial is denial


@pytest.mark.parametrize(
    ("statements", "denial"),
    [
        ([DENY | {"Action": "signin:*"}], TOTAL),
        ([DENY | {"Action": "signin:Authenticate"}], TOTAL),
        ([deny("NotIpAddress", "aws:SourceIp", "198.51.100.0/24", Action="signin:*")], BROAD),
        ([DENY | {"Action": "sts:AssumeRole*"}], TOTAL),
        ([DENY | {"Action": "sts:GetCallerIdentity"}], NARROW),
        ([DENY | {"Action": "quicksight:*"}], BROAD),
        ([NOT_ACTION | {"NotAction": "sts:*"}], TOTAL),
    ],
)
def test_an_rcp_that_lets_nobody_in_is_a_lockout(statements: list[Any], denial: Denial) -> None:
    assert classify(document(*statements), RCP, OWN).denial is denial


def test_allowing_until_a_day_is_denying_from_that_day() -> None:
    until = document(
        DENY | {"Effect": "Allow", "Condition": {"DateLessThan": {"aws:CurrentTime": "2027-06-01"}}}
    )
    assert denial_together([until]) is TOTAL


def witness(content: str) -> Witness | None:
    return judge((content,), SCP, at=NOW, alone=False).witness


def test_what_is_no_lockout_has_a_witness_that_can_work() -> None:
    found = witness(when("StringNotEquals", "aws:RequestedRegion", ["eu-west-1", "eu-central-1"]))
    assert found is not None
    assert found.world["aws:requestedregion"][0] in ("eu-west-1", "eu-central-1")
    assert {"s3", "ec2", "lambda"} <= set(found.services)
    left = witness(document(NOT_ACTION | {"NotAction": ["s3:*", "glue:*"]}))
    assert left is not None
    assert set(left.services) == {"s3", "glue"}
    assert witness(document(DENY)) is None


def test_a_class_says_if_there_was_more_to_look_at() -> None:
    many = document(deny("StringNotEquals", "aws:RequestedRegion", "eu-west-1"))
    assert not judge((many,), SCP, at=NOW, alone=False).is_cut
    more = {f"aws:Unknown{number}": "x" for number in range(100)}
    assert judge((document(DENY | {"Condition": {"StringEquals": more}}),), SCP, at=NOW, alone=False).is_cut


def test_what_nobody_knows_the_meaning_of_spares_nobody_by_name() -> None:
    doubtful = classify(document(DENY | {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}))
    assert (doubtful.denial, doubtful.exempt) == (BROAD, ())


def test_a_misspelt_condition_is_never_said_to_spare_anyone() -> None:
    assert classify(when("ArnNotLike", "aws:PrincipleArn", "arn:aws:iam::*:role/BreakGlass")).exempt == ()
    assert classify(when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8")).exempt == ()


def test_a_network_that_nobody_names_is_among_them_however_many_are_named() -> None:
    named = [f"vpc-{number}" for number in range(200)]
    some = document(deny("StringEqualsIfExists", "aws:SourceVpc", named))
    assert classify(some).denial is BROAD
    one_is_in_both = document(
        deny("StringNotEqualsIfExists", "aws:SourceVpc", named[:100]),
        deny("StringNotEqualsIfExists", "aws:SourceVpc", named[99:]),
        deny("Null", "aws:SourceVpc", "true"),
    )
    assert classify(one_is_in_both).denial is BROAD


def test_an_ou_that_two_statements_leave_open_is_found_among_many() -> None:
    paths = [f"{OWN}/r-exam/ou-exam-{number:08}/*" for number in range(20)]
    statements = [
        deny("ForAllValues:StringNotLike", "aws:PrincipalOrgPaths", some) for some in (paths[:11], paths[10:])
    ]
    assert classify(document(*statements), organization_id=OWN).denial is BROAD
