"""Update expressions: SET, REMOVE, ADD and DELETE, from their text to the item that they make.

The grammar is in "Update expressions", Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.expressions import Operand, Scope, find, operand
from simulation.dynamodb.tokens import Path, Reader
from simulation.dynamodb.values import Item, Value, comparable, type_of

_CLAUSES: Final = ("SET", "REMOVE", "ADD", "DELETE")
_SETS: Final = frozenset({"SS", "NS", "BS"})


@dataclass(frozen=True, slots=True)
class Action:
    """One change: a clause, the attribute's place, and the value if there is one."""

    clause: str
    path: Path
    value: Operand | None


Update: TypeAlias = "tuple[Action, ...]"


@lru_cache(maxsize=1024)
def update(text: str) -> Update:
    """Read an update expression. Raises a ValidationException."""
    reader = Reader(text, "UpdateExpression")
    actions: list[Action] = []
    seen: set[str] = set()
    while reader.next is not None:
        clause = next((word for word in _CLAUSES if reader.takes(word)), None)
        if clause is None:
            raise reader.wrong(f'Syntax error; token: "{reader.next.text}"')
        if clause in seen:
            raise reader.wrong(f'The "{clause}" section can only be used once in an update expression;')
        seen.add(clause)
        actions.append(_action(reader, clause))
        while reader.takes(","):
            actions.append(_action(reader, clause))
    return tuple(actions)


def updated(item: Mapping[str, Value], actions: Update, scope: Scope) -> Item:
    """Return what the update makes of an item. Every value is of the item as it was before."""
    before = dict(item)
    values = [action.value(before, scope) if action.value else None for action in actions]
    after: Item = copy.deepcopy(before)
    for action, value in zip(actions, values, strict=True):
        if action.value is not None and value is None:
            raise invalid("The provided expression refers to an attribute that does not exist in the item")
        _apply(action, value, after, scope)
    return after


def touched(actions: Update, scope: Scope) -> frozenset[str]:
    """Return the names of the attributes that an update changes."""
    return frozenset(scope.name(str(action.path.parts[0])) for action in actions)


def _action(reader: Reader, clause: str) -> Action:
    path = reader.path()
    if clause == "REMOVE":
        return Action(clause, path, None)
    if clause == "SET":
        reader.need("=")
        return Action(clause, path, _sum(reader))
    return Action(clause, path, operand(reader))


def _sum(reader: Reader) -> Operand:
    left = _set_operand(reader)
    for sign in ("+", "-"):
        if reader.takes(sign):
            return _computed(left, _set_operand(reader), sign)
    return left


def _computed(left: Operand, right: Operand, sign: str) -> Operand:
    def value(item: Mapping[str, Value], scope: Scope) -> Value | None:
        one, other = left(item, scope), right(item, scope)
        if one is None or other is None:
            return None
        if type_of(one) != "N" or type_of(other) != "N":
            raise invalid("An operand in the update expression has an incorrect data type")
        first, second = Decimal(one["N"]), Decimal(other["N"])
        return {"N": _number(first + second if sign == "+" else first - second)}

    return value


def _set_operand(reader: Reader) -> Operand:
    token, behind = reader.next, reader.after_next()
    if token is not None and behind is not None and behind.text == "(":
        functions: dict[str, Callable[[Reader], Operand]] = {
            "if_not_exists": _if_not_exists,
            "list_append": _list_append,
        }
        if token.text in functions:
            reader.take()
            reader.need("(")
            found = functions[token.text](reader)
            reader.need(")")
            return found
    return operand(reader)


def _if_not_exists(reader: Reader) -> Operand:
    path = reader.path()
    reader.need(",")
    other = _set_operand(reader)

    def value(item: Mapping[str, Value], scope: Scope) -> Value | None:
        otherwise, there = other(item, scope), find(path, item, scope)
        return otherwise if there is None else there

    return value


def _list_append(reader: Reader) -> Operand:
    first = _set_operand(reader)
    reader.need(",")
    second = _set_operand(reader)

    def value(item: Mapping[str, Value], scope: Scope) -> Value | None:
        one, other = first(item, scope), second(item, scope)
        if one is None or other is None:
            return None
        if type_of(one) != "L" or type_of(other) != "L":
            raise invalid("An operand in the update expression has an incorrect data type")
        return {"L": [*one["L"], *other["L"]]}

    return value


def _apply(action: Action, value: Value | None, item: Item, scope: Scope) -> None:
    holder, key = _holder(action.path, item, scope)
    if action.clause == "SET":
        _put(holder, key, value)
    elif action.clause == "REMOVE":
        _drop(holder, key)
    elif action.clause == "ADD":
        _put(holder, key, _added(_get(holder, key), value or {}))
    else:
        left = _without(_get(holder, key), value or {})
        if left is None:
            _drop(holder, key)
        else:
            _put(holder, key, left)


def _holder(path: Path, item: Item, scope: Scope) -> tuple[Any, str | int]:
    holder: Any = item
    parts = [part if isinstance(part, int) else scope.name(part) for part in path.parts]
    for part in parts[:-1]:
        value = _get(holder, part)
        holder = (value or {}).get("M", (value or {}).get("L"))
        if holder is None:
            raise invalid("The document path provided in the update expression is invalid for update")
    return holder, parts[-1]


def _get(holder: Any, key: str | int) -> Any:
    if isinstance(holder, list):
        return holder[key] if isinstance(key, int) and key < len(holder) else None
    return holder.get(key)


def _put(holder: Any, key: str | int, value: Value | None) -> None:
    if isinstance(holder, list) and isinstance(key, int) and key >= len(holder):
        holder.append(value)
    else:
        holder[key] = value


def _drop(holder: Any, key: str | int) -> None:
    if _get(holder, key) is not None:
        del holder[key]


def _added(there: Value | None, value: Value) -> Value:
    kind = type_of(value)
    if kind != "N" and kind not in _SETS:
        raise invalid("Incorrect operand type for operator or function; operator: ADD")
    if there is None:
        return value
    if type_of(there) != kind:
        raise invalid("An operand in the update expression has an incorrect data type")
    if kind == "N":
        return {"N": _number(Decimal(there["N"]) + Decimal(value["N"]))}
    return {kind: [*there[kind], *(entry for entry in value[kind] if entry not in there[kind])]}


def _without(there: Value | None, value: Value) -> Value | None:
    kind = type_of(value)
    if kind not in _SETS:
        raise invalid("Incorrect operand type for operator or function; operator: DELETE")
    if there is None:
        return None
    gone = comparable(value)
    left = [entry for entry in there.get(kind, []) if (Decimal(entry) if kind == "NS" else entry) not in gone]
    return {kind: left} if left else None


def _number(number: Decimal) -> str:
    return format(number.normalize(), "f")
