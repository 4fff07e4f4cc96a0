"""A policy's JSON text → its statements.

Tolerant on purpose: AWS refuses a malformed document before it is ever attached, so what cannot be read here
is left out (a statement) or treated as doubtful (a condition), and never an error.
Grammar: "SCP syntax" and "RCP syntax", AWS Organizations User Guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Final, TypeVar

_MAX_CHARACTERS: Final = 65_536
"""An SCP has 10,240 at most ("Quotas for AWS Organizations"), and that quota has grown before: a lockout in a
text that has become possible must not pass for no document."""

NOBODY: Final = "\ue000"
"""A name that no document can spell: a private character, which is taken out of every document that is read.
A wildcard matches it; an exception never names it."""

_NEGATED: Final = re.compile(
    r"stringnot(equals|equalsignorecase|like)|arnnot(equals|like)|notipaddress|(numeric|date)notequals"
)
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
T = TypeVar("T")


def _readable(read: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return a reader that answers None for what it cannot read, and reads each text of a document once."""

    @lru_cache(maxsize=4_096)
    def reading(text: str) -> T | None:
        try:
            return read(text)
        except (ValueError, OverflowError):
            return None

    return reading


@_readable
def number(text: str) -> float:
    """Read a finite number. None if it is none."""
    int(value := float(text))  # It refuses the infinite, and what is not a number.
    return value


@_readable
def seconds(text: str) -> float:
    """Read a time, ISO 8601 or seconds since 1970, in UTC. None if it is none."""
    try:
        time = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        int(value := float(text))
        return value
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


@_readable
def network(text: str) -> tuple[int, int, int]:
    """Read a network in CIDR form or an address: its version, first and last address. None if it is none."""
    found = ip_network(text, strict=False)
    return found.version, int(found.network_address), int(found.broadcast_address)


@_readable
def _truth(text: str) -> int:
    return ("false", "true").index(text.lower())


RELATIONS: Final = ("equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
READERS: Final[dict[str, Callable[[str], object]]] = {
    **dict.fromkeys(["stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"], str),
    **dict.fromkeys(["binaryequals", "bool"], str),
    **{f"numeric{relation}": number for relation in RELATIONS},
    **{f"date{relation}": seconds for relation in RELATIONS},
    "ipaddress": network,
    "null": _truth,
}
"""The operators that are known, with what reads their values."""


def names_everything(patterns: Iterable[str]) -> bool:
    """Tell whether one of the patterns matches whatever there is."""
    return any(pattern and not pattern.strip("*") for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Named:
    """What an `Action` or `Resource` element names, or with `all_but` what its `Not…` form leaves out."""

    patterns: tuple[str, ...]
    all_but: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """One key of a `Condition` under one operator.

    What nobody knows the meaning of may hold or not: it reads as `Null` of a key that no request is known
    to have.
    """

    operator: str  # in lower case, and without what the next three say
    negated: bool
    quantifier: str  # "forallvalues:", "foranyvalue:" or none
    if_exists: bool
    key: str  # in lower case
    values: tuple[str, ...]
    written: str = ""  # the key as the document has it


DOUBT: Final = "?:"
"""What a key begins with that stands for a doubt."""


def doubt(*about: object) -> Clause:
    """Return a clause that holds or does not."""
    return Clause("null", False, "", False, f"{DOUBT}{about}", ("false",))


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. A `Principal` that may not be everyone is a clause of an operator that nobody knows."""

    name: str
    denies: bool
    actions: Named
    resources: Named
    clauses: tuple[Clause, ...]


def parse(content: str | None) -> tuple[Statement, ...] | None:
    """Return the statements in their order; None if the text is no policy document."""
    found = elements(content)
    return None if found is None else tuple(filter(None, (_statement(*element) for element in found)))


def elements(content: str | None) -> list[tuple[str, Mapping[str, object]]] | None:
    """Return each statement's name, its Sid or place ("statement 2"), and JSON; None as `parse` does."""
    if content is None or len(content) > _MAX_CHARACTERS:
        return None
    try:
        # Whole numbers stay text: Python refuses to convert those of more than 4,300 digits.
        document = json.loads(content, parse_int=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, Mapping):
        return None
    found = []
    for number, element in enumerate(_listed(document.get("Statement")), start=1):
        if isinstance(element, Mapping):
            sid = element.get("Sid")
            found.append((sid if isinstance(sid, str) and sid else f"statement {number}", element))
    return found


def _statement(name: str, element: Mapping[str, object]) -> Statement | None:
    actions, resources = _named(element, "Action"), _named(element, "Resource")
    effect, condition = element.get("Effect"), element.get("Condition")
    if actions is None or resources is None or effect not in ("Allow", "Deny"):
        return None
    # An SCP has no Principal; an RCP has "*" there. AWS refuses anything else, so it may mean anything.
    principal = element.get("Principal", "*")
    principals = texts(principal.get("AWS") if isinstance(principal, Mapping) else principal)
    is_for_all = names_everything(principals) and "NotPrincipal" not in element
    doubts = () if is_for_all else (doubt(principals),)
    return Statement(
        name=name,
        denies=effect == "Deny",
        actions=actions,
        resources=resources,
        clauses=doubts
        + tuple(
            _clause(operator, key, texts(values))
            for operator, keys in _fields({} if condition is None else condition).items()
            for key, values in _fields(keys).items()
        ),
    )


def _clause(operator: str, key: str, values: tuple[str, ...]) -> Clause:
    """Take an operator such as `ForAnyValue:StringNotLikeIfExists` apart, regardless of case."""
    name = operator.lower()
    quantifier = next(filter(name.startswith, ("forallvalues:", "foranyvalue:")), "")
    plain = name.removeprefix(quantifier).removesuffix("ifexists")
    negated = _NEGATED.fullmatch(plain) is not None
    positive = plain.replace("not", "") if negated else plain
    clause = Clause(positive, negated, quantifier, name.endswith("ifexists"), key.lower(), values, key)
    if not values or (read := READERS.get(positive)) is None or None in map(read, values):
        return doubt(operator, key, values)
    return clause


def _named(element: Mapping[str, object], name: str) -> Named | None:
    for spelled, all_but in ((name, False), (f"Not{name}", True)):
        if spelled in element:
            return Named(texts(element[spelled]), all_but)
    return None


def _fields(value: object) -> Mapping[str, object]:
    """Return an object's fields; of what should be an object and is none, one that cannot be read."""
    return value if isinstance(value, Mapping) else {"": None}


def texts(value: object) -> tuple[str, ...]:
    """Return the texts that an element names; numbers and booleans as JSON writes them."""
    return tuple(
        item.replace(NOBODY, "\ufffd") if isinstance(item, str) else str(item).lower()
        for item in _listed(value)
        if isinstance(item, str | bool | float)
    )


def _listed(value: object) -> list[object]:
    """Return the items of an element that may be one of them by itself."""
    return value if isinstance(value, list) else [value]
