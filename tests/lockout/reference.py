"""A second evaluator: it knows one concrete request at a time, takes its time, and is plainly right.

What counts as ordinary work is the table of the first. All else is written anew, from "IAM JSON policy
elements: Condition operators" and "Policy evaluation logic", IAM User Guide: it shares no line with that.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
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


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    def named(element: str, text: str) -> bool:
        patterns = statement.get(element, statement.get(f"Not{element}"))
        hit = any(glob(pattern.lower(), text.lower()) for pattern in patterns)
        return hit if element in statement else not hit

    return (
        named("Action", action)
        and named("Resource", resource)
        and all(
            condition_holds(operator, key, values, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def is_open(statements: Sequence[Mapping[str, Any]], call: Call, context: Context) -> bool:
    resource = call.resource.replace("{region}", lower(context).get("aws:requestedregion", (REGION,))[0])
    effects = {each["Effect"] for each in statements if applies(each, call.action, resource, context)}
    return effects == {"Allow"}


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

    def variants(call: Call) -> Iterable[Context]:
        kinds = ["every", *["creates"] * call.creates, *["resource"] * (call.resource != "*")]
        found: list[Context] = [{}]
        for kind in kinds:
            found = [{**one, **other} for one in found for other in of_call.get(kind, [{}])]
        return found

    def works(service: str, circumstances: Context) -> bool:
        calls = [call for call in CALLS[policy_type] if call.service == service]
        left = sum(
            any(is_open(statements, call, {**circumstances, **variant}) for variant in variants(call))
            for call in calls
        )
        return left >= len(calls) / 2

    services = list(dict.fromkeys(call.service for call in CALLS[policy_type]))
    return any(
        all(sum(works(service, each) for service in services) <= 1 for each in circumstances)
        for circumstances in moments
    )
