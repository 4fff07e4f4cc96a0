"""What counts as a lockout, and what merely looks like one."""

from __future__ import annotations

import json

import pytest

from rootguard.lockout.judgement import Denial
from tests.lockout.documents import (
    ALLOW,
    DENY,
    DENY_S3,
    LEAVE,
    NOT_ACTION,
    OWN,
    classify,
    days,
    document,
    when,
)


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
        days(DateGreaterThan="2030-01-01", DateLessThan=["2029-01-01", "2031-01-01"]),
        days(DateGreaterThan="2030-01-01", DateNotEquals="2030-01-01"),
        days(DateGreaterThan="1999-01-01", DateLessThan="2999-01-01"),
        when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
        when("StringNotLike", "aws:username", "${aws:username, 'nobody'}"),
        when("ForAllValues:StringEquals", "aws:TagKeys", "owner"),
        when("Null", "aws:RequestTag/owner", "true"),
        # Keys of one service, which no other's requests carry: at most that service is exempt.
        when("StringNotEquals", "ec2:InstanceType", ["t3.micro", "t3.small"]),
        when("StringNotEquals", "EC2:ResourceTag/team", "red"),
        when("Null", "ec2:InstanceType", "true"),
        when("NumericNotEquals", "s3:max-keys", 10),
        when("StringEqualsIfExists", "gamelift:None", "x"),
        # Keys of two services leave one call of each.
        document(
            DENY
            | {
                "Condition": {
                    "StringNotEquals": {"ec2:InstanceType": "t3.micro"},
                    "Null": {"s3:prefix": "true"},
                }
            }
        ),
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
        # A class of principals, some Regions, contexts that nobody knows.
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
        (when("StringEquals", "ec2:InstanceType", "t3.micro"), Denial.NARROW),
        (when("NumericLessThan", "s3:TlsVersion", "1.2"), Denial.NARROW),
        # Somebody named, and what no typical request is.
        (when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/Contractor*"), Denial.NARROW),
        (when("StringEquals", "aws:PrincipalTag/quarantine", "yes"), Denial.NARROW),
        (when("StringLike", "aws:RequestTag/owner", "*"), Denial.NARROW),
        (when("Bool", "aws:SecureTransport", "false"), Denial.NARROW),
        # Whoever comes through a VPC endpoint.
        (when("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"), Denial.NARROW),
        (when("Null", "aws:SourceIp", "true"), Denial.NARROW),
        (when("ForAnyValue:StringNotEquals", "aws:TagKeys", "owner"), Denial.NARROW),
        # One instant alone is no lockout.
        (days(DateGreaterThanEquals="2030-01-01", DateLessThanEquals="2030-01-01"), Denial.NARROW),
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
    ("operator", "key", "value", "denial"),
    [
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{OWN}/*", Denial.TOTAL),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-nonenone11/*", Denial.NONE),
        ("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", "o-nonenone11/*", Denial.TOTAL),
        ("ForAllValues:StringNotLike", "aws:PrincipalOrgPaths", ["o-nonenone11/*", "o-oth*"], Denial.TOTAL),
        ("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", f"{OWN}/*", Denial.NONE),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-nonenone11/r-exam/", Denial.NONE),
        ("ForAnyValue:StringNotLike", "aws:ResourceOrgPaths", "o-nonenone11/*", Denial.TOTAL),
        # There is one root; and it may be the OU that someone is in.
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{OWN}/r-exam/*", Denial.TOTAL),
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


@pytest.mark.parametrize("policy_type", ["TAG_POLICY", "BACKUP_POLICY", "", "service_control_policy"])
def test_other_types_of_policy_deny_nothing(policy_type: str) -> None:
    assert classify(document(DENY), policy_type).denial is Denial.NONE
