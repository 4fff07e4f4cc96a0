"""Rehearsal functions and guards that each do one thing wrong, to see that the invariants notice."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Final

import boto3

from simulation.environments import TABLE
from simulation.identities import ROOT_ID
from tests.simulation import stubs

Event = Mapping[str, Any]

_OU: Final = os.environ.get("ROOTGUARD_REHEARSAL_OU", "")
_POLICY: Final = os.environ.get("ROOTGUARD_REHEARSAL_POLICY", "")


def right(event: Event, context: object) -> dict[str, str]:
    """Attach, and wait until the guard has detached it, well enough."""
    _attached(_OU)
    return _over("SUCCEEDED")


def leaving(event: Event, context: object) -> dict[str, str]:
    """Attach, and say at once that it is over."""
    _attached(_OU)
    return {"outcome": "SUCCEEDED", "why": ""}


def attaching_to_root(event: Event, context: object) -> dict[str, str]:
    """Attach to Root, too."""
    _attached(ROOT_ID)
    return right(event, context)


def accepting(event: Event, context: object) -> dict[str, str]:
    """Write the SCP into the baseline."""
    item = {"pk": {"S": f"BASELINE#{_OU}"}, "sk": {"S": _POLICY}, "present": {"BOOL": True}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)
    return _over("INTERRUPTED")


def failing_falsely(event: Event, context: object) -> dict[str, str]:
    """Say that the guard failed, although it has detached the SCP in time."""
    return {**right(event, context), "outcome": "FAILED"}


def paging_all(event: Event, context: object) -> None:
    """Be a guard that pages a rehearsal like any violation."""
    if _is_rehearsed(event):
        stubs.undo(event["detail"])
    else:
        stubs.reverting(event, context)


def marking_all(event: Event, context: object) -> None:
    """Be a guard that takes whoever attaches the SCP to the OU for a rehearsal."""
    if _is_rehearsed(event) or _attaches_it(event):
        stubs.undo(event["detail"], in_silence=True)
    else:
        stubs.reverting(event, context)


def _is_rehearsed(event: Event) -> bool:
    return _attaches_it(event) and "Rehearsal" in event["detail"]["userIdentity"]["arn"]


def _attaches_it(event: Event) -> bool:
    detail = event.get("detail", {})
    return detail.get("eventName") == "AttachPolicy" and detail["requestParameters"]["policyId"] == _POLICY


def _attached(target: str) -> None:
    _organizations().attach_policy(PolicyId=_POLICY, TargetId=target)


def _over(outcome: str) -> dict[str, str]:
    time.sleep(20)
    return {"outcome": outcome, "why": ""}


def _organizations() -> Any:
    return boto3.client("organizations")
