"""Kinds of conditions: what random documents say of a key, and each request that can differ by it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.lockout.conditions import ARNS, DATES, NUMBERS, STRINGS, Context
from tests.lockout.documents import OWN
from tests.lockout.kind import Key, Kind, creates, each_of, has_resource, is_of, one_of
from tests.lockout.principals import ACCOUNT

ON_ARNS = [*ARNS, "StringLike"]
OTHER = "o-otherotherot"
ADMIN = "arn:aws:iam::*:role/Admin"
REGIONS = [
    "eu-west-1", "us-east-1", "eu-west-2", "us-west-2", "ap-south-1", "ap-southeast-2", "eu-central-1",
    "zz-zzzz-1",
]  # fmt: skip
DAYS = ["2026-01-01", "2026-12-01T00:00:00Z", "2027-01-01", "2027-01-01T01:00:00+01:00", "1830000000"]
EPOCHS = ["1764000000", "1796083200", "1830000000"]
# 2026-11-27, then between 2026-12-01, 2027-01-01, the year 2027's end, and after.
STRETCHES = ["1795800000", "1797000000", "1800000000", "1900000000"]
INSTANTS = ["1796083200", "1798761600", "1830000000"]
PAST = ["1600000000", "1764000000", "1765000000", "1767225600", "1770000000"]
TIMES = ["aws:currenttime", "aws:epochtime"]
MOMENTS: list[Context] = [dict.fromkeys([*TIMES, "aws:tokenissuetime"], (moment,)) for moment in STRETCHES]
ONE_TIME = (frozenset(TIMES), [dict.fromkeys(TIMES, (each,)) for each in [*STRETCHES, *INSTANTS]])
PLACES = ["203.0.113.5", "203.0.113.200", "198.51.100.7", "198.51.100.8", "8.8.8.8", "200.1.1.1", "11.0.0.1"]
PLACES_OF_6 = ["2001:db8::1", "2001:db9::1", "2600::1"]
INNER = ["10.1.2.3", "10.9.9.9", "172.16.0.1", "100.64.0.1", "192.168.0.1"]
SETS = [None, ("a",), ("b",), ("z",), ("a", "b"), ("a", "z"), ("b", "z"), ("a", "b", "z")]
OUS = [
    *("r-exam/ou-zzzz-zzzzzzzz/", "r-exam/ou-exam-11111111/", "r-exam/ou-exam-11111111/z/"),
    "r-z/ou-exam-11111111/z/",
]
PATHS = [
    *(f"{OWN}/*", f"{OTHER}/*", "*", f"{OWN}/r-exam/*", f"{OWN}/*/ou-exam-11111111/*"),
    f"{OWN}/r-exam/ou-exam-11111111/",
]
OWN_PATHS = [(f"{OWN}/{path}",) for path in ["r-zz/ou-zz/", *OUS]]
ALL_OWN = tuple(path for (path,) in OWN_PATHS)
FOREIGN = [(f"{OTHER}/r-zz/",), ("z/",), ALL_OWN, (*ALL_OWN, f"{OTHER}/r-zz/", "z/"), None]
ARN_OF = [
    *(f"arn:aws:iam::{ACCOUNT}:{each}" for each in ("role/Admin", "role/Z", "role/A", "root", "user/Z")),
    *(f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Z", "arn:aws:sts::1:z/Z"),
    f"arn:aws-cn:iam::{ACCOUNT}:root",
]


def regions(_: str) -> Sequence[Context]:
    return one_of("aws:RequestedRegion", *REGIONS)


def tags(_: str) -> Sequence[Context]:
    """Return what principals are tagged with, if they are: nothing that a document names."""
    return one_of("aws:PrincipalTag/team", None, "zz")


def mfa(_: str) -> Sequence[Context]:
    """Return how long ago somebody showed a second factor, if they did: else there is no age."""
    ages = one_of("aws:MultiFactorAuthAge", "10", "300", "900", "3600", "9000")
    return [
        {},
        {"aws:multifactorauthpresent": ("false",)},
        *each_of(one_of("aws:MultiFactorAuthPresent", "true"), ages),
    ]


def networks(text: str) -> Sequence[Context]:
    """Return where requests come from.

    aws:SourceIp is a public address, and absent through an endpoint ("aws:SourceIp", IAM User Guide).
    """
    places = [*PLACES, *(PLACES_OF_6 if '"2001:' in text or '"::/0' in text else [])]
    through: list[Context] = []
    asked = text.lower()
    if any(key in asked for key in ("sourcevpc", "vpcsourceip")):
        # AWS spells the ids of VPCs in small letters, whatever a document does.
        spelled = ["VPC-1"] if '"VPC-1"' in text else []
        vpcs = ["vpc-1", "vpc-2", "vpc-zz", *spelled] if '"aws:sourcevpc"' in asked else []
        endpoints = ["vpce-1", "vpce-zz"] if '"aws:sourcevpce"' in asked else []
        through = each_of(
            one_of("aws:SourceVpc", "zz", *vpcs),
            one_of("aws:SourceVpce", "zz", *endpoints),
            one_of("aws:VpcSourceIp", *(INNER if "vpcsourceip" in asked else INNER[:1])),
        )
    return [*one_of("aws:SourceIp", *places), *through]


KINDS: dict[str, Kind] = {
    "Regions": Kind(
        {
            "aws:RequestedRegion": Key(
                STRINGS,
                ["eu-west-1", "us-east-1", "EU-west-1", "eu-*", "*-1", "Ireland", "*"],
                [*REGIONS, None],
            ),
        },
        [regions],
        resources=["arn:aws:*:eu-west-1:*:*", "arn:aws:*:eu-*:*", "arn:*:?s-*"],
    ),
    "networks": Kind(
        {
            "aws:SourceIp": Key(
                ["IpAddress"],
                [
                    *("203.0.113.0/25", "203.0.113.0/24", "198.51.100.7", "10.0.0.0/8", "0.0.0.0/1"),
                    *("128.0.0.0/1", "0.0.0.0/0", "2001:db8::/32", "::/0"),
                ],
                [*PLACES, *PLACES_OF_6, None],
            ),
            "aws:SourceVpc": Key(
                STRINGS,
                ["vpc-1", "vpc-2", "VPC-1", "vpc-*", "*"],
                ["vpc-1", "VPC-1", "vpc-2", "vpc-z", "zz", None],
            ),
            "aws:SourceVpce": Key(STRINGS, ["vpce-1", "vpce-*"], ["vpce-1", "vpce-z", "zz", None]),
        },
        [networks],
    ),
    "private networks": Kind(
        {
            "aws:SourceIp": Key(
                ["IpAddress"], ["10.0.0.0/8", "192.168.0.0/16", "127.0.0.1", "0.0.0.0/0"], [*PLACES, None]
            ),
            "aws:VpcSourceIp": Key(
                ["IpAddress"], ["10.0.0.0/8", "10.1.2.0/24", "172.16.0.0/12", "128.0.0.0/1"], [*INNER, None]
            ),
        },
        [networks],
    ),
    "MFA": Kind(
        {
            "aws:MultiFactorAuthPresent": Key(["Bool"], ["true", "false", "True"], ["true", "false", None]),
            "aws:MultiFactorAuthAge": Key(
                NUMBERS, ["300", "3600"], ["10", "300", "900", "3600", "9000", None]
            ),
        },
        [mfa],
    ),
    "time": Kind(
        {
            "aws:CurrentTime": Key(DATES, DAYS, ()),
            "aws:EpochTime": Key([*DATES, *NUMBERS], EPOCHS, ()),
            "aws:TokenIssueTime": Key(DATES, DAYS, [*PAST, *STRETCHES, *INSTANTS, None]),
        },
        moments=MOMENTS,
        one_thing=ONE_TIME,
    ),
    "the organization": Kind(
        {
            "aws:PrincipalOrgID": Key(
                STRINGS, [OWN, OTHER, "o-*", "${aws:ResourceOrgID}"], [OWN], [OTHER, "o-zzzzzzzzzz", None]
            ),
            "aws:ResourceOrgID": Key(
                STRINGS, [OWN, OTHER, "${aws:PrincipalOrgID}"], [OWN, OTHER, "o-zzzzzzzzzz", "o-z", None]
            ),
            "aws:ResourceAccount": Key(
                STRINGS,
                ["111122223333", "${aws:PrincipalAccount}", "?*"],
                ["111122223333", ACCOUNT, "zz", None],
            ),
            "aws:SourceOrgID": Key(
                STRINGS, [OWN, "${aws:ResourceOrgID}"], [OWN, OTHER, "o-zzzzzzzzzz", None]
            ),
        },
    ),
    "paths of the organization": Kind(
        {
            "aws:PrincipalOrgPaths": Key(
                ["StringLike", "StringEquals"], PATHS, OWN_PATHS, FOREIGN, is_set=True
            ),
            "aws:ResourceOrgPaths": Key(
                ["StringLike", "StringEquals"], PATHS, [*OWN_PATHS, *FOREIGN], is_set=True
            ),
            "aws:SourceOrgPaths": Key(
                ["StringLike", "StringEquals"], PATHS, [*OWN_PATHS, *FOREIGN], is_set=True
            ),
        },
        paths=OUS,
    ),
    "an organization whose id is unknown": Kind(
        {
            "aws:PrincipalOrgID": Key(STRINGS, [OWN, OTHER, "o-*"], [OWN, OTHER, "o-zzzzzzzzzz"], [None]),
            "aws:ResourceOrgID": Key(
                STRINGS, [OWN, OTHER, "${aws:PrincipalOrgID}"], [OWN, OTHER, "zz", "o-zzzzzzzzzz", None]
            ),
        },
        owns=[None],
    ),
    "principals": Kind(
        {
            "aws:PrincipalArn": Key(
                ON_ARNS,
                [
                    *(ADMIN, "arn:aws:iam::*:role/*", "arn:*:iam::*:root", "arn:aws:iam:*:role/A", "*"),
                    *("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*", "arn:aws:iam::*:user/*"),
                    "arn:aws:iam::${aws:PrincipalAccount}:role/*",
                ],
                ARN_OF,
                [None],
            ),
            "aws:PrincipalAccount": Key(STRINGS, ["111122223333", "*"], ["111122223333", "2"], [None]),
            "aws:PrincipalType": Key(
                STRINGS, ["AssumedRole", "User"], ["AssumedRole", "User", "Account"], [None]
            ),
            "aws:userid": Key(
                STRINGS,
                ["AROAEXAMPLE:*", "AROA*", "*:root"],
                ["AROAEXAMPLE:z", "AROAZ:root", "AROAEXAMPLE:root", "z:root", "AROAZ", "Z"],
                [None],
            ),
            "aws:username": Key(STRINGS, ["ann", "*"], ["ann", "zz", None]),
        },
    ),
    "tags of principals": Kind(
        {
            "aws:PrincipalTag/team": Key(STRINGS, ["red", "r*", "*"], ["red", "rose", "zz", None]),
            "aws:SourceIdentity": Key(STRINGS, ["ann", "*"], ["ann", "zz", None]),
            "aws:username": Key(STRINGS, ["ann", "*"], ["ann", "zz", None]),
            "aws:PrincipalIsAWSService": Key(["Bool"], ["true", "false"], ["false"], ["true", None]),
        },
        [tags, lambda _: one_of("aws:SourceIdentity", None, "zz")],
    ),
    "services": Kind(
        {
            "aws:PrincipalIsAWSService": Key(["Bool"], ["true", "false"], ["false"], ["true", None]),
            "aws:SourceAccount": Key(
                STRINGS, ["111122223333", "${aws:ResourceAccount}"], ["111122223333", ACCOUNT, "zz", None]
            ),
            "aws:SourceArn": Key(
                ON_ARNS,
                ["arn:aws:s3:::*", "arn:aws:*:*:*:*", "*"],
                ["arn:aws:s3:::z", "arn:aws:z:z:z:z", "zz", None],
            ),
            "aws:PrincipalServiceName": Key(
                STRINGS, ["cloudtrail.amazonaws.com", "*"], ["cloudtrail.amazonaws.com", "zz", None]
            ),
            "aws:SourceOrgID": Key(
                STRINGS, [OWN, "${aws:ResourceOrgID}"], [OWN, OTHER, "o-zzzzzzzzzz", None]
            ),
        },
    ),
    "called via": Kind(
        {
            "aws:CalledVia": Key(
                STRINGS,
                ["cloudformation.amazonaws.com", "*"],
                [("cloudformation.amazonaws.com",), ("zz",), ("cloudformation.amazonaws.com", "zz"), None],
                is_set=True,
            ),
            "aws:CalledViaFirst": Key(
                STRINGS, ["athena.amazonaws.com", "*"], ["athena.amazonaws.com", "zz", None]
            ),
            "aws:CalledViaLast": Key(STRINGS, ["athena.amazonaws.com"], ["athena.amazonaws.com", "zz", None]),
            "aws:ViaAWSService": Key(["Bool"], ["true", "false"], ["true", "false", None]),
        },
    ),
    "keys of two services": Kind(
        {
            "ec2:InstanceType": Key(STRINGS, ["t3.micro", "t3.*"], ["t3.micro", "t3.z", "zz", None]),
            "rds:DatabaseClass": Key(STRINGS, ["db.t3.micro"], ["db.t3.micro", "zz", None]),
            "s3:TlsVersion": Key(NUMBERS, ["1.2"], ["1.0", "1.2", "1.3", None]),
            "ec2:ResourceTag/team": Key(STRINGS, ["red"], ["red", "zz", None]),
            "kms:ViaService": Key(
                STRINGS, ["s3.eu-west-1.amazonaws.com", "*"], ["s3.eu-west-1.amazonaws.com", "zz", None]
            ),
            "iam:ResourceTag/team": Key(STRINGS, ["red"], ["red", "zz", None]),
        },
        of_calls=[
            (creates("ec2"), one_of("ec2:InstanceType", "t3.micro", "t3.z", "zz", None)),
            (creates("rds"), one_of("rds:DatabaseClass", "db.t3.micro", "zz", None)),
            (is_of("s3"), one_of("s3:TlsVersion", "1.0", "1.2", "1.3", None)),
            (has_resource("ec2"), one_of("ec2:ResourceTag/team", "red", "zz", None)),
            (creates("kms"), one_of("kms:ViaService", "s3.eu-west-1.amazonaws.com", "zz", None)),
            (is_of("sts"), one_of("iam:ResourceTag/team", "red", "zz", None)),
        ],
    ),
    "tags of requests": Kind(
        {
            "aws:RequestTag/owner": Key(STRINGS, ["ann", "a*", "*"], ["ann", "abe", "zz", None]),
            "aws:TagKeys": Key(
                STRINGS,
                ["owner", "team"],
                [("owner",), ("team",), ("zz",), ("owner", "team", "zz"), None],
                is_set=True,
            ),
        },
        of_calls=[
            (creates(), one_of("aws:RequestTag/owner", None, "ann", "abe", "zz")),
            (creates(), one_of("aws:TagKeys", None, "owner", "team", "zz", ("owner", "team", "zz"))),
        ],
    ),
    "tags of resources, and variables": Kind(
        {
            "aws:ResourceTag/team": Key(
                STRINGS,
                ["red", "${aws:PrincipalTag/team}", "x-${aws:PrincipalTag/team}"],
                ["red", "zz", "yy", "x-zz", None],
            ),
            "aws:ResourceTag/owner": Key(STRINGS, ["${aws:username}", "ann"], ["zz", "ann", "yy", None]),
            "aws:PrincipalTag/team": Key(STRINGS, ["blue", "*"], ["blue", "zz", None]),
        },
        [tags],
        of_calls=[
            (has_resource(), one_of("aws:ResourceTag/team", None, "red", "zz", "yy", "x-zz")),
            (has_resource(), one_of("aws:ResourceTag/owner", None, "Z", "ann", "yy")),
        ],
    ),
    "other keys": Kind(
        {
            "ec2:RoleDelivery": Key(NUMBERS, ["1.0", "2"], ["0.5", "1.0", "1.5", "2", "3", None]),
            "saml:sub": Key(STRINGS, ["a", "a*", "*"], ["a", "ab", "zz", None]),
            "aws:NewerThanThis": Key(["Bool"], ["true", "false"], ["true", "false", None]),
        },
        [
            lambda _: one_of("ec2:RoleDelivery", None, "0.5", "1.0", "1.5", "2", "3"),
            lambda _: one_of("saml:sub", None, "a", "ab", "zz"),
            lambda _: one_of("aws:NewerThanThis", None, "true", "false"),
        ],
    ),
    "keys of several values": Kind(
        {"saml:groups": Key(STRINGS, ["a", "b", "*"], SETS, is_set=True)},
        [lambda _: one_of("saml:groups", *SETS)],
    ),
    "set operators on keys of one value": Kind(
        {
            "aws:RequestedRegion": Key(STRINGS, ["eu-west-1", "eu-*"], [*REGIONS, None], is_set=True),
            "aws:SourceVpc": Key(STRINGS, ["vpc-1", "vpc-2"], ["vpc-1", "vpc-2", "zz", None], is_set=True),
            "aws:PrincipalArn": Key(ON_ARNS, [ADMIN, "arn:aws:iam::*:role/*"], ARN_OF, [None], is_set=True),
            "aws:PrincipalTag/team": Key(STRINGS, ["red", "blue"], ["red", "blue", "zz", None], is_set=True),
        },
        [networks, regions, tags],
    ),
    "keys that are never there": Kind(
        {
            "aws:PrincipleArn": Key(ON_ARNS, [ADMIN, "*"], [None]),
            "aws:RequestRegion": Key(STRINGS, ["eu-west-1", "*"], [None]),
            "aws:SourceIP4": Key(["IpAddress"], ["203.0.113.0/24", "0.0.0.0/0"], [None]),
            "PrincipalArn": Key(STRINGS, ["*"], [None]),
        },
    ),
    "what is always so": Kind(
        {
            "aws:ViaAWSService": Key(["Bool"], ["true", "false"], ["true", "false", None]),
            "aws:SecureTransport": Key(["Bool", "StringEquals"], ["true", "false"], ["true", "false", None]),
            "aws:PrincipalIsAWSService": Key(["Bool"], ["true", "false"], ["false"], ["true", None]),
        },
    ),
    "what nobody knows the meaning of": Kind(
        {
            "aws:PrincipalArn": Key(
                ["StringResembles", "ArnLike"],
                [ADMIN],
                [f"arn:aws:iam::{ACCOUNT}:role/Admin", f"arn:aws:iam::{ACCOUNT}:role/Z"],
                [None],
            ),
            "aws:SourceIp": Key(["IpAddress"], ["office", "203.0.113.0/24"], [*PLACES, None]),
            "aws:CurrentTime": Key(["DateGreaterThan"], ["soon", "2027-01-01"], ()),
        },
        [networks],
        moments=MOMENTS,
        one_thing=ONE_TIME,
        principals=[
            {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
            {"Principal": {"Service": "s3.amazonaws.com"}},
            {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        ],
    ),
}
