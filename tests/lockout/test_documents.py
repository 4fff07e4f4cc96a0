"""What counts as a lockout, and what merely looks like one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.facts import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.lockout import NOT_ALLOWED, Classification, Denial, classify, classify_together
from rootguard.lockout.evidence import evidence
from rootguard.lockout.ordinary import ACTIONS

OWN = "o-exampleorgid"
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
NOT_ACTION: dict[str, Any] = {"Effect": "Deny", "Resource": "*"}
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_S3 = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
LEAVE = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
BREAK_GLASS = "arn:aws:iam::*:role/BreakGlass"


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def when(operator: str, key: str, value: object, **deny: object) -> str:
    return document(DENY | deny | {"Condition": {operator: {key: value}}})


def days(**named: object) -> str:
    condition = {operator: {"aws:CurrentTime": value} for operator, value in named.items()}
    return document(DENY | {"Condition": condition})


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"Statement": DENY}),
        document(DENY),
        document(DENY | {"Sid": "Quarantine", "Action": ["*"], "Resource": ["*"]}),
        document(DENY | {"Action": ["s3:GetObject", "*"]}),
        document(DENY | {"Action": "**"}),
        document(DENY | {"Action": "*:*"}),
        document(DENY | {"Resource": "arn:*"}),
        document(DENY | {"Resource": "arn:aws-us-gov:*"}),
        document(ALLOW, DENY_S3, DENY),
        document(NOT_ACTION | {"NotAction": "sts:GetCallerIdentity"}),
        document(NOT_ACTION | {"NotAction": ["support:*", "iam:List*"]}),
        document(NOT_ACTION | {"NotAction": []}),
        # One thing that can still be done is no way to work.
        document(NOT_ACTION | {"NotAction": "ecs:RunTask"}),
        document(NOT_ACTION | {"NotAction": "s3:*"}),
        # A number that Python would not read takes nothing back.
        document(DENY | {"Sid": 0}).replace(": 0", ": " + "9" * 5_000),
        document(DENY | {"Action": [f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"]}),
        document(DENY_S3, NOT_ACTION | {"NotAction": "S3:*"}),
        document({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::bucket"}),
        document(DENY | {"Principal": "*"}),
        document(DENY | {"Principal": {"AWS": "*"}}),
        document(DENY | {"Condition": {}}),
        # Conditions that everyone meets.
        when("StringLike", "aws:PrincipalArn", "*"),
        when("ArnLike", "AWS:principalarn", ["arn:aws:iam::1:role/x", "*"]),
        when("StringLikeIfExists", "aws:RequestTag/owner", "*"),
        when("StringNotEquals", "aws:PrincipalOrgID", "o-none"),
        when("StringNotEqualsIfExists", "aws:PrincipalOrgID", ["o-none", "O-NONE"]),
        when("StringNotEquals", "aws:RequestedRegion", ["eu-wets-1", "Ireland"]),
        when("Null", "aws:PrincipalArn", "false"),
        when("Bool", "aws:SecureTransport", "true"),
        when("Bool", "aws:MultiFactorAuthPresent", ["true", "false"]).replace('"Bool"', '"BoolIfExists"'),
        when("IpAddressIfExists", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        when("Null", "aws:SourceIp", "false"),
        when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"),
        # On some day, which may be today.
        when("DateGreaterThan", "aws:CurrentTime", "2030-01-01"),
        when("DateLessThan", "aws:CurrentTime", "2099-01-01"),
        when("DateLessThanEquals", "aws:EpochTime", "4102444800"),
        when("NumericGreaterThan", "aws:EpochTime", 0),
        days(DateGreaterThan="2027-01-01T00:00:00Z", DateLessThan="2027-01-01T01:00:00Z"),
        days(DateGreaterThanEquals="2030-01-01", DateLessThanEquals="2030-01-01"),
        days(DateGreaterThan="2030-01-01", DateLessThan=["2029-01-01", "2031-01-01"]),
        days(DateGreaterThan="2030-01-01", DateNotEquals="2030-01-01"),
        days(DateGreaterThan="1999-01-01", DateLessThan="2999-01-01"),
        when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
        when("StringNotLike", "aws:username", "${aws:username, 'nobody'}"),
        when("ForAllValues:StringEquals", "aws:TagKeys", "owner"),
        when("Null", "aws:RequestTag/owner", "true"),
        # Keys of one service, which no other's requests carry: at most that service is spared.
        when("StringNotEquals", "ec2:InstanceType", ["t3.micro", "t3.small"]),
        when("StringNotEquals", "EC2:ResourceTag/team", "red"),
        when("Null", "ec2:InstanceType", "true"),
        when("NumericNotEquals", "s3:max-keys", 10),
        when("StringEqualsIfExists", "gamelift:None", "x"),
    ],
)
def test_a_lockout_is_total_and_spares_nobody_but_by_name(content: str) -> None:
    assert classify(content).denial is Denial.TOTAL


@pytest.mark.parametrize(
    ("content", "denial"),
    [
        (None, Denial.NONE),
        ("", Denial.NONE),
        ("Deny *", Denial.NONE),
        ("[]", Denial.NONE),
        ("{}", Denial.NONE),
        ('{"Statement": null}', Denial.NONE),
        ('{"Statement": ["Deny"]}', Denial.NONE),
        ("[" * 5_000, Denial.NONE),
        ("9" * 5_000, Denial.NONE),
        (document(ALLOW), Denial.NONE),
        (document(DENY | {"Effect": "deny"}), Denial.NONE),
        (document({"Effect": "Deny", "Resource": "*"}), Denial.NONE),
        (document({"Effect": "Deny", "Action": "*"}), Denial.NONE),
        (document(NOT_ACTION | {"NotAction": "*"}), Denial.NONE),
        (document(DENY | {"Action": []}), Denial.NONE),
        (document(DENY_S3), Denial.BROAD),
        (document(NOT_ACTION | {"NotAction": ["ec2:*", "s3:*", "iam:*"]}), Denial.BROAD),
        (document(DENY | {"Action": "gamelift:*"}), Denial.BROAD),
        (document(DENY | {"Action": "gamelift:Create*"}), Denial.NARROW),
        (document(DENY | {"Resource": "arn:aws:s3:::bucket"}), Denial.NARROW),
        (document(LEAVE), Denial.NARROW),
        # What AWS would refuse, and nobody knows the meaning of.
        (document(DENY | {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), Denial.BROAD),
        (document(DENY | {"Principal": "*", "NotPrincipal": {"AWS": "x"}}), Denial.BROAD),
        (document(DENY | {"Condition": "always"}), Denial.BROAD),
        (document(DENY | {"Condition": {"StringLike": "always"}}), Denial.BROAD),
        (when("StringResembles", "aws:PrincipalArn", "*"), Denial.BROAD),
        (when("StringLike", "aws:PrincipalArn", []), Denial.BROAD),
        (when("Null", "aws:PrincipalArn", "perhaps"), Denial.BROAD),
        # A class of principals, some Regions, circumstances that nobody knows.
        (when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:root"), Denial.BROAD),
        (when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), Denial.BROAD),
        (when("StringNotEquals", "aws:RequestedRegion", ["eu-west-1"]), Denial.BROAD),
        (when("StringNotEquals", "aws:RequestedRegion", ["eu-central-2"]), Denial.BROAD),
        (when("StringNotEquals", "aws:RequestedRegion", "us-gov-west-1"), Denial.BROAD),
        (when("StringNotEquals", "aws:RequestedRegion", "eusc-de-east-1"), Denial.BROAD),
        (when("StringEquals", "aws:RequestedRegion", "me-central-1"), Denial.BROAD),
        (when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), Denial.BROAD),
        (when("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"), Denial.BROAD),
        (when("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "::/0"]), Denial.BROAD),
        (when("StringNotEquals", "aws:SourceVpc", "vpc-1"), Denial.BROAD),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-anotherorgid"), Denial.BROAD),
        (when("StringNotLike", "aws:ResourceTag/team", "${aws:PrincipalTag/team}"), Denial.BROAD),
        # Keys that go with the credentials, into the requests of every service.
        (when("Null", "ec2:RoleDelivery", "true"), Denial.BROAD),
        (when("ArnNotLike", "ec2:SourceInstanceARN", "arn:aws:ec2:*:*:instance/i-1"), Denial.BROAD),
        (when("Null", "lambda:SourceFunctionArn", "true"), Denial.BROAD),
        (when("StringNotEquals", "glue:CredentialIssuingService", "glue.amazonaws.com"), Denial.BROAD),
        (when("StringNotEquals", "saml:sub_type", "persistent"), Denial.BROAD),
        (when("StringNotEquals", "cognito-identity.amazonaws.com:aud", "x"), Denial.BROAD),
        (when("StringNotEquals", "identitystore:UserId", "x"), Denial.BROAD),
        # Keys of two services leave two of them open.
        (
            document(
                DENY
                | {
                    "Condition": {
                        "StringNotEquals": {"ec2:InstanceType": "t3.micro"},
                        "Null": {"s3:prefix": "true"},
                    }
                }
            ),
            Denial.BROAD,
        ),
        (when("StringEquals", "ec2:InstanceType", "t3.micro"), Denial.NARROW),
        (when("NumericLessThan", "s3:TlsVersion", "1.2"), Denial.NARROW),
        # Somebody named, and what no ordinary request is.
        (when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/Contractor*"), Denial.NARROW),
        (when("StringEquals", "aws:PrincipalTag/quarantine", "yes"), Denial.NARROW),
        (when("StringLike", "aws:RequestTag/owner", "*"), Denial.NARROW),
        (when("Bool", "aws:SecureTransport", "false"), Denial.NARROW),
        # Whoever comes through a VPC endpoint.
        (when("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"), Denial.NARROW),
        (when("Null", "aws:SourceIp", "true"), Denial.NARROW),
        (when("ForAnyValue:StringNotEquals", "aws:TagKeys", "owner"), Denial.NARROW),
        # What nobody of the organization ever is.
        (when("StringEquals", "aws:PrincipalOrgID", "o-none"), Denial.NONE),
        (when("Null", "aws:PrincipalArn", "true"), Denial.NONE),
        (when("DateLessThan", "aws:CurrentTime", "2020-01-01"), Denial.NONE),
        # Never at one and the same time.
        (days(DateGreaterThan="2040-01-01", DateLessThan="2030-01-01"), Denial.NONE),
        (days(DateEquals="2030-01-01", DateNotEquals="2030-01-01"), Denial.NONE),
        (days(DateGreaterThan="2030-01-01", DateLessThanEquals="2030-01-01"), Denial.NONE),
        (when("Bool", "aws:PrincipalIsAWSService", "true"), Denial.NONE),
    ],
)
def test_what_is_less_than_a_lockout_is_told_apart(content: str | None, denial: Denial) -> None:
    assert classify(content).denial is denial


@pytest.mark.parametrize(
    ("content", "spared"),
    [
        (document(DENY), ()),
        (when("ArnNotLike", "aws:PrincipalArn", BREAK_GLASS), (BREAK_GLASS,)),
        # StringNotEquals takes a star for a star, so the role is locked out with everyone else.
        (when("StringNotEquals", "aws:PrincipalArn", [BREAK_GLASS, "x"]), ("x",)),
        (when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:root"), ("arn:aws:iam::*:root",)),
        (when("StringNotEquals", "aws:PrincipalTag/ops", "yes"), ("aws:PrincipalTag/ops = yes",)),
        (
            when("StringNotEquals", "aws:PrincipalAccount", "111122223333"),
            ("aws:PrincipalAccount = 111122223333",),
        ),
        (
            when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
            ("aws:PrincipalArn other than arn:aws:iam::*:role/*",),
        ),
        (when("BoolIfExists", "aws:ViaAWSService", "false"), ("aws:ViaAWSService = true",)),
        (when("Null", "aws:RequestTag/team", "true"), ("aws:RequestTag/team present",)),
        (when("Null", "aws:PrincipalTag/team", "false"), ("aws:PrincipalTag/team absent",)),
        (when("Null", "aws:PrincipalArn", "false"), ()),
        (document(NOT_ACTION | {"NotAction": ["support:*", "iam:Get*"]}), ("support:*", "iam:Get*")),
        (
            document({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::logs/*"}),
            ("arn:aws:s3:::logs/*",),
        ),
        # An exception that spares nobody is none.
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-none"), ()),
        (when("StringNotEquals", "aws:RequestedRegion", "eu-wets-1"), ()),
        (document(DENY_S3, NOT_ACTION | {"NotAction": "S3:*"}), ()),
        (document(json.loads(when("ArnNotLike", "aws:PrincipalArn", "x"))["Statement"][0], DENY), ()),
        # A Region deny spares the Region and the role.
        (
            document(
                NOT_ACTION
                | {
                    "NotAction": "iam:*",
                    "Condition": {
                        "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"},
                        "ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS},
                    },
                }
            ),
            ("aws:RequestedRegion = eu-west-1", BREAK_GLASS, "iam:*"),
        ),
    ],
)
def test_who_and_what_is_spared_is_told_in_the_document_s_own_words(
    content: str, spared: tuple[str, ...]
) -> None:
    assert classify(content).spared == spared


def test_a_long_list_of_exceptions_is_cut_and_counted() -> None:
    roles = [f"arn:aws:iam::111122223333:role/{number:0300}" for number in range(20)]
    spared = classify(when("ArnNotLike", "aws:PrincipalArn", roles)).spared
    assert [len(words) for words in spared[:8]] == [200] * 8
    assert spared[8:] == ("12 more",)


def test_the_statements_that_say_so_are_named_by_sid_or_place() -> None:
    content = document(LEAVE, DENY | {"Sid": "Quarantine"}, DENY_S3, DENY)
    assert classify(content) == Classification(Denial.TOTAL, ("Quarantine", "statement 4"))
    assert classify(document(ALLOW, LEAVE)).statements == ("statement 2",)
    assert classify(document(ALLOW)).statements == ()


def test_statements_that_deny_everything_only_together_are_all_named() -> None:
    most = NOT_ACTION | {"NotAction": ["s3:*", "ec2:*"], "Sid": "AllButTwo"}
    assert classify(document(LEAVE, most)).denial is Denial.BROAD
    assert classify(document(LEAVE, DENY_S3, most)) == Classification(
        Denial.TOTAL, ("statement 2", "AllButTwo"), ("ec2:*",)
    )


@pytest.mark.parametrize(
    ("operator", "key", "value", "denial"),
    [
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{OWN}/*", Denial.TOTAL),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-nonenone11/*", Denial.NONE),
        ("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", "o-nonenone11/*", Denial.TOTAL),
        ("ForAllValues:StringNotLike", "aws:PrincipalOrgPaths", ["o-nonenone11/*", "o-oth*"], Denial.TOTAL),
        ("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", f"{OWN}/*", Denial.NONE),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-nonenone11/r-exam/", Denial.NONE),
        ("ForAnyValue:StringNotLike", "aws:ResourceOrgPaths", "o-nonenone11/*", Denial.TOTAL),
        # It may be this organization's root, and the OU that someone is in.
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{OWN}/r-exam/*", Denial.BROAD),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{OWN}/*/ou-exam-12345678/*", Denial.BROAD),
    ],
)
def test_the_organization_s_own_id_begins_every_path_in_it(
    operator: str, key: str, value: object, denial: Denial
) -> None:
    assert classify(when(operator, key, value), organization_id=OWN).denial is denial


def test_the_organization_s_own_id_decides_a_condition_on_it() -> None:
    foreign = when("StringNotEquals", "aws:PrincipalOrgID", "o-anotherorgid")
    own = when("StringNotEquals", "aws:PrincipalOrgID", OWN)
    assert classify(foreign, organization_id=OWN).denial is Denial.TOTAL
    assert classify(own, organization_id=OWN).denial is Denial.NONE
    assert classify(own).denial is Denial.BROAD


def test_an_exception_can_name_the_ordinary_role_in_no_way_but_a_wildcard() -> None:
    spelled = when("ArnNotEquals", "aws:PrincipalArn", f"arn:aws:iam::{chr(0xE000) * 12}:role/{chr(0xE000)}")
    assert classify(spelled).denial is Denial.TOTAL
    assert classify(when("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/?")).denial is Denial.BROAD


@pytest.mark.parametrize(
    ("content", "beside_full_access", "alone"),
    [
        (document(ALLOW), Denial.NONE, Denial.NONE),
        (document({"Effect": "Allow", "Action": ["ec2:*", "s3:*"], "Resource": "*"}), "none", "broad"),
        (document({"Effect": "Allow", "Action": "support:*", "Resource": "*"}), "none", "total"),
        (document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), "none", "broad"),
        (document(ALLOW, DENY_S3), "broad", "broad"),
        (document(DENY_S3), "broad", "total"),
        (json.dumps({"Statement": []}), "none", "total"),
        ("no document", "none", "none"),
    ],
)
def test_what_is_not_allowed_is_denied_only_without_full_access_beside(
    content: str, beside_full_access: str, alone: str
) -> None:
    assert classify(content).denial == beside_full_access
    assert classify_together([content]).denial == alone


def test_an_allow_list_that_is_alone_tells_what_it_allows() -> None:
    content = document({"Effect": "Allow", "Action": "support:*", "Resource": "*"})
    assert classify_together([content]) == Classification(Denial.TOTAL, (NOT_ALLOWED,), ("support:*",))


ALLOW_EC2 = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("contents", "denial"),
    [
        ([], Denial.TOTAL),
        ([document(LEAVE)], Denial.TOTAL),
        (
            [document(LEAVE), document({"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"})],
            "total",
        ),
        ([document(LEAVE), document(ALLOW)], Denial.NARROW),
        ([document(ALLOW)], Denial.NONE),
        ([document(ALLOW), document(DENY)], Denial.TOTAL),
        ([document(ALLOW_EC2), document(ALLOW | {"Action": ["s3:*", "iam:*"]})], Denial.BROAD),
        (
            [document(ALLOW_EC2), document({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"})],
            Denial.BROAD,
        ),
        # The one closes what the other opens.
        ([document(ALLOW_EC2, ALLOW | {"Action": "s3:*"}), document(DENY_S3)], Denial.TOTAL),
        # What cannot be read may allow anything.
        ([document(LEAVE), None], Denial.NARROW),
        ([document(LEAVE), "no document"], Denial.NARROW),
        ([document(DENY), None], Denial.TOTAL),
        ([None], Denial.NONE),
    ],
)
def test_policies_without_full_access_beside_them_deny_what_none_of_them_allows(
    contents: list[str | None], denial: str
) -> None:
    assert classify_together(contents).denial == denial
    assert classify_together(reversed(contents)).denial == denial


def test_policies_that_stand_together_tell_whom_all_of_them_spare() -> None:
    support = document({"Effect": "Allow", "Action": ["support:*", "s3:*"], "Resource": "*"})
    assert classify_together([support, document(DENY_S3)]) == Classification(
        Denial.TOTAL, (NOT_ALLOWED,), ("support:*",)
    )


def test_a_document_that_is_asked_about_again_is_not_judged_again() -> None:
    content = document(DENY | {"Sid": "Again"})
    assert classify(content) is classify(content)
    assert classify(content, RESOURCE_CONTROL_POLICY) is not classify(content)


def test_a_document_longer_than_an_scp_may_be_today_is_judged_but_not_shown() -> None:
    content = document(DENY) + " " * 10_240
    assert classify(content).denial is Denial.TOTAL
    assert evidence(content, SERVICE_CONTROL_POLICY) == ()


def test_a_document_longer_than_any_policy_will_be_is_not_read() -> None:
    assert classify(document(DENY) + " " * 65_536).denial is Denial.NONE


@pytest.mark.parametrize("policy_type", ["TAG_POLICY", "BACKUP_POLICY", "", "service_control_policy"])
def test_other_types_of_policy_deny_nothing(policy_type: str) -> None:
    assert classify(document(DENY), policy_type).denial is Denial.NONE


def test_a_hostile_pattern_is_matched_within_its_length() -> None:
    # A backtracking matcher would not come back from this one.
    assert classify(document(DENY | {"Action": "*e" * 4_000 + "!"})).denial is Denial.NARROW


@given(st.text(alphabet="*?:3abcdegkmnost", max_size=14))
def test_wildcards_match_as_a_regular_expression_would(pattern: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    spared = [action for action in ACTIONS[SERVICE_CONTROL_POLICY] if re.fullmatch(expression, action)]
    left_open = NOT_ACTION | {"NotAction": ["rds:DescribeDBInstances", pattern]}
    assert (classify(document(left_open)).denial is Denial.TOTAL) == (
        spared in ([], ["rds:describedbinstances"])
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
)
operators = st.sampled_from(
    [
        "StringLike",
        "NumericLessThan",
        "DateEquals",
        "NotIpAddress",
        "ArnLike",
        "Null",
        "Bool",
        "ForAllValues:",
    ]
)
keys = st.sampled_from(["aws:CurrentTime", "aws:SourceIp", "aws:PrincipalArn", "aws:TagKeys", "${", "k"])


@given(json_values, operators, keys, st.sampled_from([SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]))
def test_classifying_never_raises(value: Any, operator: str, key: str, policy_type: str) -> None:
    for content in (
        json.dumps({"Statement": value}),
        document(DENY | {"Condition": value, "Principal": value, "Sid": value}),
        document(DENY | {"Action": value, "Resource": value}),
        when(operator, key, value),
        when(operator, key, [f"${{{value}", str(value), "*"]),
    ):
        assert classify(content, policy_type).denial in Denial
        assert classify_together([content, content], policy_type, OWN).denial in Denial
