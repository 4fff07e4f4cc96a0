"""Condition, filter, key condition and projection expressions: from their text to what they say of an item.

An expression is read once and kept. Names (#n) and values (:v) are filled in when it is asked. The grammar is
in "Condition and filter expressions, operators, and functions", Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.tokens import Path, Reader
from simulation.dynamodb.values import Value, comparable, same, type_of

_ORDERED: Final = frozenset({"S", "N", "B"})
_SIGNS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_FUNCTIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The names and values of one request."""

    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    def name(self, part: str) -> str:
        """Return an attribute's name."""
        return self.names[part] if part.startswith("#") else part

    def value(self, name: str) -> Value:
        """Return a value."""
        return self.values[name]

    def check(self, *expressions: str | None) -> None:
        """Raise a ValidationException if an expression uses what is not given, or if none uses what is."""
        used = {word for text in expressions if text is not None for word in _mentioned(text)}
        for what, place, given in (
            ("name", "document path", self.names),
            ("value", "expression", self.values),
        ):
            sign = "#" if what == "name" else ":"
            for word in sorted(word for word in used if word.startswith(sign)):
                if word not in given:
                    raise invalid(
                        f"An expression attribute {what} used in {place} is not defined; "
                        f"attribute {what}: {word}"
                    )
            left = sorted(given.keys() - used)
            if left:
                raise invalid(
                    f"Value provided in ExpressionAttribute{what.title()}s unused in expressions: "
                    f"keys: {{{', '.join(left)}}}"
                )


@lru_cache(maxsize=4096)
def _mentioned(text: str) -> frozenset[str]:
    """Return the names (#n) and values (:v) of an expression."""
    return frozenset(re.findall(r"[#:][\w-]+", text))


Operand: TypeAlias = "Callable[[Mapping[str, Value], Scope], Value | None]"
Condition: TypeAlias = "Callable[[Mapping[str, Value], Scope], bool]"


def find(path: Path, item: Mapping[str, Value], scope: Scope) -> Value | None:
    """Return what is at a path of an item; None if nothing is."""
    first, *rest = path.parts
    value = item.get(scope.name(str(first)))
    for part in rest:
        if isinstance(part, int):
            entries = (value or {}).get("L", [])
            value = entries[part] if part < len(entries) else None
        else:
            value = (value or {}).get("M", {}).get(scope.name(part))
    return value


@lru_cache(maxsize=4096)
def condition(text: str, what: str = "ConditionExpression") -> Condition:
    """Read a condition. Raises a ValidationException."""
    reader = Reader(text, what)
    found = _either(reader)
    reader.end()
    return found


@lru_cache(maxsize=1024)
def projection(text: str) -> tuple[Path, ...]:
    """Read a projection. Raises a ValidationException."""
    reader = Reader(text, "ProjectionExpression")
    paths = [reader.path()]
    while reader.takes(","):
        paths.append(reader.path())
    reader.end()
    return tuple(paths)


def projected(item: Mapping[str, Value], paths: tuple[Path, ...], scope: Scope) -> dict[str, Any]:
    """Return what a projection leaves of an item: whole attributes, or single entries of maps."""
    found: dict[str, Any] = {}
    for path in paths:
        value = find(path, item, scope)
        if value is None:
            continue
        names = [scope.name(part) for part in path.parts if isinstance(part, str)]
        into = found
        for name in names[:-1]:
            into = into.setdefault(name, {"M": {}})["M"]
        into[names[-1]] = {"L": [value]} if isinstance(path.parts[-1], int) else value
    return found


def _either(reader: Reader) -> Condition:
    parts = [_both(reader)]
    while reader.takes("OR"):
        parts.append(_both(reader))
    if len(parts) == 1:
        return parts[0]
    return lambda item, scope: any(part(item, scope) for part in parts)


def _both(reader: Reader) -> Condition:
    parts = [_negated(reader)]
    while reader.takes("AND"):
        parts.append(_negated(reader))
    if len(parts) == 1:
        return parts[0]
    return lambda item, scope: all(part(item, scope) for part in parts)


def _negated(reader: Reader) -> Condition:
    if reader.takes("NOT"):
        inner = _negated(reader)
        return lambda item, scope: not inner(item, scope)
    if reader.takes("("):
        inner = _either(reader)
        reader.need(")")
        return inner
    token, behind = reader.next, reader.after_next()
    if token and behind and behind.text == "(" and token.text in _FUNCTIONS:
        return _function(reader)
    return _comparison(reader)


def _function(reader: Reader) -> Condition:
    name = reader.take().text
    reader.need("(")
    path = reader.path()
    if name in ("attribute_exists", "attribute_not_exists"):
        reader.need(")")
        wanted = name == "attribute_exists"
        return lambda item, scope: (find(path, item, scope) is not None) is wanted
    reader.need(",")
    other = operand(reader)
    reader.need(")")
    test = {"attribute_type": _is_type, "begins_with": _begins, "contains": _contains}[name]

    def holds(item: Mapping[str, Value], scope: Scope) -> bool:
        value, against = find(path, item, scope), other(item, scope)
        return value is not None and against is not None and test(value, against)

    return holds


def _is_type(value: Value, against: Value) -> bool:
    return type_of(value) == against.get("S")


def _begins(value: Value, against: Value) -> bool:
    kind = type_of(against)
    if kind not in ("S", "B"):
        raise invalid("Incorrect operand type for operator or function; operator or function: begins_with")
    return type_of(value) == kind and comparable(value).startswith(comparable(against))


def _contains(value: Value, against: Value) -> bool:
    kind = type_of(value)
    if kind in ("S", "B"):
        return type_of(against) == kind and comparable(against) in comparable(value)
    if kind == "L":
        return any(same(entry, against) for entry in value["L"])
    return kind == f"{type_of(against)}S" and comparable(against) in comparable(value)


def _comparison(reader: Reader) -> Condition:
    left = operand(reader)
    if reader.takes("BETWEEN"):
        least = operand(reader)
        reader.need("AND")
        most = operand(reader)
        return lambda item, scope: (
            _compares("<=", least(item, scope), left(item, scope))
            and _compares("<=", left(item, scope), most(item, scope))
        )
    if reader.takes("IN"):
        reader.need("(")
        listed = [operand(reader)]
        while reader.takes(","):
            listed.append(operand(reader))
        reader.need(")")
        return lambda item, scope: any(_compares("=", left(item, scope), one(item, scope)) for one in listed)
    sign = reader.take().text
    if sign not in _SIGNS:
        raise reader.wrong(f'Syntax error; token: "{sign}"')
    right = operand(reader)
    return lambda item, scope: _compares(sign, left(item, scope), right(item, scope))


def operand(reader: Reader) -> Operand:
    """Read a value, an attribute or its size."""
    token, behind = reader.next, reader.after_next()
    if token is not None and token.kind == "value":
        name = reader.take().text
        return lambda _, scope: scope.value(name)
    if token is not None and behind is not None and token.text == "size" and behind.text == "(":
        reader.take()
        reader.need("(")
        path = reader.path()
        reader.need(")")
        return lambda item, scope: _size(find(path, item, scope))
    path = reader.path()
    return lambda item, scope: find(path, item, scope)


def _size(value: Value | None) -> Value | None:
    if value is None or type_of(value) in ("N", "BOOL", "NULL"):
        return None
    inner = comparable(value)
    return {"N": str(len(inner.encode() if isinstance(inner, str) else inner))}


def _compares(sign: str, left: Value | None, right: Value | None) -> bool:
    if left is None or right is None:
        # An attribute that is not there is different from everything, and neither less nor more.
        return sign == "<>"
    if sign == "=":
        return same(left, right)
    if sign == "<>":
        return not same(left, right)
    kind = type_of(right)
    if kind not in _ORDERED:
        raise invalid(
            f"Invalid ConditionExpression: Incorrect operand type for operator or function; "
            f"operator or function: {sign}, operand type: {kind}"
        )
    if type_of(left) != kind:
        return False
    one, other = comparable(left), comparable(right)
    return bool({"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign])
