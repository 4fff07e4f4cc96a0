"""`dynamodb:LeadingKeys`, which the emulator does not know: the partition keys that a request touches.

A policy can hold people to the items of their own by it ("Using IAM policy conditions for fine-grained
access control", Amazon DynamoDB Developer Guide). Pure, and for tables that are laid out as the ledger;
`emulator.py` hands the requests over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rootguard.aws.ledger_table import INDEX

_PARTITION_KEYS = {"": "pk", INDEX: "kind"}
"""The name of the partition key of the table, and of its index."""
_EQUALS = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


def leading_keys(request: dict[str, Any]) -> list[str]:
    """Return the values of the partition key in a request's JSON; none where it names none, as a scan."""
    return [str(next(iter(value.values()))) for value in _values(request)]


def _values(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    name = _PARTITION_KEYS.get(request.get("IndexName", ""), "")
    for item in _items(request):
        if name in item:
            yield item[name]
    names = request.get("ExpressionAttributeNames", {})
    for attribute, value in _EQUALS.findall(request.get("KeyConditionExpression", "")):
        if names.get(attribute, attribute) == name:
            yield request["ExpressionAttributeValues"][value]


def _items(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the items and keys that a request names, of one item or of a batch."""
    yield from (request[part] for part in ("Item", "Key") if part in request)
    for entries in request.get("RequestItems", {}).values():
        if isinstance(entries, dict):
            yield from entries["Keys"]
        else:
            yield from (_item(part) for entry in entries for part in entry.values())


def _item(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("Item") or part["Key"]
    return found
