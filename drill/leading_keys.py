"""`dynamodb:LeadingKeys`, which the emulator does not know: the partition keys that a request touches.

A policy can hold people to the items of their own by it ("Using IAM policy conditions for fine-grained
access control", Amazon DynamoDB Developer Guide). Pure; `emulator_conditions.py` hands the requests over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

PartitionKey = Callable[[str, str], str | None]
"""Returns the name of the partition key of a table, or of one of its indexes; "" is the table itself."""

_EQUALS = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


def leading_keys(request: dict[str, Any], partition_key: PartitionKey) -> list[str]:
    """Return the values of the partition key in a request's JSON; none if it names none, as a scan."""
    return [str(next(iter(value.values()))) for value in _values(request, partition_key)]


def _values(request: dict[str, Any], partition_key: PartitionKey) -> Iterator[dict[str, Any]]:
    for table, item in _items(request):
        name = partition_key(table, "")
        if name in item:
            yield item[name]
    name = partition_key(request.get("TableName", ""), request.get("IndexName", ""))
    names = request.get("ExpressionAttributeNames", {})
    for attribute, value in _EQUALS.findall(request.get("KeyConditionExpression", "")):
        if names.get(attribute, attribute) == name:
            yield request["ExpressionAttributeValues"][value]


def _items(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the items and keys that a request names, each with its table."""
    yield from ((request["TableName"], request[part]) for part in ("Item", "Key") if part in request)
    for table, entries in request.get("RequestItems", {}).items():
        if isinstance(entries, dict):
            yield from ((table, key) for key in entries["Keys"])
        else:
            yield from ((table, _item(part)) for entry in entries for part in entry.values())
    for entry in request.get("TransactItems", ()):
        yield from ((part["TableName"], _item(part)) for part in entry.values())


def _item(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("Item") or part["Key"]
    return found
