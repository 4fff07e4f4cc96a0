"""Query and Scan: a partition, or all of a table or an index, page by page, as the API reference has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.expressions import Condition, Scope, condition, projected, projection
from simulation.dynamodb.table import Keys, Table
from simulation.dynamodb.tokens import Reader
from simulation.dynamodb.values import Item, comparable, size

_PAGE_BYTES: Final = 1024 * 1024
_WHAT: Final = "KeyConditionExpression"
EXPRESSIONS: Final = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
"""The parameters of a request that hold an expression."""


def query(table: Table, p: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page: at most 1 MB, or `Limit` items, before the filter. Raises DynamoDbError."""
    index = p.get("IndexName")
    if index is not None and p.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    if "KeyConditionExpression" not in p:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified")
    scope = Scope(p.get("ExpressionAttributeNames", {}), p.get("ExpressionAttributeValues", {}))
    scope.check(*(p.get(name) for name in EXPRESSIONS))
    keys = table.keys_of(index)
    partition, rest = _key_condition(p["KeyConditionExpression"])
    names = {scope.name(name): value for name, value in partition}
    if keys.partition not in names:
        raise invalid(f"Query condition missed key schema element: {keys.partition}")
    value = scope.value(names[keys.partition])
    found = table.indexed(index, value) if index is not None else table.partition(value)
    _check_names(p["KeyConditionExpression"], keys, scope)
    found = [item for item in found if rest(item, scope)]
    if not p.get("ScanIndexForward", True):
        found.reverse()
    return _one_page(found, keys, table, p, scope)


def scan(table: Table, p: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of everything, in one order that never changes. Raises DynamoDbError."""
    index = p.get("IndexName")
    if index is not None and p.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    scope = Scope(p.get("ExpressionAttributeNames", {}), p.get("ExpressionAttributeValues", {}))
    scope.check(*(p.get(name) for name in EXPRESSIONS))
    return _one_page(table.everything(index), table.keys_of(index), table, p, scope)


def _one_page(
    found: list[Item], keys: Keys, table: Table, p: Mapping[str, Any], scope: Scope
) -> dict[str, Any]:
    key_names = tuple(dict.fromkeys((*keys.names, *table.layout.keys.names)))
    found = _after(found, p.get("ExclusiveStartKey"), key_names)
    page, is_last = _page(found, p.get("Limit"))
    answer: dict[str, Any] = {"ScannedCount": len(page)}
    if not is_last and page:
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in key_names}
    return answer | _answer(page, p, scope)


def _answer(page: list[Item], p: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    if "FilterExpression" in p:
        holds = condition(p["FilterExpression"], "FilterExpression")
        page = [item for item in page if holds(item, scope)]
    if p.get("Select") == "COUNT":
        return {"Count": len(page)}
    if "ProjectionExpression" in p:
        paths = projection(p["ProjectionExpression"])
        page = [projected(item, paths, scope) for item in page]
    return {"Items": page, "Count": len(page)}


def _page(found: list[Item], limit: int | None) -> tuple[list[Item], bool]:
    if limit is not None and limit < 1:
        raise invalid("Limit must be greater than or equal to 1")
    page: list[Item] = []
    total = 0
    for item in found:
        if page and limit is not None and len(page) >= limit:
            return page, False
        total += size(item)
        if page and total > _PAGE_BYTES:
            return page, False
        page.append(item)
    # With a limit that is just met, AWS says that there may be more.
    return page, limit is None or len(page) < limit


def _after(found: list[Item], start: Item | None, key_names: tuple[str, ...]) -> list[Item]:
    if start is None:
        return found
    if set(start) != set(key_names):
        raise invalid("The provided starting key is invalid")
    # The item itself may be gone by now: go on behind where it would be.
    places = [json.dumps([item[name] for name in key_names]) for item in found]
    wanted = json.dumps([start[name] for name in key_names])
    if wanted in places:
        return found[places.index(wanted) + 1 :]
    order = [tuple(comparable(item[name]) for name in key_names) for item in found]
    at = tuple(comparable(start[name]) for name in key_names)
    rising = order == sorted(order)
    return [item for item, place in zip(found, order, strict=True) if (place > at if rising else place < at)]


@lru_cache(maxsize=512)
def _key_condition(text: str) -> tuple[tuple[tuple[str, str], ...], Condition]:
    """Return the names that must equal a value, with that value's name; and the whole condition."""
    reader, equal = Reader(text, _WHAT), []
    tokens = []
    while reader.next is not None:
        tokens.append(reader.take())
    for place, token in enumerate(tokens):
        if token.keyword in ("OR", "NOT", "IN") or token.text == "<>":
            raise invalid(f"Invalid {_WHAT}: Invalid operator used in {_WHAT}: {token.text}")
        behind = tokens[place + 1 : place + 3]
        if token.kind == "name" and len(behind) > 1 and behind[0].text == "=" and behind[1].kind == "value":
            equal.append((token.text, behind[1].text))
    return tuple(equal), condition(text, _WHAT)


def _check_names(text: str, keys: Keys, scope: Scope) -> None:
    """Raise a ValidationException if a key condition names anything but the keys."""
    reader = Reader(text, _WHAT)
    while reader.next is not None:
        token = reader.take()
        if token.kind == "name" and not token.keyword and token.text != "begins_with":
            name = scope.name(token.text)
            if name not in keys.names:
                raise invalid(f"Query key condition not supported; attribute: {name}")
