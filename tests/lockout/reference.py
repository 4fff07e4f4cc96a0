"""A second evaluator: it knows one concrete request at a time, takes its time, and is plainly right.

What counts as ordinary work is the table of the first. All else is written anew, from "IAM JSON policy
elements: Condition operators" and "Policy evaluation logic", IAM User Guide: it shares no line with that.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rootguard.lockout.work import CALLS, Call

Context = Mapping[str, tuple[str, ...]]
"""Key → values. A key that is not there is absent."""

NEGATIONS = {
    "StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotEquals": "ArnEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase", "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress", "DateNotEquals": "DateEquals", "NumericNotEquals": "NumericEquals",
}  # fmt: skip
REGION = "eu-west-1"


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


def compare(family: str, held: str, named: str) -> bool:
    if family.startswith(("Date", "Numeric")):
        mine, theirs = (instant(held), instant(named)) if family[0] == "D" else (float(held), float(named))
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
        case _:
            return ipaddress.ip_address(held) in ipaddress.ip_network(named, strict=False)


def substituted(named: str, context: Context) -> str | None:
    """Put in the variables; None if one is absent."""
    found = re.search(r"\$\{([^}]*)\}", named)
    if found is None:
        return named
    held = lower(context).get(found[1].lower())
    return substituted(named.replace(found[0], held[0]), context) if held else None


def lower(context: Context) -> Context:
    return {key.lower(): held for key, held in context.items()}


def condition_holds(operator: str, key: str, named: Sequence[str], context: Context) -> bool:
    held = lower(context).get(key.lower(), ())
    if operator == "Null":
        return named == (["false"] if held else ["true"])
    quantifier, _, name = operator.rpartition(":")
    if not held:
        if quantifier == "ForAnyValue":
            return False
        return name.endswith("IfExists") or quantifier == "ForAllValues" or name in NEGATIONS
    name = name.removesuffix("IfExists")
    family = NEGATIONS.get(name, name)
    values = [value for value in (substituted(each, context) for each in named) if value is not None]
    matches = [any(compare(family, value, each) for each in values) for value in held]
    if name in NEGATIONS:
        matches = [not match for match in matches]
    return any(matches) if quantifier == "ForAnyValue" else all(matches)


def names(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    def named(element: str, text: str) -> bool:
        patterns = statement.get(element, statement.get(f"Not{element}"))
        hit = any(glob(pattern.lower(), text.lower()) for pattern in patterns)
        return hit if element in statement else not hit

    return named("Action", action) and named("Resource", resource)


def holds(statement: Mapping[str, Any], context: Context) -> bool:
    return all(
        condition_holds(operator, key, values, context)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def locks_everyone_out(
    statements: Sequence[Mapping[str, Any]],
    policy_type: str,
    moments: Iterable[Sequence[Context]],
    of_call: Mapping[str, Sequence[Context]],
) -> bool:
    """Tell whether at some moment at most one service works, whatever the circumstances.

    Args:
        statements: all that is attached, what allows included.
        policy_type: the type.
        moments: for each moment, the circumstances of the ordinary role.
        of_call: what calls carry beside these: of a kind ("creates", "resource", "every"), each variant.
    """

    def variants(carried: Sequence[str]) -> Iterable[Context]:
        found: list[Context] = [{}]
        for kind in carried:
            found = [{**one, **other} for one in found for other in of_call.get(kind, [{}])]
        return found

    @cache
    def named(number: int, call: Call, region: str) -> bool:
        return names(statements[number], call.action, call.resource.replace("{region}", region))

    def works_at(circumstances: Context) -> int:
        """How many services work there."""
        region = lower(circumstances).get("aws:requestedregion", (REGION,))[0]

        @cache
        def holding(carried: Sequence[str]) -> list[list[int]]:
            """The statements whose conditions hold, for each variant of such a call."""
            contexts = ({**circumstances, **variant} for variant in variants(carried))
            return [[n for n, each in enumerate(statements) if holds(each, context)] for context in contexts]

        def is_open(call: Call) -> bool:
            carried = ("every", *["creates"] * call.creates, *["resource"] * (call.resource != "*"))
            effects = (
                {statements[n]["Effect"] for n in found if named(n, call, region)}
                for found in holding(carried)
            )
            return any(each == {"Allow"} for each in effects)

        calls = CALLS[policy_type]
        open_calls = Counter(call.service for call in calls if is_open(call))
        return sum(open_calls[service] >= count / 2 for service, count in ordinary.items())

    ordinary = Counter(call.service for call in CALLS[policy_type])
    return any(all(works_at(each) <= 1 for each in circumstances) for circumstances in moments)
