"""A policy's JSON text → its statements.

Tolerant on purpose: AWS refuses a malformed document before it is ever attached, so what cannot be read here
is left out (a statement) or treated as doubtful (a condition), and never an error.
Grammar: "SCP syntax" and "RCP syntax", AWS Organizations User Guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rootguard.lockout.certainty import Truth
from rootguard.lockout.context import NOBODY
from rootguard.lockout.wildcards import is_everything

MAX_CHARACTERS: Final = 65_536
"""An SCP has 10,240 at most ("Quotas for AWS Organizations"), and that quota has grown before: a lockout in a
text that has become possible must not pass for no document."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an `Action` or `Resource` element names, or with `all_but` what its `Not…` form leaves out."""

    patterns: tuple[str, ...]
    all_but: bool

    @property
    def is_nothing(self) -> bool:
        """Whether it can match nothing at all."""
        return any(map(is_everything, self.patterns)) if self.all_but else not self.patterns


@dataclass(frozen=True, slots=True)
class Clause:
    """One key of a `Condition` under one operator. No values: it could not be read."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `name` is its Sid or its place ("statement 2"); `everyone` tells of `Principal`."""

    name: str
    denies: bool
    everyone: Truth
    actions: Named
    resources: Named
    clauses: tuple[Clause, ...]


def parse(content: str | None) -> tuple[Statement, ...] | None:
    """Return the statements in their order; None where the text is no policy document."""
    if content is None or len(content) > MAX_CHARACTERS:
        return None
    try:
        document = read(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, Mapping):
        return None
    return tuple(
        statement
        for number, element in enumerate(listed(document.get("Statement")), start=1)
        if isinstance(element, Mapping) and (statement := _statement(element, number))
    )


def read(content: str) -> Any:
    """Read JSON text. Raises ValueError, RecursionError for what is none."""
    # Whole numbers stay text: Python refuses to convert those of more than 4,300 digits.
    return json.loads(content, parse_int=str)


def _statement(element: Mapping[str, object], number: int) -> Statement | None:
    actions, resources = _named(element, "Action"), _named(element, "Resource")
    effect = element.get("Effect")
    if actions is None or resources is None or effect not in ("Allow", "Deny"):
        return None
    return Statement(
        name=statement_name(element, number),
        denies=effect == "Deny",
        everyone=_everyone(element),
        actions=actions,
        resources=resources,
        clauses=tuple(_clauses(element.get("Condition"))),
    )


def statement_name(element: Mapping[str, object], number: int) -> str:
    """Return what a statement is called: its Sid, or its place where it has none."""
    sid = element.get("Sid")
    return sid if isinstance(sid, str) and sid else f"statement {number}"


def _named(element: Mapping[str, object], name: str) -> Named | None:
    if name in element:
        return Named(_texts(element[name]), all_but=False)
    if f"Not{name}" in element:
        return Named(_texts(element[f"Not{name}"]), all_but=True)
    return None


def _everyone(element: Mapping[str, object]) -> Truth:
    # An SCP has no Principal; an RCP has "*" there. AWS refuses anything else, so it may mean anything.
    principal = element.get("Principal", "*")
    if isinstance(principal, Mapping):
        principal = principal.get("AWS")
    named = any(map(is_everything, _texts(principal)))
    return Truth.YES if named and "NotPrincipal" not in element else Truth.MAYBE


def _clauses(condition: object) -> Iterator[Clause]:
    if condition is None:
        return
    if not isinstance(condition, Mapping):
        yield Clause("", "", ())
        return
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping):
            yield Clause(operator, "", ())
            continue
        for key, values in keys.items():
            yield Clause(operator, key, _texts(values))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for item in listed(value) if (text := _text(item)) is not None)


def _text(value: object) -> str | None:
    match value:
        case str():
            return value.replace(NOBODY, "\ufffd")
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return None


def listed(value: object) -> list[object]:
    """Return the items of an element that may be one of them by itself."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
