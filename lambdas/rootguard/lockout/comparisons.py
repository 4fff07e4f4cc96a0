"""How one value in a request compares with the values that a condition names.

Each comparison answers "does any of the named values match?", three-valued; `conditions` adds the negations,
set operators and absent keys. Source: "IAM JSON policy elements: Condition operators", IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Final

from rootguard.lockout.certainty import Truth
from rootguard.lockout.context import Span, Unknown
from rootguard.lockout.wildcards import Texts, is_everything

Value = str | Unknown | Span
Comparison = Callable[[Value, tuple[str, ...]], Truth]

_ARN_PARTS: Final = 6
_WILDCARD: Final = re.compile(r"[*?]")
_INTERNET: Final = IPv4Network("0.0.0.0/0")
_REMEMBERED: Final = 2_048  # texts of one long document, each read once


def equals(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare whole texts: StringEquals, BinaryEquals."""
    match value:
        case str():
            return _certain(value in named)
        case Unknown(form):
            return Truth.MAYBE if any(map(form.fullmatch, named)) else Truth.NO
        case Span():
            return Truth.MAYBE


def equals_ignoring_case(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare whole texts: StringEqualsIgnoreCase."""
    lowered = tuple(text.lower() for text in named)
    return equals(value.lower() if isinstance(value, str) else value, lowered)


def like(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare with wildcards: StringLike."""
    if isinstance(value, str):
        return _certain(bool(Texts([value]).matching(named)))
    if any(map(is_everything, named)):
        return Truth.YES
    wild = [text for text in named if "*" in text or "?" in text]
    beginning = value.beginning if isinstance(value, Unknown) else ""
    return max(equals(value, named), max((_begins(beginning, text) for text in wild), default=Truth.NO))


def _begins(beginning: str, pattern: str) -> Truth:
    """Tell whether a pattern matches a text of which only the beginning is known."""
    head = _WILDCARD.split(pattern, maxsplit=1)[0]
    if pattern == f"{head}*" and beginning.startswith(head):
        return Truth.YES
    return Truth.MAYBE if beginning.startswith(head) or head.startswith(beginning) else Truth.NO


def arn_like(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare ARNs part by part, with wildcards: ArnLike, and ArnEquals, which does the same."""
    if not isinstance(value, str) or any(map(is_everything, named)):
        return like(value, named)
    parts = value.split(":", _ARN_PARTS - 1)
    lanes = [Texts([part]) for part in parts]
    answer = Truth.NO
    for pattern in named:
        wanted = pattern.split(":", _ARN_PARTS - 1)
        if len(wanted) != len(parts):
            # AWS refuses most of what is no ARN; what it makes of the rest is not documented.
            answer = Truth.MAYBE
        elif all(lane.matching([want]) for lane, want in zip(lanes, wanted, strict=True)):
            return Truth.YES
    return answer


def boolean(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare "true" and "false": Bool."""
    words = {text.lower() for text in named}
    if isinstance(value, str):
        return _certain(value.lower() in words)
    return Truth.YES if words >= {"true", "false"} else Truth.MAYBE


def address(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare an address with networks in CIDR form: IpAddress. An address that is not known is IPv4."""
    networks = [network for text in named if (network := _network(text))]
    if isinstance(value, str):
        try:
            held = ip_address(value)
        except ValueError:
            return Truth.NO
        return _certain(any(held in network for network in networks))
    old = [network for network in networks if isinstance(network, IPv4Network)]
    return Truth.YES if _INTERNET in list(collapse_addresses(old)) else Truth.MAYBE


def below(value: Value, bound: float) -> Truth:
    """Compare with a bound that is not met: NumericLessThan, DateLessThan."""
    if not isinstance(value, Span):
        return Truth.MAYBE
    return _decided(yes=value.high < bound, no=value.low >= bound)


def above(value: Value, bound: float) -> Truth:
    """Compare with a bound that is not met: NumericGreaterThan, DateGreaterThan."""
    if not isinstance(value, Span):
        return Truth.MAYBE
    return _decided(yes=value.low > bound, no=value.high <= bound)


def same(value: Value, bound: float) -> Truth:
    """Compare numbers or times for equality."""
    if not isinstance(value, Span):
        return Truth.MAYBE
    return _decided(yes=value.low == value.high == bound, no=not value.low <= bound <= value.high)


def at_most(value: Value, bound: float) -> Truth:
    """Compare with a bound that may be met: NumericLessThanEquals, DateLessThanEquals."""
    return above(value, bound).negated


def at_least(value: Value, bound: float) -> Truth:
    """Compare with a bound that may be met: NumericGreaterThanEquals, DateGreaterThanEquals."""
    return below(value, bound).negated


def numeric(compare: Callable[[Value, float], Truth]) -> Comparison:
    """Return the comparison with any of the named numbers."""
    return lambda value, named: _with_any(compare, _measured(value, number), map(number, named))


def dated(compare: Callable[[Value, float], Truth]) -> Comparison:
    """Return the comparison with any of the named times."""
    return lambda value, named: _with_any(compare, _measured(value, seconds), map(seconds, named))


def number(text: str) -> float | None:
    """Read a number; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


@lru_cache(maxsize=_REMEMBERED)
def seconds(text: str) -> float | None:
    """Read a time, ISO 8601 or seconds since 1970, in UTC; None where it is none."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return number(text)


def _with_any(
    compare: Callable[[Value, float], Truth], value: Value, bounds: Iterable[float | None]
) -> Truth:
    return max(
        (Truth.MAYBE if bound is None else compare(value, bound) for bound in bounds), default=Truth.NO
    )


def _measured(value: Value, read: Callable[[str], float | None]) -> Value:
    if not isinstance(value, str):
        return value
    exact = read(value)
    return value if exact is None else Span(exact, exact)


@lru_cache(maxsize=_REMEMBERED)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _certain(holds: bool) -> Truth:
    return Truth.YES if holds else Truth.NO


def _decided(*, yes: bool, no: bool) -> Truth:
    if yes:
        return Truth.YES
    return Truth.NO if no else Truth.MAYBE
