"""Which selectors of a trail record the writes of Organizations, and the reads: all that CloudTrail knows."""

from __future__ import annotations

from typing import Any

import pytest

from cli.doctor.checks.trails import records

ORGANIZATIONS = "organizations.amazonaws.com"
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def basic(**selector: Any) -> dict[str, Any]:
    return {"EventSelectors": [selector]}


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"Name": "x", "FieldSelectors": list(fields)}]}


@pytest.mark.parametrize(
    "selectors",
    [
        basic(ReadWriteType="All", IncludeManagementEvents=True),
        basic(ReadWriteType="WriteOnly", IncludeManagementEvents=True),
        # What CloudTrail takes for granted if it is left out.
        basic(),
        basic(ReadWriteType="All", ExcludeManagementEventSources=["kms.amazonaws.com"]),
        {"EventSelectors": [{"IncludeManagementEvents": False}, {"ReadWriteType": "WriteOnly"}]},
        advanced(MANAGEMENT),
        advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}),
        advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}),
        advanced(MANAGEMENT, {"Field": "eventSource", "Equals": [ORGANIZATIONS]}),
    ],
)
def test_these_record_all_writes(selectors: dict[str, Any]) -> None:
    assert records(selectors)


@pytest.mark.parametrize(
    "selectors",
    [
        {},
        basic(ReadWriteType="ReadOnly", IncludeManagementEvents=True),
        basic(ReadWriteType="All", IncludeManagementEvents=False),
        basic(ReadWriteType="All", ExcludeManagementEventSources=[ORGANIZATIONS]),
        advanced({"Field": "eventCategory", "Equals": ["Data"]}),
        advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}),
        advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", ORGANIZATIONS]}),
        advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}),
        advanced(MANAGEMENT, {"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:sts"]}),
    ],
)
def test_these_leave_some_out(selectors: dict[str, Any]) -> None:
    assert not records(selectors)


@pytest.mark.parametrize(
    ("selectors", "are_recorded"),
    [
        (basic(), True),
        (basic(ReadWriteType="ReadOnly"), True),
        (basic(ReadWriteType="WriteOnly"), False),
        (advanced(MANAGEMENT), True),
        (advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}), True),
        (advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}), False),
    ],
)
def test_reads_are_recorded_if_the_selectors_take_reads(
    selectors: dict[str, Any], are_recorded: bool
) -> None:
    assert records(selectors, reads=True) is are_recorded
