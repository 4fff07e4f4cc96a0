"""Documents of any length and shape: each is judged in time, and none raises."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.lockout.classification import evidence
from rootguard.lockout.judgement import Denial
from rootguard.lockout.values import MOST
from tests.lockout.documents import ALLOW, DENY, NOW, OWN, classify, denial_together, document, when


def test_a_document_that_is_asked_about_again_is_not_judged_again() -> None:
    content = document(DENY | {"Sid": "Again"})
    assert classify(content) is classify(content)
    assert classify(content, RESOURCE_CONTROL_POLICY) is not classify(content)


def test_a_document_longer_than_an_scp_may_be_today_is_judged_but_not_shown() -> None:
    content = document(DENY) + " " * 10_240
    assert classify(content).denial is Denial.TOTAL
    assert evidence(content, SERVICE_CONTROL_POLICY, at=NOW) == ()


def test_a_document_longer_than_any_policy_will_be_is_not_read() -> None:
    assert classify(document(DENY) + " " * 65_536).denial is Denial.NONE


def test_a_hostile_pattern_is_matched_within_its_length() -> None:
    # A backtracking matcher would not come back from this one.
    assert classify(document(DENY | {"Action": "*e" * 4_000 + "!"})).denial is Denial.NARROW


def unless(**condition: Any) -> dict[str, Any]:
    return DENY | {"Condition": condition}


def test_an_office_that_is_left_open_is_found_among_many() -> None:
    offices = [f"203.0.{number}.0/24" for number in range(140)]
    scattered = [f"203.{number}.113.0/24" for number in range(140)]
    for networks in (offices, scattered):
        both = [unless(NotIpAddress={"aws:SourceIp": each}) for each in (networks, networks[-1])]
        assert classify(document(*both)).denial is Denial.BROAD
    but_one = [f"{number}.0.0.0/8" for number in range(256) if number != 203]
    assert classify(when("IpAddress", "aws:SourceIp", but_one)).denial is Denial.BROAD


def test_a_date_to_come_is_found_behind_many_that_are_over() -> None:
    freezes = [f"20{year}-{month:02}-01" for year in range(13, 25) for month in range(1, 13)]
    over = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    over["Condition"] = {"DateEquals": {"aws:CurrentTime": freezes}}
    bomb = unless(DateGreaterThan={"aws:CurrentTime": "2027-01-01T00:00:00Z"})
    assert len(freezes) > MOST
    assert classify(document(over, bomb)).denial is Denial.TOTAL
    assert denial_together([document(ALLOW), document(over), document(bomb)]) is Denial.TOTAL


def test_tags_do_not_keep_the_guard_from_looking_at_time_who_and_where() -> None:
    tagged = {f"aws:PrincipalTag/t{number}": "x" for number in range(64)}
    first = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    first["Condition"] = {"StringEquals": tagged}
    for then, denial in (
        (unless(DateGreaterThan={"aws:CurrentTime": "2027-01-01T00:00:00Z"}), Denial.TOTAL),
        (unless(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/*"}), Denial.TOTAL),
        (unless(StringNotEquals={"aws:RequestedRegion": "eu-west-1"}), Denial.BROAD),
    ):
        assert classify(document(first, then)).denial is denial


def test_a_region_that_a_condition_leaves_open_is_found_among_those_of_resources() -> None:
    west_1, *others = [
        f"eu-{place}" for place in ("west-1", "west-2", "west-3", "central-1", "north-1", "south-1")
    ]
    resources = [f"arn:aws:*:{region}:*:*" for region in (west_1, *others)]
    elsewhere = {"Effect": "Deny", "Action": "*", "NotResource": resources}
    alone = unless(StringNotEquals={"aws:RequestedRegion": west_1})
    assert classify(document(elsewhere, alone)).denial is Denial.BROAD


def test_the_one_moment_of_a_lockout_is_found_beside_many_tags() -> None:
    pairs = [(one, other) for one in range(8) for other in range(one)][:26]
    tagged = [
        unless(Null={f"aws:PrincipalTag/t{one}": "false", f"aws:PrincipalTag/t{other}": "false"})
        for one, other in pairs
    ]

    def freeze(begin: str, end: str, **of: Any) -> dict[str, Any]:
        condition = {
            "DateGreaterThan": {"aws:CurrentTime": begin},
            "DateLessThan": {"aws:CurrentTime": end},
        }
        return {"Effect": "Deny", "Resource": "*", "Condition": condition, **of}

    most = {"NotAction": ["s3:*", "ec2:*"]}
    freezes = [freeze("2026-12-01", "2026-12-31", **most), freeze("2026-12-02", "2026-12-30", **most)]
    found = classify(document(*tagged, *freezes, freeze("2027-02-01", "2027-02-02", Action="*")))
    assert found.denial is Denial.TOTAL


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
        assert denial_together([content, content], policy_type, OWN) in Denial
