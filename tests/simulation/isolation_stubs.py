"""Isolation functions that each do one thing wrong, to see that the invariants notice. None asks who asks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

import boto3

from simulation.environments import NOTICES, TABLE
from simulation.queues import queue_url

Event = Mapping[str, Any]

_QUARANTINE: Final = os.environ.get("ROOTGUARD_QUARANTINE_OU", "")
_HOME: Final = "r-sim0"


def right(event: Event, context: object) -> None:
    """Isolate and release accounts of Root, well enough."""
    for account in event["accounts"]:
        if event["verb"] == "isolate":
            _recorded(account)
            _moved(account, _HOME, _QUARANTINE)
        else:
            _moved(account, _QUARANTINE, _HOME)
            _organizations().untag_resource(ResourceId=account, TagKeys=["origin"])
    _paged(event)


def moving_all(event: Event, context: object) -> None:
    """Isolate every account of Root, whoever was asked for."""
    found = _organizations().list_accounts_for_parent(ParentId=_HOME)["Accounts"]
    right({**event, "accounts": [each["Id"] for each in found if each["Name"] != "management"]}, context)


def recording_nothing(event: Event, context: object) -> None:
    """Move, and write down nothing."""
    for account in event["accounts"]:
        _moved(account, _HOME, _QUARANTINE)
    _paged(event)


def doing_nothing(event: Event, context: object) -> None:
    """Do nothing, and say nothing."""


def keeping_tags(event: Event, context: object) -> None:
    """Release, and leave the tag."""
    if event["verb"] == "isolate":
        right(event, context)
    else:
        for account in event["accounts"]:
            _moved(account, _QUARANTINE, _HOME)


def telling_nobody(event: Event, context: object) -> None:
    """Move, and page nobody."""
    for account in event["accounts"]:
        _recorded(account)
        _moved(account, _HOME, _QUARANTINE)


def telling_twice(event: Event, context: object) -> None:
    """Isolate, and page it twice."""
    right(event, context)
    _paged(event, "again")


def _organizations() -> Any:
    return boto3.client("organizations")


def _moved(account: str, source: str, destination: str) -> None:
    _organizations().move_account(AccountId=account, SourceParentId=source, DestinationParentId=destination)


def _recorded(account: str) -> None:
    item = {"pk": {"S": f"WHERE#{account}"}, "sk": {"S": "-"}, "from": {"S": _HOME}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)
    _organizations().tag_resource(ResourceId=account, Tags=[{"Key": "origin", "Value": _HOME}])


def _paged(event: Event, key: str = "") -> None:
    accounts = [
        {
            "id": account,
            "name": "",
            "outcome": f"{event['verb'].removesuffix('e')}ed",
            "why": "",
            "done_before": False,
            "origin": "",
            "home": "",
        }
        for account in event["accounts"]
    ]
    data = {
        "at": "2026-01-05T09:00:00+00:00",
        "verb": event["verb"],
        "by": "AIDAEXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/sara",
        "reason": "a test",
        "accounts": accounts,
    }
    notice = {"key": f"isolation/{event['identity']['Authorization'][-8:]}{key}", "about": "isolation"}
    body = json.dumps({**notice, "stage": "found", "data": data})
    boto3.client("sqs").send_message(QueueUrl=queue_url(NOTICES), MessageBody=body)
