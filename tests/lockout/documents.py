"""Documents that the tests of lockouts are written with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.lockout import classification
from rootguard.lockout.classification import Classification
from rootguard.lockout.judgement import Denial, judge

NOW = datetime(2026, 11, 27, tzinfo=UTC)
OWN = "o-exampleorgid"
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
NOT_ACTION: dict[str, Any] = {"Effect": "Deny", "Resource": "*"}
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_S3 = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
LEAVE = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
BREAK_GLASS = "arn:aws:iam::*:role/BreakGlass"


def classify(
    content: str | None, policy_type: str = SERVICE_CONTROL_POLICY, organization_id: str | None = None
) -> Classification:
    """What people are told of one policy with full access beside it."""
    return classification.classify(content, policy_type, organization_id, at=NOW)


def denial_together(
    contents: Iterable[str | None],
    policy_type: str = SERVICE_CONTROL_POLICY,
    organization_id: str | None = None,
) -> Denial:
    """How much all policies of one target deny, without full access beside them."""
    return judge(tuple(contents), policy_type, organization_id, at=NOW, alone=True).denial


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def when(operator: str, key: str, value: object, **deny: object) -> str:
    return document(DENY | deny | {"Condition": {operator: {key: value}}})


def days(**named: object) -> str:
    condition = {operator: {"aws:CurrentTime": value} for operator, value in named.items()}
    return document(DENY | {"Condition": condition})
