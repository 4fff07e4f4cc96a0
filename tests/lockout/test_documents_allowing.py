"""What is denied since nothing allows it: allow lists, alone and together."""

from __future__ import annotations

import json

import pytest

from rootguard.lockout.judgement import Denial
from tests.lockout.documents import ALLOW, DENY, DENY_S3, LEAVE, classify, denial_together, document


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
    assert denial_together([content]) == alone


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
    assert denial_together(contents) == denial
    assert denial_together(reversed(contents)) == denial
