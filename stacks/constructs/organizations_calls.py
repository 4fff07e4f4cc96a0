"""Organizations calls as an event pattern: what the guard's rules wait for, and what a forwarder sends on.

One source for both, so that no forwarder ever leaves out what the guard would judge.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import aws_events as events

from rootguard.cloudtrail.read import DETAIL_TYPES
from rootguard.domain.drift import DENIALS, ChangeKind

SUCCEEDED: Final[Sequence[object]] = ({"exists": False},)
"""What a change has as its errorCode."""
DENIED: Final[Sequence[object]] = DENIALS
"""What an attempt that was denied has there. Other failures change nothing, and wake nobody."""

# Every call and event that the guard knows how to judge; it ignores what is none of its business.
_CHANGES = sorted(kind.value for kind in ChangeKind)


EACH_SWEEPS_READ: Final = "ListRoots"
"""The read with which every sweep begins, whatever guardrail.yaml protects."""


def read_by(role_arn: str) -> events.EventPattern:
    """The pattern of that read, made by a role, whether it succeeded or not: its event proves the way."""
    return events.EventPattern(
        source=["aws.organizations"],
        detail_type=list(DETAIL_TYPES[:1]),
        detail={
            "eventSource": ["organizations.amazonaws.com"],
            "eventName": [EACH_SWEEPS_READ],
            "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": [role_arn]}}},
        },
    )


def pattern(
    error_codes: Sequence[object],
    *,
    account: str | None = None,
    record: Mapping[str, Any] | None = None,
) -> events.EventPattern:
    """The pattern of those calls.

    Args:
        error_codes: which outcomes count: `SUCCEEDED`, `DENIED`, or both.
        account: the account in whose EventBridge AWS reported the call; any, if it is not given.
        record: what else must be in the record.
    """
    return events.EventPattern(
        source=["aws.organizations"],
        account=[account] if account else None,
        detail_type=list(DETAIL_TYPES),
        detail={
            "eventSource": ["organizations.amazonaws.com"],
            "eventName": _CHANGES,
            "errorCode": list(error_codes),
            **(record or {}),
        },
    )
