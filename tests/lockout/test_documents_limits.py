"""Documents of any length and shape: each is judged in time, and none raises."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.lockout.classification import evidence
from rootguard.lockout.judgement import Denial
from tests.lockout.documents import DENY, NOW, OWN, classify, denial_together, document, when


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
