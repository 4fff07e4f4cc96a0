"""Whether a statement's conditions hold in one concrete request, and what the statement names.

Written anew from "IAM JSON policy elements: Condition operators" and "IAM policy elements: Variables and
tags", IAM User Guide, one value after another. It shares no line with the evaluator.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

Context = Mapping[str, tuple[str, ...]]
"""What one request holds: key in lower case → values. A key that is not there is absent."""

NEGATIONS = {
    "StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotEquals": "ArnEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase", "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress", "DateNotEquals": "DateEquals", "NumericNotEquals": "NumericEquals",
}  # fmt: skip
ORDERS = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
STRINGS = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"]
ARNS = ["ArnLike", "ArnEquals"]
DATES, NUMBERS = [f"Date{order}" for order in ORDERS], [f"Numeric{order}" for order in ORDERS]
FAMILIES = {*STRINGS, *ARNS, *DATES, *NUMBERS, "Bool", "IpAddress", "Null"}
QUANTIFIERS = ["ForAllValues", "ForAnyValue"]


@cache
def glob(pattern: str, text: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text, re.DOTALL) is not None


def instant(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def measured(family: str, text: str) -> float:
    return instant(text) if family.startswith("Date") else float(text)


def compare(family: str, held: str, named: str) -> bool:
    """Tell whether one value that a request holds is the one value that a document names."""
    if family in DATES or family in NUMBERS:
        mine, theirs = measured(family, held), measured(family, named)
        return {
            "Equals": mine == theirs, "LessThan": mine < theirs, "LessThanEquals": mine <= theirs,
            "GreaterThan": mine > theirs, "GreaterThanEquals": mine >= theirs,
        }[family.removeprefix("Date").removeprefix("Numeric")]  # fmt: skip
    match family:
        case "StringEquals":
            return held == named
        case "StringEqualsIgnoreCase" | "Bool":
            return held.lower() == named.lower()
        case "StringLike":
            return glob(named, held)
        case "ArnEquals" | "ArnLike":
            wanted, parts = named.split(":", 5), held.split(":", 5)
            alike = len(wanted) == len(parts) == 6 and all(map(glob, wanted, parts))
            return named == "*" or alike
    return ipaddress.ip_address(held) in ipaddress.ip_network(named, strict=False)


def parts_of(operator: str) -> tuple[str, str, str]:
    """Take an operator apart: its quantifier, its name, and the positive one if that is negated."""
    quantifier, _, name = operator.rpartition(":")
    name = name.removesuffix("IfExists")
    return quantifier, name, NEGATIONS.get(name, name)


@cache
def met(operator: str, held: tuple[str, ...], named: tuple[str, ...]) -> bool:
    """Tell whether a condition holds if its key holds these values, or none."""
    quantifier, name, family = parts_of(operator)
    if name == "Null":
        return ("false" if held else "true") in [each.lower() for each in named]
    if not held:
        if quantifier == "ForAnyValue":
            return False
        return operator.endswith("IfExists") or quantifier == "ForAllValues" or name in NEGATIONS
    matches = [any(compare(family, value, each) for each in named) for value in held]
    if name in NEGATIONS:
        matches = [not match for match in matches]
    return any(matches) if quantifier == "ForAnyValue" else all(matches)


@cache
def is_readable(operator: str, named: tuple[str, ...]) -> bool:
    """Tell whether AWS would know what a condition means."""
    _, _, family = parts_of(operator)
    if family not in FAMILIES or not named:
        return False
    try:
        for each in named:
            if family in DATES or family in NUMBERS:
                measured(family, each)
            if family == "IpAddress":
                ipaddress.ip_network(each, strict=False)
    except ValueError:
        return False
    return family != "Null" or {each.lower() for each in named} <= {"true", "false"}


def substituted(named: str, context: Context) -> str | None:
    """Put in the variables; None if one is absent."""
    found = re.search(r"\$\{([^}]*)\}", named)
    if found is None:
        return named
    held = context.get(found[1].lower())
    return substituted(named.replace(found[0], held[0]), context) if held else None


@dataclass(frozen=True)
class Condition:
    """One key under one operator. `doubt` is a key that stands for it if nobody knows what it means."""

    operator: str
    key: str
    named: tuple[str, ...]
    doubt: str = ""

    def holds(self, context: Context) -> bool:
        if self.doubt:
            return self.doubt in context
        named = self.named
        if any("${" in each for each in named):
            named = tuple(each for each in (substituted(n, context) for n in named) if each is not None)
        return met(self.operator, context.get(self.key, ()), named)


@dataclass(frozen=True)
class Named:
    """What a statement says of actions or resources: patterns, or all but these."""

    patterns: tuple[str, ...]
    all_but: bool = False
    ignores_case: bool = False

    def names(self, text: str) -> bool:
        return any(self._matches(pattern, text) for pattern in self.patterns) != self.all_but

    def _matches(self, pattern: str, text: str) -> bool:
        return glob(pattern.lower(), text.lower()) if self.ignores_case else glob(pattern, text)

    def names_any(self, others: Sequence[str]) -> bool:
        """Tell whether there is anything that is named: what a pattern means, or one of others."""
        meant = [pattern.replace("*", "zz").replace("?", "z") for pattern in self.patterns]
        return any(map(self.names, [*meant, *others]))


@dataclass(frozen=True)
class Statement:
    allows: bool
    actions: Named
    resources: Named
    conditions: tuple[Condition, ...]

    def holds(self, context: Context) -> bool:
        return all(condition.holds(context) for condition in self.conditions)


def listed(element: Any) -> tuple[str, ...]:
    return tuple(element) if isinstance(element, list) else (element,)


def is_for_everyone(element: Mapping[str, Any]) -> bool:
    """Tell whether a statement has the Principal that an RCP must have, or none, as an SCP."""
    return element.get("Principal", "*") in ("*", {"AWS": "*"}) and "NotPrincipal" not in element


@lru_cache(maxsize=100_000)
def conditions_of(written: str) -> tuple[Condition, ...]:
    found = []
    for operator, keys in json.loads(written).items():
        for key, values in keys.items():
            named = listed(values)
            doubt = "" if is_readable(operator, named) else f"?{operator} {key} {named}".lower()
            found.append(Condition(operator, key.lower(), named, doubt))
    return tuple(found)


def read(element: Mapping[str, Any]) -> Statement:
    """Read one statement of a document that is well formed."""
    conditions = conditions_of(json.dumps(element.get("Condition", {})))
    if not is_for_everyone(element):
        # AWS refuses to attach it. Nobody knows whom it would mean.
        whom = {name: element.get(name) for name in ("Principal", "NotPrincipal")}
        conditions += (Condition("", "", (), f"?{json.dumps(whom)}".lower()),)
    return Statement(
        allows=element["Effect"] == "Allow",
        # The case of actions does not matter.
        actions=named_by(element, "Action", ignores_case=True),
        resources=named_by(element, "Resource"),
        conditions=conditions,
    )


def named_by(element: Mapping[str, Any], name: str, *, ignores_case: bool = False) -> Named:
    if name in element:
        return Named(listed(element[name]), ignores_case=ignores_case)
    return Named(listed(element[f"Not{name}"]), all_but=True, ignores_case=ignores_case)
