"""What is denied since nothing allows it: allow lists, alone and together."""

from __future__ import annotations

import json

import pytest

from rootguard.lockout.classification import Classification, classify, classify_together
from rootguard.lockout.judgement import NOT_ALLOWED, Denial
from tests.lockout.documents import ALLOW, DENY, DENY_S3, LEAVE, document


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


def test_policies_that_are_attached_together_tell_whom_all_of_them_spare() -> None:
    support = document({"Effect": "Allow", "Action": ["support:*", "s3:*"], "Resource": "*"})
    assert classify_together([support, document(DENY_S3)]) == Classification(
        Denial.TOTAL, (NOT_ALLOWED,), ("support:*",)
    )
