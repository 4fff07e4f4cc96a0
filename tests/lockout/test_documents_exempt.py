"""Whom and what a document exempts, and which statements say so."""

from __future__ import annotations

import json

import pytest

from rootguard.lockout.classification import Classification
from rootguard.lockout.judgement import Denial
from tests.lockout.documents import (
    ALLOW,
    BREAK_GLASS,
    DENY,
    DENY_S3,
    LEAVE,
    NOT_ACTION,
    classify,
    document,
    when,
)

OPS = "arn:aws:iam::111122223333:role/Ops"


@pytest.mark.parametrize(
    ("content", "exempt"),
    [
        (document(DENY), ()),
        (when("ArnNotLike", "aws:PrincipalArn", BREAK_GLASS), (BREAK_GLASS,)),
        # StringNotEquals takes a star for a star, so the role is locked out with everyone else.
        (when("StringNotEquals", "aws:PrincipalArn", [BREAK_GLASS, OPS]), (OPS,)),
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
        # An exception that exempts nobody is none.
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-none"), ()),
        (when("StringNotEquals", "aws:RequestedRegion", "eu-wets-1"), ()),
        (document(DENY_S3, NOT_ACTION | {"NotAction": "S3:*"}), ()),
        (document(json.loads(when("ArnNotLike", "aws:PrincipalArn", "x"))["Statement"][0], DENY), ()),
        # A Region deny exempts the Region and the role.
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
def test_who_and_what_is_exempt_is_said_in_the_document_s_own_words(
    content: str, exempt: tuple[str, ...]
) -> None:
    assert classify(content).exempt == exempt


def test_a_long_list_of_exceptions_is_cut_and_counted() -> None:
    roles = [f"arn:aws:iam::111122223333:role/{number:0300}" for number in range(20)]
    found = classify(when("ArnNotLike", "aws:PrincipalArn", roles))
    assert [len(words) for words in found.exempt] == [200] * 8
    assert found.more == 12


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


def test_an_exception_can_name_the_ordinary_role_in_no_way_but_a_wildcard() -> None:
    spelled = when("ArnNotEquals", "aws:PrincipalArn", f"arn:aws:iam::{chr(0xE000) * 12}:role/{chr(0xE000)}")
    assert classify(spelled).denial is Denial.TOTAL
    assert classify(when("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/?")).denial is Denial.BROAD
