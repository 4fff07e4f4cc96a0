"""The evaluator agrees with the reference on random documents, whatever kinds of conditions they have.

`many` compares as many as there is time for.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from rootguard.domain.policy import SERVICE_CONTROL_POLICY as SCP
from rootguard.lockout.judgement import Denial, judge
from rootguard.lockout.matching import Texts
from tests.lockout import many
from tests.lockout.conditions import glob
from tests.lockout.documents import DENY, NOW
from tests.lockout.drawing import Case, drawn
from tests.lockout.kinds import KINDS
from tests.lockout.reduction import disagree, smallest

EXAMPLES = 75
# A seed draws more various documents than hypothesis does by itself; `smallest` takes its shrinking's place.
randoms = st.integers(0, 2**32).map(Random)
pairs = st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=2, unique=True)


def compare(case: Case) -> None:
    assert not disagree(case), smallest(case)


@pytest.mark.parametrize("name", KINDS)
def test_a_document_with_one_kind_of_condition_is_judged_as_by_the_reference(name: str) -> None:
    @settings(max_examples=EXAMPLES)
    @given(randoms)
    def judged_alike(random: Random) -> None:
        compare(drawn(random, [name]))

    judged_alike()


@settings(max_examples=EXAMPLES)
@given(randoms, pairs)
def test_a_document_with_two_kinds_of_conditions_is_judged_as_by_the_reference(
    random: Random, names: list[str]
) -> None:
    compare(drawn(random, names))


def when(action: str, operator: str, key: str, value: object) -> dict[str, Any]:
    return DENY | {"Action": action, "Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("policy_type", "statements", "right"),
    [
        # AWS's services still take roles. "No role by a role" is no lockout.
        (RCP, [when("sts:AssumeRole", "StringEquals", "aws:PrincipalType", "AssumedRole")], "narrow"),
        (RCP, [when("sts:AssumeRole", "ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*")], "narrow"),
        (RCP, [when("sts:AssumeRole", "Null", "aws:TokenIssueTime", "false")], "narrow"),
        # An operator that ignores case means the Region, whatever the call.
        (
            SCP,
            [when("gamelift:Create*", "StringEqualsIgnoreCase", "aws:RequestedRegion", "EU-west-1")],
            "narrow",
        ),
        # A key of one value never holds several. Here nobody can be in both halves.
        (
            SCP,
            [
                when("*", "ForAllValues:StringNotEquals", "aws:SourceVpc", "vpc-1"),
                when("*", "ForAllValues:StringEquals", "aws:SourceVpc", "vpc-1"),
            ],
            "total",
        ),
        (
            SCP,
            [
                DENY
                | {
                    "Condition": {
                        "ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"},
                        "ForAnyValue:StringNotEquals": {"aws:SourceVpc": "vpc-1"},
                    }
                }
            ],
            "none",
        ),
        # Every address is in 0.0.0.0/0, also one that is private and that no document names.
        (
            SCP,
            [
                when("*", "IpAddress", "aws:VpcSourceIp", "0.0.0.0/0"),
                when("*", "Null", "aws:VpcSourceIp", "true"),
            ],
            "total",
        ),
    ],
)
def test_what_the_reference_knew_better(policy_type: str, statements: list[Any], right: str) -> None:
    content = json.dumps({"Statement": statements})
    assert judge((content,), policy_type, at=NOW, alone=False).denial == right


@pytest.mark.xfail(reason="it looks at one value or at all that are named, never at some", strict=True)
def test_who_is_in_two_groups_and_in_no_other_can_work() -> None:
    statements = [
        when("*", "ForAllValues:StringNotEquals", "saml:groups", "a"),
        when("*", "ForAllValues:StringNotEquals", "saml:groups", "b"),
        when("*", "ForAnyValue:StringNotEquals", "saml:groups", ["a", "b"]),
    ]
    content = json.dumps({"Statement": statements})
    assert judge((content,), SCP, at=NOW, alone=False).denial == "broad"


def test_as_many_as_there_is_time_for_are_compared_kind_by_kind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["many", "--count", "3", "--start", "5", "--only", "Regions", "time"])
    many.main()
    regions, time = capsys.readouterr().out.splitlines()
    assert regions.startswith("Regions: 3 from 5: {")
    assert time.startswith("time: 3 from 5: {")


@given(randoms, st.sampled_from(sorted(KINDS)))
def test_another_deny_never_lowers_the_denial(random: Random, name: str) -> None:
    some, (another, *_) = drawn(random, [name]), drawn(random, [name]).statements

    def place(*statements: dict[str, Any]) -> int:
        contents = tuple(json.dumps({"Statement": [each]}) for each in statements)
        return list(Denial).index(judge(contents, some.policy_type, some.own, at=NOW, alone=False).denial)

    assert place(*some.statements, another | {"Effect": "Deny"}) <= place(*some.statements)


@given(
    st.lists(st.text("ab:/*?", max_size=8), max_size=6), st.lists(st.text("ab:/*?", max_size=8), max_size=3)
)
def test_many_texts_at_once_match_as_each_alone_would(texts: list[str], patterns: list[str]) -> None:
    # "*" and "?" in a text are characters like others.
    texts = [text.replace("*", "x").replace("?", "y") for text in texts]
    matching = Texts(texts).matching(patterns)
    expected_ = [any(glob(pattern, text) for pattern in patterns) for text in texts]
    assert [bool(matching >> place & 1) for place in range(len(texts))] == expected_
    assert matching >> len(texts) == 0
