"""The classification of documents that organizations really attach, most of them AWS's own examples.

Sources: "SCP examples" and "RCP examples", AWS Organizations User Guide; AWS's data perimeter examples;
the policy with which AWS quarantines a leaked key.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from rootguard.domain.policy import SERVICE_CONTROL_POLICY as SCP
from rootguard.lockout.judgement import Denial
from tests.lockout.documents import classify

OWN = "o-exampleorgid"
ADMIN = "arn:aws:iam::*:role/Admin"


def deny(action: object, sid: str = "", resource: object = "*", **rest: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Deny", "Action": action, "Resource": resource, **rest}


def deny_all_but(action: object, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "NotAction": action, "Resource": "*", **rest}


def rcp(action: object, **condition: dict[str, object]) -> dict[str, Any]:
    return deny(action, Principal="*", Condition=condition)


FULL_ACCESS = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GLOBAL_SERVICES = [
    "a4b:*", "acm:*", "aws-marketplace:*", "aws-portal:*", "budgets:*", "ce:*", "chime:*", "cloudfront:*",
    "config:*", "cur:*", "directconnect:*", "ec2:DescribeRegions", "fms:*", "globalaccelerator:*", "health:*",
    "iam:*", "importexport:*", "kms:*", "networkmanager:*", "organizations:*", "pricing:*", "route53:*",
    "s3:GetAccountPublic*", "s3:ListAllMyBuckets", "s3:PutAccountPublic*", "shield:*", "sts:*", "support:*",
    "trustedadvisor:*", "waf:*", "wafv2:*", "wellarchitected:*",
]  # fmt: skip
QUARANTINE = [
    "iam:AttachRolePolicy", "iam:CreateAccessKey", "iam:CreateUser", "iam:PassRole", "iam:PutUserPolicy",
    "ec2:RequestSpotInstances", "ec2:RunInstances", "ec2:StartInstances", "organizations:CreateAccount",
    "lambda:CreateFunction", "lightsail:Create*", "lightsail:Start*", "s3:DeleteObject", "s3:PutBucketPolicy",
]  # fmt: skip
FIRST_SERVICES = ["s3:*", "sts:*", "kms:*", "sqs:*", "secretsmanager:*"]

PUBLISHED = {
    "full access": (SCP, [FULL_ACCESS], Denial.NONE),
    "the incident": (SCP, [FULL_ACCESS, deny("*")], Denial.TOTAL),
    "deny by Region, with global services and an admin role left out": (
        SCP,
        [
            deny_all_but(
                GLOBAL_SERVICES,
                Condition={
                    "StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]},
                    "ArnNotLike": {"aws:PrincipalARN": [ADMIN, "arn:aws:iam::*:role/Role2AllowedToBypass"]},
                },
            )
        ],
        Denial.BROAD,
    ),
    "deny by Region, for all services": (
        SCP,
        [deny("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}})],
        Denial.BROAD,
    ),
    "prevent leaving the organization": (SCP, [deny("organizations:LeaveOrganization")], Denial.NARROW),
    "deny the root user": (
        SCP,
        [deny("*", Condition={"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:root"]}})],
        Denial.BROAD,
    ),
    "deny the root user of one service": (
        SCP,
        [deny("ec2:*", Condition={"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:root"]}})],
        Denial.BROAD,
    ),
    "require IMDSv2 at launch": (
        SCP,
        [
            deny(
                "ec2:RunInstances",
                resource="arn:aws:ec2:*:*:instance/*",
                Condition={"StringNotEquals": {"ec2:MetadataHttpTokens": "required"}},
            ),
            deny("ec2:ModifyInstanceMetadataOptions"),
        ],
        Denial.NARROW,
    ),
    "require IMDSv2 credentials": (
        SCP,
        [deny("*", Condition={"NumericLessThan": {"ec2:RoleDelivery": "2.0"}})],
        Denial.BROAD,
    ),
    "keep S3's public access block": (
        SCP,
        [deny(["s3:PutAccountPublicAccessBlock", "s3:PutBucketPublicAccessBlock"])],
        Denial.NARROW,
    ),
    "keep CloudTrail, Config and GuardDuty": (
        SCP,
        [deny(["cloudtrail:StopLogging", "config:DeleteConfigRule", "guardduty:DeleteDetector"])],
        Denial.NARROW,
    ),
    "require encryption in transit for S3": (
        SCP,
        [deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})],
        Denial.NARROW,
    ),
    "require MFA to stop an instance": (
        SCP,
        [deny("ec2:StopInstances", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": False}})],
        Denial.NARROW,
    ),
    "require a tag at launch": (
        SCP,
        [
            deny(
                "ec2:RunInstances",
                resource=["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"],
                Condition={"Null": {"aws:RequestTag/Project": "true"}},
            )
        ],
        Denial.NARROW,
    ),
    "protect an administrator's role": (
        SCP,
        [
            deny(
                ["iam:AttachRolePolicy", "iam:DeleteRole", "iam:PutRolePolicy", "iam:UpdateRole"],
                resource=["arn:aws:iam::*:role/Admin"],
                Condition={"StringNotLike": {"aws:PrincipalARN": ADMIN}},
            )
        ],
        Denial.NARROW,
    ),
    "AWS's quarantine of a leaked key": (SCP, [deny(QUARANTINE)], Denial.NARROW),
    "a quarantine that exempts the forensics role": (
        SCP,
        [deny("*", Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Forensics"}})],
        Denial.TOTAL,
    ),
    "a quarantine that exempts the root user": (
        SCP,
        [deny("*", Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})],
        Denial.TOTAL,
    ),
    "a quarantine of tagged principals": (
        SCP,
        [deny("*", Condition={"StringEquals": {"aws:PrincipalTag/quarantined": "true"}})],
        Denial.NARROW,
    ),
    "an allow-list of services": (
        SCP,
        [{"Effect": "Allow", "Action": ["ec2:*", "cloudwatch:*", "organizations:*"], "Resource": "*"}],
        Denial.NONE,
    ),
    "an allow-list of services, by denying the rest": (
        SCP,
        [deny_all_but(["ec2:*", "s3:*", "iam:*", "sts:*", "cloudwatch:*"])],
        Denial.BROAD,
    ),
    "a suspended account": (
        SCP,
        [
            deny(
                "*",
                Condition={"StringNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/AWSCloudFormation*"]}},
            )
        ],
        Denial.TOTAL,
    ),
    "no credentials older than": (
        SCP,
        [deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": "2026-11-20T00:00:00Z"}})],
        Denial.NARROW,
    ),
    "data perimeter, networks": (
        SCP,
        [
            deny_all_but(
                ["es:ES*", "dax:GetItem", "neptune-db:*", "kafka-cluster:*"],
                Condition={
                    "BoolIfExists": {"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false"},
                    "NotIpAddressIfExists": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"]},
                    "StringNotEqualsIfExists": {
                        "aws:SourceVpc": ["vpc-12345678"],
                        "aws:PrincipalTag/dp:exclude:network": "true",
                    },
                    "ArnNotLikeIfExists": {
                        "aws:PrincipalArn": ["arn:aws:iam::*:role/aws:ec2-infrastructure"]
                    },
                },
            )
        ],
        Denial.BROAD,
    ),
    "data perimeter, resources of the organization": (
        SCP,
        [
            deny_all_but(
                ["iam:GetPolicy", "s3:GetObject"],
                Condition={"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
            )
        ],
        Denial.NARROW,
    ),
    "data perimeter, identities": (
        RCP,
        [
            rcp(
                ["s3:*", "sqs:*", "kms:*", "secretsmanager:*", "sts:AssumeRole", "sts:SetContext"],
                StringNotEqualsIfExists={
                    "aws:PrincipalOrgID": OWN,
                    "aws:PrincipalAccount": ["111122223333"],
                    "aws:ResourceTag/dp:exclude:identity": "true",
                },
                BoolIfExists={"aws:PrincipalIsAWSService": "false"},
            )
        ],
        Denial.NARROW,
    ),
    "data perimeter, identities, with AWS's services forgotten": (
        RCP,
        [rcp("*", StringNotEqualsIfExists={"aws:PrincipalOrgID": OWN})],
        Denial.BROAD,
    ),
    "data perimeter, identities, of another organization": (
        RCP,
        [
            rcp(
                "*",
                StringNotEqualsIfExists={"aws:PrincipalOrgID": "o-anotherorgid"},
                BoolIfExists={"aws:PrincipalIsAWSService": "false"},
            )
        ],
        Denial.TOTAL,
    ),
    "confused deputy": (
        RCP,
        [
            rcp(
                ["s3:*", "sqs:*", "kms:*", "secretsmanager:*"],
                StringNotEqualsIfExists={"aws:SourceOrgID": OWN},
                Null={"aws:SourceAccount": "false"},
                Bool={"aws:PrincipalIsAWSService": "true"},
            )
        ],
        Denial.NARROW,
    ),
    "TLS only": (RCP, [rcp(["s3:*", "sqs:*"], BoolIfExists={"aws:SecureTransport": "false"})], Denial.NARROW),
    "TLS version of S3": (
        RCP,
        [rcp("s3:*", NumericLessThan={"s3:TlsVersion": ["1.2"]})],
        Denial.NARROW,
    ),
    "every service that honours RCPs": (RCP, [rcp("*")], Denial.TOTAL),
    "the services that honoured RCPs from the first": (RCP, [rcp(FIRST_SERVICES)], Denial.TOTAL),
    "the same, a statement each": (RCP, [rcp(service) for service in FIRST_SERVICES], Denial.TOTAL),
    "the same, but one role": (
        RCP,
        [rcp(FIRST_SERVICES, ArnNotLike={"aws:PrincipalArn": ADMIN})],
        Denial.TOTAL,
    ),
    "the same, in some Regions": (
        RCP,
        [rcp(FIRST_SERVICES, StringNotEquals={"aws:RequestedRegion": "eu-west-1"})],
        Denial.BROAD,
    ),
    "the same, from other networks": (
        RCP,
        [rcp(FIRST_SERVICES, NotIpAddressIfExists={"aws:SourceIp": "192.0.2.0/24"})],
        Denial.BROAD,
    ),
    "the same, for AWS's services": (
        RCP,
        [rcp(FIRST_SERVICES, Bool={"aws:PrincipalIsAWSService": "true"})],
        Denial.BROAD,
    ),
    "all but STS of them": (RCP, [rcp([*FIRST_SERVICES[:1], *FIRST_SERVICES[2:]])], Denial.BROAD),
    "data perimeter, identities, of another organization, by service": (
        RCP,
        [
            rcp(
                ["s3:*", "sqs:*", "kms:*", "secretsmanager:*", "sts:AssumeRole", "sts:SetContext"],
                StringNotEqualsIfExists={"aws:PrincipalOrgID": "o-anotherorgid"},
                BoolIfExists={"aws:PrincipalIsAWSService": "false"},
            )
        ],
        Denial.TOTAL,
    ),
    "no more sessions": (RCP, [rcp("sts:*")], Denial.TOTAL),
    "no more sessions, by the call's name": (RCP, [rcp("sts:AssumeRole")], Denial.TOTAL),
    "no more sessions, but for one role": (
        RCP,
        [rcp("sts:AssumeRole", ArnNotLike={"aws:PrincipalArn": ADMIN})],
        Denial.TOTAL,
    ),
    "no more sessions of one role": (
        RCP,
        [deny("sts:AssumeRole", resource="arn:aws:iam::*:role/Admin", Principal="*")],
        Denial.NARROW,
    ),
    "no sessions but from the organization": (
        RCP,
        [
            rcp(
                "sts:*",
                StringNotEqualsIfExists={"aws:PrincipalOrgID": OWN},
                BoolIfExists={"aws:PrincipalIsAWSService": "false"},
            )
        ],
        Denial.NARROW,
    ),
    "no sessions but for AWS's services and one role": (
        RCP,
        [
            rcp(
                "sts:AssumeRole",
                ArnNotLike={"aws:PrincipalArn": ADMIN},
                BoolIfExists={"aws:PrincipalIsAWSService": "false"},
            )
        ],
        Denial.NARROW,
    ),
    "no sessions for AWS's services": (
        RCP,
        [rcp("sts:AssumeRole", Bool={"aws:PrincipalIsAWSService": "true"})],
        Denial.NARROW,
    ),
    "no sessions by federation": (
        RCP,
        [rcp(["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"])],
        Denial.NARROW,
    ),
    "no more S3": (RCP, [rcp("s3:*")], Denial.BROAD),
    "RCP full access": (RCP, [FULL_ACCESS | {"Principal": "*"}], Denial.NONE),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_document_is_classified_as_people_use_it(name: str) -> None:
    policy_type, statements, denial = PUBLISHED[name]
    content = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert classify(content, policy_type, OWN).denial is denial
    assert classify(json.dumps(json.loads(content), indent=1), policy_type, OWN).denial is denial


def test_the_identity_perimeter_of_another_organization_spares_aws_services_and_that_organization() -> None:
    _, statements, _ = PUBLISHED["data perimeter, identities, of another organization"]
    exempt = classify(json.dumps({"Statement": statements}), RCP, OWN).exempt
    assert exempt == ("aws:PrincipalOrgID = o-anotherorgid", "aws:PrincipalIsAWSService = true")
