"""DynamoDB's values as the API writes them, such as {"S": "text"}: how they compare, how large they are."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from simulation.dynamodb.errors import invalid

Value: TypeAlias = "Mapping[str, Any]"
Item: TypeAlias = "dict[str, Any]"

_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})
_NUMBER_BYTES = 21


def type_of(value: Value) -> str:
    """Return the type's letters. Raises a ValidationException for what is no value."""
    if not isinstance(value, Mapping) or len(value) != 1 or not value.keys() <= _TYPES:
        raise invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    (found,) = value
    return str(found)


def comparable(value: Value) -> Any:
    """Return what values of one type are equal by; strings, numbers and binaries are in order by it, too."""
    kind = type_of(value)
    inner = value[kind]
    match kind:
        case "N":
            return Decimal(inner)
        case "B":
            return base64.b64decode(inner)
        case "SS" | "BS":
            return frozenset(inner)
        case "NS":
            return frozenset(map(Decimal, inner))
        case "L":
            return [(type_of(entry), comparable(entry)) for entry in inner]
        case "M":
            return {name: (type_of(entry), comparable(entry)) for name, entry in inner.items()}
        case _:
            return inner


def same(one: Value, other: Value) -> bool:
    """Tell whether two values are equal: of one type, and the same."""
    return type_of(one) == type_of(other) and comparable(one) == comparable(other)


class Stored(dict[str, Any]):
    """An item in a table, which knows its size. Nobody changes it: a write puts another one in its place."""

    __slots__ = ("bytes",)

    def __init__(self, item: Mapping[str, Value]) -> None:
        super().__init__(item)
        self.bytes = size(item)


def size(item: Mapping[str, Value]) -> int:
    """Return how many bytes an item has ("DynamoDB item sizes and formats", developer guide), about."""
    if isinstance(item, Stored):
        return item.bytes
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Value) -> int:
    kind = type_of(value)
    inner = value[kind]
    match kind:
        case "S":
            return len(inner.encode("utf-8", "surrogatepass"))
        case "N":
            return min(len(inner) // 2 + 2, _NUMBER_BYTES)
        case "B":
            return len(base64.b64decode(inner))
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes(entry) for name, entry in inner.items())
        case "L":
            return 3 + sum(1 + _bytes(entry) for entry in inner)
        case "NS":
            return sum(min(len(entry) // 2 + 2, _NUMBER_BYTES) for entry in inner)
        case _:
            return sum(len(entry.encode()) for entry in inner)
