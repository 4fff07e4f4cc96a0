"""Kinds of conditions: what random documents say of a key, and each request that can differ by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.lockout.documents import OWN
from tests.lockout.reference import NEGATIONS, Context

STRINGS = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"]
ARNS = ["ArnLike", "ArnEquals", "StringLike"]
ORDERS = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
DATES, NUMBERS = [f"Date{order}" for order in ORDERS], [f"Numeric{order}" for order in ORDERS]
ACCOUNT = "999999999999"
ROLE = {
    "aws:PrincipalArn": (f"arn:aws:iam::{ACCOUNT}:role/Z",),
    "aws:PrincipalAccount": (ACCOUNT,),
    "aws:PrincipalType": ("AssumedRole",),
    "aws:userid": ("AROAZZZ:session",),
    "aws:PrincipalOrgID": (OWN,),
    "aws:PrincipalOrgPaths": (f"{OWN}/r-zzzz/ou-zzzz-zzzzzzzz/",),
    "aws:ResourceAccount": (ACCOUNT,),
    "aws:ResourceOrgID": (OWN,),
    "aws:ResourceOrgPaths": (f"{OWN}/r-zzzz/ou-zzzz-zzzzzzzz/",),
    "aws:PrincipalIsAWSService": ("false",),
    "aws:ViaAWSService": ("false",),
    "aws:SecureTransport": ("true",),
}
"""What holds of each request by the ordinary role."""


@dataclass(frozen=True)
class Key:
    """What a document may say of one key."""

    families: Sequence[str]
    named: Sequence[str]
    is_set: bool = False


@dataclass(frozen=True)
class Kind:
    """Keys that are asked about together.

    Attributes:
        keys: what a document may say.
        circumstances: every request that can differ by it; by what the document says.
        of_call: what calls carry, as `reference.locks_everyone_out` takes it.
        moments: every moment that can differ by it.
        resources: patterns that a document may name, beside "*".
    """

    keys: dict[str, Key]
    circumstances: Callable[[Any], Sequence[Context]] = lambda _: [{}]
    of_call: dict[str, Sequence[Context]] = field(default_factory=dict)
    moments: Sequence[Context] = ({},)
    resources: Sequence[str] = ()


def one_of(key: str, *values: str | None) -> list[Context]:
    return [{} if value is None else {key: (value,)} for value in values]


def networks(document: Any) -> Sequence[Context]:
    addresses = [
        "203.0.113.5",
        "203.0.113.200",
        "198.51.100.7",
        "198.51.100.8",
        "8.8.8.8",
        "200.1.1.1",
        "11.0.0.1",
    ]
    through: list[Context] = []
    if "SourceVpc" in str(document):
        # AWS spells the ids of VPCs in small letters, whatever a document does.
        spelled = ["VPC-1"] if "VPC-1" in str(document) else []
        through = one_of("aws:SourceVpc", "vpc-1", "vpc-2", "vpc-zz", "zz", *spelled)
    return [*one_of("aws:SourceIp", *addresses), *through]


DAYS = ["2026-01-01", "2026-12-01T00:00:00Z", "2027-01-01", "2027-01-01T01:00:00+01:00", "1830000000"]
KINDS = {
    "Regions": Kind(
        {
            "aws:RequestedRegion": Key(
                STRINGS, ["eu-west-1", "us-east-1", "EU-west-1", "eu-*", "*-1", "Ireland", "*"]
            ),
        },
        lambda _: one_of(
            "aws:RequestedRegion",
            "eu-west-1",
            "us-east-1",
            "eu-west-2",
            "us-west-2",
            "ap-south-1",
            "ap-southeast-2",
            "eu-central-1",
            "zz-zzzz-1",
        ),
        resources=["arn:aws:*:eu-west-1:*:*", "arn:aws:*:eu-*:*", "arn:*:?s-*"],
    ),
    "networks": Kind(
        {
            "aws:SourceIp": Key(
                ["IpAddress"],
                [
                    "203.0.113.0/25",
                    "203.0.113.0/24",
                    "198.51.100.7",
                    "10.0.0.0/8",
                    "0.0.0.0/1",
                    "128.0.0.0/1",
                    "0.0.0.0/0",
                ],
            ),
            "aws:SourceVpc": Key(STRINGS, ["vpc-1", "vpc-2", "VPC-1", "vpc-*", "*"]),
        },
        networks,
    ),
    "MFA": Kind(
        {
            "aws:MultiFactorAuthPresent": Key(["Bool"], ["true", "false", "True"]),
            "aws:MultiFactorAuthAge": Key(NUMBERS, ["300", "3600"]),
        },
        lambda _: [
            {},
            {"aws:MultiFactorAuthPresent": ("false",)},
            *(
                {"aws:MultiFactorAuthPresent": ("true",), "aws:MultiFactorAuthAge": (age,)}
                for age in ("10", "300", "900", "3600", "9000")
            ),
        ],
    ),
    "time": Kind(
        {
            "aws:CurrentTime": Key(DATES, DAYS),
            "aws:EpochTime": Key([*DATES, *NUMBERS], ["1764000000", "1796083200", "1830000000"]),
            "aws:TokenIssueTime": Key(DATES, DAYS),
        },
        moments=[
            dict.fromkeys(["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"], (moment,))
            # 2026-11-27, then between 2026-12-01, 2027-01-01, the year 2027's end, and after.
            for moment in ("1795800000", "1797000000", "1800000000", "1900000000")
        ],
    ),
    "the organization": Kind(
        {
            "aws:PrincipalOrgID": Key(STRINGS, [OWN, "o-otherotherot", "o-*", "${aws:ResourceOrgID}"]),
            "aws:ResourceOrgID": Key(STRINGS, [OWN, "o-otherotherot", "${aws:PrincipalOrgID}"]),
            "aws:PrincipalOrgPaths": Key(["StringLike"], [f"{OWN}/*", "o-otherotherot/*", "*"], is_set=True),
            "aws:ResourceAccount": Key(STRINGS, ["111122223333", "${aws:PrincipalAccount}", "?*"]),
            "aws:SourceOrgID": Key(STRINGS, [OWN]),
        },
    ),
    "principals": Kind(
        {
            "aws:PrincipalArn": Key(
                ARNS,
                [
                    "arn:aws:iam::*:role/Admin",
                    "arn:aws:iam::*:role/*",
                    "arn:*:iam::*:root",
                    "arn:aws:iam:*:role/A",
                    "*",
                ],
            ),
            "aws:PrincipalAccount": Key(STRINGS, ["111122223333", "*"]),
            "aws:PrincipalType": Key(STRINGS, ["AssumedRole", "User"]),
            "aws:PrincipalTag/team": Key(STRINGS, ["red", "r*", "*"]),
            "aws:userid": Key(STRINGS, ["AROAEXAMPLE:*", "AROA*", "*:root"]),
            "aws:username": Key(STRINGS, ["ann", "*"]),
        },
        lambda _: one_of("aws:PrincipalTag/team", None, "zz"),
    ),
    "what the call carries": Kind(
        {
            "aws:RequestTag/owner": Key(STRINGS, ["ann", "a*", "*"]),
            "aws:TagKeys": Key(STRINGS, ["owner", "team", "*"], is_set=True),
            "aws:ResourceTag/team": Key(STRINGS, ["red", "${aws:PrincipalTag/team}"]),
        },
        lambda _: one_of("aws:PrincipalTag/team", None, "zz"),
        of_call={
            "creates": [
                {**tag, **key}
                for tag in one_of("aws:RequestTag/owner", None, "ann", "abe", "zz")
                for key in [
                    *one_of("aws:TagKeys", None, "owner", "team", "zz"),
                    {"aws:TagKeys": ("owner", "team", "zz")},
                ]
            ],
            "resource": one_of("aws:ResourceTag/team", None, "red", "zz", "yy"),
        },
    ),
    "other keys": Kind(
        {
            "ec2:RoleDelivery": Key(NUMBERS, ["1.0", "2"]),
            "saml:sub": Key(STRINGS, ["a", "a*", "*"]),
            "aws:NewerThanThis": Key(["Bool"], ["true", "false"]),
        },
        lambda _: [
            {**delivery, **sub, **newer}
            for delivery in one_of("ec2:RoleDelivery", None, "0.5", "1.0", "1.5", "2", "3")
            for sub in one_of("saml:sub", None, "a", "ab", "zz")
            for newer in one_of("aws:NewerThanThis", None, "true", "false")
        ],
    ),
    "keys that are never there": Kind(
        {
            "aws:PrincipleArn": Key(ARNS, ["arn:aws:iam::*:role/Admin", "*"]),
            "aws:RequestRegion": Key(STRINGS, ["eu-west-1", "*"]),
            "PrincipalArn": Key(STRINGS, ["*"]),
            "aws:CalledVia": Key(STRINGS, ["cloudformation.amazonaws.com", "*"], is_set=True),
            "aws:PrincipalServiceName": Key(STRINGS, ["*"]),
        },
    ),
    "what is always so": Kind(
        {
            "aws:ViaAWSService": Key(["Bool"], ["true", "false"]),
            "aws:SecureTransport": Key(["Bool", "StringEquals"], ["true", "false"]),
            "aws:PrincipalIsAWSService": Key(["Bool"], ["true", "false"]),
        },
    ),
}
NEGATION = {positive: negated for negated, positive in NEGATIONS.items()}
