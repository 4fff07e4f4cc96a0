"""Guards that each do one thing wrong, to see that the invariants notice. A history runs with one of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3

from simulation.environments import TABLE, TOPIC
from simulation.queues import topic_arn

Event = Mapping[str, Any]


def idle(event: Event, context: object) -> None:
    """Do nothing, and say that the sweep was completed."""
    _swept(event)


def failing(event: Event, context: object) -> None:
    """Fail."""
    raise RuntimeError("this guard fails")


def reverting(event: Event, context: object) -> None:
    """Undo every attachment and detachment by anyone but itself, and page it."""
    if not _swept(event) and not _is_own(event):
        undo(event["detail"])


def undo(detail: Mapping[str, Any], *, in_silence: bool = False) -> None:
    """Undo an attachment or a detachment, and page it."""
    if detail["eventName"] not in ("AttachPolicy", "DetachPolicy"):
        return
    opposite = "detach_policy" if detail["eventName"] == "AttachPolicy" else "attach_policy"
    parameters = detail["requestParameters"]
    try:
        getattr(_organizations(), opposite)(PolicyId=parameters["policyId"], TargetId=parameters["targetId"])
    finally:
        if not in_silence:
            _page(detail)


def noting_first(event: Event, context: object) -> None:
    """Write to the ledger, then undo."""
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "note"}, "sk": {"S": "note"}})
    reverting(event, context)


def paging_twice(event: Event, context: object) -> None:
    """Undo, and page twice."""
    reverting(event, context)
    if not _is_sweep(event) and not _is_own(event):
        _page(event["detail"])


def blaming_itself(event: Event, context: object) -> None:
    """Page its own writes as if someone had made them."""
    reverting(event, context)
    if not _is_sweep(event) and _is_own(event):
        _page(event["detail"])


def taking_all_off(event: Event, context: object) -> None:
    """Detach full access, too."""
    if not _swept(event):
        _organizations().detach_policy(PolicyId="p-FullAWSAccess", TargetId=_target(event))


def putting_on(event: Event, context: object) -> None:
    """Attach again what someone rightly took off: what nobody accepted."""
    if not _swept(event) and event["detail"]["eventName"] == "DetachPolicy" and not _is_own(event):
        parameters = event["detail"]["requestParameters"]
        _organizations().attach_policy(PolicyId=parameters["policyId"], TargetId=parameters["targetId"])


def moving_back(event: Event, context: object) -> None:
    """Undo every move, whoever made it, and call the event handled before that."""
    if _swept(event) or event["detail"]["eventName"] != "MoveAccount":
        return
    moved = event["detail"]["requestParameters"]
    if _is_own(event):
        # Isolation is a role of Rootguard's, too: its move is undone when its event is heard once more.
        _organizations().move_account(
            AccountId=moved["accountId"],
            SourceParentId=moved["destinationParentId"],
            DestinationParentId=moved["sourceParentId"],
        )


def _swept(event: Event) -> bool:
    if not _is_sweep(event):
        return False
    metric = {"Namespace": "Rootguard", "Dimensions": [[]], "Metrics": [{"Name": "SweepCompleted"}]}
    print(json.dumps({"_aws": {"CloudWatchMetrics": [metric]}, "SweepCompleted": 1}))  # noqa: T201 - a metric
    return True


def _is_sweep(event: Event) -> bool:
    return "detail" not in event


def _is_own(event: Event) -> bool:
    return bool(
        event["detail"]["userIdentity"]["type"] == "AssumedRole" and "Rootguard" in _actor(event["detail"])
    )


def _actor(detail: Mapping[str, Any]) -> str:
    return str(detail["userIdentity"]["arn"])


def _target(event: Event) -> str:
    return str((event["detail"].get("requestParameters") or {}).get("targetId", ""))


def _organizations() -> Any:
    return boto3.client("organizations")


def _page(detail: Mapping[str, Any]) -> None:
    policy, target = detail["requestParameters"]["policyId"], detail["requestParameters"]["targetId"]
    done = "attached to" if detail["eventName"] == "AttachPolicy" else "detached from"
    kind, _, name = _actor(detail).rpartition(":")[2].partition("/")
    by = f"user {name}" if kind == "user" else f"role {name.partition('/')[0]}, session x"
    title = f"{policy} {done} {target}"
    page = {"kind": "undone", "severity": "error", "title": title, "fields": [{"label": "By", "lines": [by]}]}
    message = {"default": json.dumps({"page": page}), "email": f"{title} by {by}"}
    boto3.client("sns").publish(
        TopicArn=topic_arn(TOPIC), Subject=title, MessageStructure="json", Message=json.dumps(message)
    )
