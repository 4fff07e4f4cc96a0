"""Values as JSON data, by the fields of their dataclasses: for the ledger, the queues and the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Self, TypeVar, get_args, get_origin, get_type_hints

_T = TypeVar("_T")
_hints: Callable[[Any], dict[str, Any]] = cache(get_type_hints)


class JsonData:
    """A dataclass that is written as JSON data, and read again."""

    __slots__ = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data. Times are ISO 8601."""
        return by_fields(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        return from_fields(cls, data)


def by_fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as JSON data."""
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def from_fields(kind: type[_T], data: Mapping[str, Any], **known: Any) -> _T:
    """Return a dataclass with the fields that are `known`, and the others as `by_fields` wrote them."""
    hints = _hints(kind)
    return kind(**known, **{name: made(hints[name], data[name]) for name in hints if name not in known})


def plain(value: Any) -> Any:
    """Return a value as JSON data."""
    match value:
        case JsonData():
            return value.as_json()
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case frozenset():
            return sorted(value)
        case tuple():
            return [plain(each) for each in value]
        case Mapping():
            return dict(value)
    return by_fields(value) if is_dataclass(value) else value


def made(kind: Any, data: Any) -> Any:
    """Return the value of a type of which `plain` made data. Raises KeyError, TypeError, ValueError."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if NoneType in arguments:
        return None if data is None else made(arguments[0], data)
    if issubclass(origin, JsonData):
        return origin.from_json(data)
    if isinstance(origin, type) and is_dataclass(origin):
        return from_fields(origin, data)
    if issubclass(origin, datetime):
        return datetime.fromisoformat(data)
    if issubclass(origin, Enum):
        return kind(data)
    is_list = issubclass(origin, (frozenset, tuple))
    written = list if is_list else dict if issubclass(origin, Mapping) else origin
    if not isinstance(data, written):
        raise TypeError(f"{data!r:.99} is no {kind}")
    return origin(made(arguments[0], each) for each in data) if is_list else data
