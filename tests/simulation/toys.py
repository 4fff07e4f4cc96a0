"""Small functions that take the guard's place, each to show one thing of the simulator.

Which one runs is said by the environment variable TOY, read at import as Rootguard's handlers read theirs.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import boto3
from botocore.config import Config

from simulation.deployment import DEPLOYMENT, Deployment, Feed, Function
from simulation.environments import GUARD_ROLE, TABLE, TOPIC
from simulation.queues import queue_url, topic_arn

_TOY = os.environ.get("TOY", "")
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
_COLD: list[str] = []


def handler(event: dict[str, Any], context: Any) -> Any:
    """Do what the toy does."""
    return _TOYS[_TOY](event, context)


def deployment(toy: str, **changed: Any) -> Deployment:
    """The real deployment, with a toy for the guard."""
    guard = Function(
        name="guard",
        handler="tests.simulation.toys.handler",
        role_arn=GUARD_ROLE,
        environment=lambda _: {"TOY": toy},
        timeout=60,
        dead_letters="Toy-DeadLetters",
    )
    queues = (*DEPLOYMENT.queues, "Toy-DeadLetters", "Toy", "Toy-FeedDeadLetters")
    # Only changes wake a toy, and not what it reads itself.
    rules = tuple(rule for rule in DEPLOYMENT.rules if not rule.reads)
    return replace(DEPLOYMENT, functions=(replace(guard, **changed),), feeds=(), queues=queues, rules=rules)


def fed(toy: str, **changed: Any) -> Deployment:
    """A toy that also takes messages from a queue of its own."""
    feed = Feed(
        queue="Toy",
        function="guard",
        dead_letters="Toy-FeedDeadLetters",
        batch=2,
        visibility=30,
        attempts=3,
        most_at_once=1,
        reports_failures=True,
    )
    return replace(deployment(toy), feeds=(replace(feed, **changed),))


def _change(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return an attachment to undo: by anyone but the toy itself. A dead letter wraps its event."""
    while "requestPayload" in event:
        event = event["requestPayload"]
    detail = event.get("detail", {})
    issuer = detail.get("userIdentity", {}).get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    named = detail.get("eventName") == "AttachPolicy" and issuer != GUARD_ROLE and "errorCode" not in detail
    return detail["requestParameters"] if named else None


def _page(about: str) -> None:
    page = {"kind": "undone", "severity": "error", "title": about}
    boto3.client("sns", config=_CONFIG).publish(
        TopicArn=topic_arn(TOPIC),
        Subject="toy",
        MessageStructure="json",
        Message=json.dumps({"default": json.dumps({"page": page}), "email": about}),
    )


def _detach(change: dict[str, Any]) -> None:
    boto3.client("organizations", config=_CONFIG).detach_policy(
        PolicyId=change["policyId"], TargetId=change["targetId"]
    )


def _undoes(event: dict[str, Any], _: Any) -> None:
    if change := _change(event):
        _detach(change)
        _page(f"undone: {event['detail']['userIdentity']['arn']}")


def _undoes_without_a_page(event: dict[str, Any], _: Any) -> None:
    if change := _change(event):
        _detach(change)


def _pages_each_time(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        _page("seen")


def _fails(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        raise ValueError("on purpose")


def _does_more_at_the_end(event: dict[str, Any], _: Any) -> None:
    if change := _change(event):
        try:
            _detach(change)
        finally:
            _page("at the end")


def _sleeps(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        time.sleep(100)


def _counts(event: dict[str, Any], context: Any) -> None:
    """Read, wait, and write what was read plus one: wrong if two do it at once."""
    if _change(event):
        table = boto3.client("dynamodb", config=_CONFIG)
        key = {"pk": {"S": "count"}, "sk": {"S": "-"}}
        read = table.get_item(TableName=TABLE, Key=key, ConsistentRead=True)
        count = int(read["Item"]["count"]["N"]) if "Item" in read else 0
        table.put_item(TableName=TABLE, Item={**key, "count": {"N": str(count + 1)}})
        _page(f"count {count + 1} after {context.get_remaining_time_in_millis()}")


def _asks_aside(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        table = boto3.client("dynamodb", config=_CONFIG)
        key = {"pk": {"S": "x"}, "sk": {"S": "-"}}
        threads = [
            threading.Thread(target=table.get_item, kwargs={"TableName": TABLE, "Key": key}) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        boto3.client("organizations", config=_CONFIG).list_roots()
        for thread in threads:
            thread.join()


def _tells_its_clock(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        _page(f"{time.time():.0f}")


def _is_warm(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        _COLD.append("call")
        _page(f"call {len(_COLD)} of this environment")


def _sends_on(event: dict[str, Any], _: Any) -> Any:
    if "Records" in event:
        bodies = [record["body"] for record in event["Records"]]
        _page(f"took {', '.join(bodies)}")
        bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": message} for message in bad]}
    if _change(event):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(("good", "bad", "fine"))]
        boto3.client("sqs", config=_CONFIG).send_message_batch(QueueUrl=queue_url("Toy"), Entries=entries)
    return None


def _reads_back(event: dict[str, Any], _: Any) -> None:
    if change := _change(event):
        organizations = boto3.client("organizations", config=_CONFIG)
        asked = {"TargetId": change["targetId"], "Filter": "SERVICE_CONTROL_POLICY"}
        seen = [policy["Name"] for policy in organizations.list_policies_for_target(**asked)["Policies"]]
        _page(f"seen {' '.join(sorted(seen))}")


def _lists_from_an_index(event: dict[str, Any], _: Any) -> None:
    if change := _change(event):
        table = boto3.client("dynamodb", config=_CONFIG)
        item = {"pk": change["policyId"], "sk": "-", "kind": "TOY", "entry": change["policyId"]}
        table.put_item(TableName=TABLE, Item={name: {"S": text} for name, text in item.items()})
        found = table.query(
            TableName=TABLE,
            IndexName="listing",
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues={":kind": {"S": "TOY"}},
        )
        _page(f"listed {found['Count']}")


def _invokes(event: dict[str, Any], _: Any) -> None:
    if event.get("again"):
        _page("invoked again")
    elif _change(event):
        boto3.client("lambda", config=_CONFIG).invoke(
            FunctionName="guard", InvocationType="Event", Payload=json.dumps({"again": True})
        )


def _hears_of_reads(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        boto3.client("organizations", config=_CONFIG).list_roots()
    elif event.get("detail", {}).get("eventName") == "ListRoots":
        _page(f"read by {event['detail']['userIdentity']['sessionContext']['sessionIssuer']['userName']}")


def _does_what_is_not_known(event: dict[str, Any], _: Any) -> None:
    if _change(event):
        with suppress(Exception):
            boto3.client("sqs", config=_CONFIG).purge_queue(QueueUrl=queue_url("Toy"))


_TOYS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "undoes": _undoes,
    "undoes without a page": _undoes_without_a_page,
    "pages each time": _pages_each_time,
    "fails": _fails,
    "does more at the end": _does_more_at_the_end,
    "sleeps": _sleeps,
    "counts": _counts,
    "asks aside": _asks_aside,
    "tells its clock": _tells_its_clock,
    "is warm": _is_warm,
    "sends on": _sends_on,
    "reads back": _reads_back,
    "lists from an index": _lists_from_an_index,
    "invokes": _invokes,
    "hears of reads": _hears_of_reads,
    "does what is not known": _does_what_is_not_known,
}
