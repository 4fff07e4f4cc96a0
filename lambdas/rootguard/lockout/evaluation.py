"""A document, evaluated: which requests it denies.

An explicit deny wins, and what no statement allows is denied too ("Policy evaluation logic", IAM User Guide).
The latter counts only where the document stands alone, that is without full access beside it.

Conditions: clauses are joined by "and", a clause's values by "or". A key that a request lacks makes a clause
false, a negated one true, one with `…IfExists` true, `ForAllValues` true and `ForAnyValue` false. An operator
that is not known here, a value that could not be read, a variable that differs among the requests: maybe.
Source: "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context keys", IAM
User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from ipaddress import IPv4Network, collapse_addresses, ip_address, ip_network
from typing import Final, TypeVar

from rootguard.lockout.grammar import Clause, Named, Statement, names_everything
from rootguard.lockout.requests import Extent, Possibility, Requests, Span, Texts, Unknown, union

T = TypeVar("T")
Truth = bool | None
"""Whether something holds; None is maybe (Kleene's strong logic)."""
Value = str | Unknown | Span
Comparison = Callable[[Value, tuple[str, ...]], Truth]
"""Tells whether any of the values that a condition names matches one value in a request."""

_WILDCARD: Final = re.compile(r"[*?]")
_INTERNET: Final = IPv4Network("0.0.0.0/0")
_THE_TIME: Final = ("aws:currenttime", "aws:epochtime")
_MOST_DATES: Final = 4  # of one statement, each tried with all its clauses on the time


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _any(truths: Iterable[Truth]) -> Truth:
    found = set(truths)
    return True in found or (None if None in found else False)


def _equals(value: Value, named: tuple[str, ...]) -> Truth:
    if isinstance(value, str):
        return value in named
    return None if isinstance(value, Span) or any(map(value.form.fullmatch, named)) else False


def _equals_ignoring_case(value: Value, named: tuple[str, ...]) -> Truth:
    lowered = tuple(text.lower() for text in named)
    return _equals(value.lower() if isinstance(value, str) else value, lowered)


def like(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare with wildcards: StringLike."""
    if isinstance(value, str):
        return Texts([value]).matching(named) != 0
    if names_everything(named):
        return True
    beginning = value.beginning if isinstance(value, Unknown) else ""
    return _any([_equals(value, named), *(_begins(beginning, text) for text in named)])


def _begins(beginning: str, pattern: str) -> Truth:
    """Tell whether a pattern with wildcards matches a text of which only the beginning is known."""
    head, *wild = _WILDCARD.split(pattern, maxsplit=1)
    if pattern == f"{head}*" and beginning.startswith(head):
        return True
    return None if wild and (beginning.startswith(head) or head.startswith(beginning)) else False


def _arn_like(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare ARNs part by part, with wildcards: ArnLike, and ArnEquals, which does the same."""
    if not isinstance(value, str) or names_everything(named):
        return like(value, named)
    lanes = [Texts([part]) for part in value.split(":", 5)]
    answer: Truth = False
    for pattern in named:
        wanted = pattern.split(":", 5)
        if len(wanted) != len(lanes):
            # AWS refuses most of what is no ARN; what it makes of the rest is not documented.
            answer = None
        elif all(lane.matching([want]) for lane, want in zip(lanes, wanted, strict=True)):
            return True
    return answer


def _boolean(value: Value, named: tuple[str, ...]) -> Truth:
    words = {text.lower() for text in named}
    if isinstance(value, str):
        return value.lower() in words
    return words >= {"true", "false"} or None


def _readable(read: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return a reader that answers None for what it cannot read."""

    @lru_cache(maxsize=2_048)  # Each text of one long document is read once.
    def reading(text: str) -> T | None:
        try:
            return read(text)
        except (ValueError, OverflowError):
            return None

    return reading


_number = _readable(float)
_address = _readable(ip_address)
_network = _readable(partial(ip_network, strict=False))


@_readable
def _seconds(text: str) -> float:
    """Read a time, ISO 8601 or seconds since 1970, in UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return float(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def in_network(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare an address with networks in CIDR form: IpAddress. An address that is not known is IPv4."""
    networks = [network for network in map(_network, named) if network]
    if isinstance(value, str):
        held = _address(value)
        return held is not None and any(held in network for network in networks)
    old = [network for network in networks if isinstance(network, IPv4Network)]
    return _INTERNET in list(collapse_addresses(old)) or None


def _decided(*, yes: bool, no: bool) -> Truth:
    return yes or (False if no else None)


RELATIONS: Final[dict[str, Callable[[Span, float], Truth]]] = {
    "equals": lambda x, bound: _decided(yes=x.low == x.high == bound, no=not x.low <= bound <= x.high),
    "lessthan": lambda x, bound: _decided(yes=x.high < bound, no=x.low >= bound),
    "lessthanequals": lambda x, bound: _decided(yes=x.high <= bound, no=x.low > bound),
    "greaterthan": lambda x, bound: _decided(yes=x.low > bound, no=x.high <= bound),
    "greaterthanequals": lambda x, bound: _decided(yes=x.low >= bound, no=x.high < bound),
}
"""How a number or time compares with a bound."""


def _measured(relation: str, read: Callable[[str], float | None]) -> Comparison:
    def compare(value: Value, named: tuple[str, ...]) -> Truth:
        exact = read(value) if isinstance(value, str) else None
        held = value if exact is None else Span(exact, exact)
        if not isinstance(held, Span):
            return None
        return _any(None if bound is None else RELATIONS[relation](held, bound) for bound in map(read, named))

    return compare


_COMPARISONS: Final[dict[str, Comparison]] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "binaryequals": _equals,
    "bool": _boolean,
    "ipaddress": in_network,
    **{f"numeric{relation}": _measured(relation, _number) for relation in RELATIONS},
    **{f"date{relation}": _measured(relation, _seconds) for relation in RELATIONS},
}
_NEGATED = re.compile(
    r"stringnot(equals|equalsignorecase|like)|arnnot(equals|like)|notipaddress|(numeric|date)notequals"
)


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator, taken apart: `name` is in lower case and without its negation."""

    name: str
    negated: bool
    quantifier: str
    if_exists: bool

    @classmethod
    @lru_cache(maxsize=64)  # One document uses a few again and again.
    def read(cls, text: str) -> Operator:
        """Take an operator such as `ForAnyValue:StringNotLikeIfExists` apart, regardless of case."""
        name = text.lower()
        quantifier = next(filter(name.startswith, ("forallvalues:", "foranyvalue:")), "")
        name = name.removeprefix(quantifier)
        if_exists = name.endswith("ifexists")
        name = name.removesuffix("ifexists")
        negated = _NEGATED.fullmatch(name) is not None
        return cls(name.replace("not", "") if negated else name, negated, quantifier, if_exists)

    def holds(self, held: Possibility, named: tuple[str, ...]) -> Truth:
        """Tell whether the condition holds where the key holds this, and names these values."""
        if self.name == "null":
            words = {text.lower() for text in named}
            return (words == {"true"}) == (held == ()) if words in ({"true"}, {"false"}) else None
        comparison = _COMPARISONS.get(self.name)
        if comparison is None:
            return None
        if held == ():
            if self.quantifier == "foranyvalue:":
                return None if self.if_exists else False
            return self.if_exists or self.negated or self.quantifier != ""
        truths = [comparison(value, named) for value in as_values(held)]
        if self.negated:
            truths = list(map(_not, truths))
        if self.quantifier == "foranyvalue:":
            return _any(truths)
        if self.quantifier:
            return _not(_any(map(_not, truths)))
        # What AWS makes of several values without a set operator is not documented.
        return truths[0] if len(truths) == 1 else None


def as_values(held: Possibility) -> tuple[Value, ...]:
    """Return the values to compare, one by one."""
    return held if isinstance(held, tuple) else (held,)


def denied(statements: Sequence[Statement], requests: Requests, *, alone: bool) -> Extent:
    """Return which of the requests a document denies."""
    denies = union(_applies(statement, requests) for statement in statements if statement.denies)
    if not alone:
        return denies
    allows = union(_applies(statement, requests) for statement in statements if not statement.denies)
    return denies | requests.outside(allows)


def _applies(statement: Statement, requests: Requests) -> Extent:
    named = _named(statement.actions, requests.actions, requests, str.lower)
    named &= _named(statement.resources, requests.resources, requests)
    return named & _context(statement, requests) if named.possible else Extent(0, 0)


def may_apply_to(statement: Statement, anyone: Requests) -> bool:
    """Tell whether there is an action on a resource that a statement may apply to, in these contexts."""
    nothing = statement.actions.is_nothing or statement.resources.is_nothing
    return not nothing and _context(statement, anyone).possible != 0


def _named(named: Named, texts: Texts, requests: Requests, spelled: Callable[[str], str] = str) -> Extent:
    patterns = requests.resolve(map(spelled, named.patterns))
    if patterns is None:
        return requests.doubtful
    matched = texts.matching(patterns)
    extent = Extent(matched, matched)
    return requests.outside(extent) if named.all_but else extent


def _context(statement: Statement, requests: Requests) -> Extent:
    """Return for which of the requests principal and conditions hold; those of a Deny, at one moment."""
    found = requests.everywhere if statement.is_for_all else requests.doubtful
    timely: list[Clause] = []
    for clause in statement.clauses:
        if statement.denies and clause.key.lower() in _THE_TIME:
            timely.append(clause)
        else:
            found &= _where(clause, requests)
    at_moments = Extent(0, 0)
    for moment in _moments(timely):
        then = found
        for clause in timely:
            then &= _where(clause, requests, some_day=True, moment=moment)
        at_moments |= then
    return at_moments


def _moments(clauses: Sequence[Clause]) -> tuple[float | None, ...]:
    """Return moments, one at least in each stretch of time that the clauses tell apart.

    None, which is some day for each clause by itself, where there is nothing to tell apart, or too much.
    """
    texts = [text for clause in clauses for text in clause.values]
    if len(clauses) == 1 or len(texts) > _MOST_DATES:
        return (None,)
    bounds = {read(text) for text in texts for read in (_seconds, _number)}
    return tuple(bound + step for bound in bounds if bound is not None for step in (-1, 0, 1)) or (None,)


def _where(clause: Clause, requests: Requests, some_day: bool = False, moment: float | None = None) -> Extent:
    """Return for which of the requests a clause holds; of the time, some day or at a moment."""
    named = requests.resolve(clause.values)
    if not named:
        return requests.doubtful
    operator = Operator.read(clause.operator)
    sure, possible = requests.everywhere.sure, 0
    for possibility, where in requests.holding(clause.key.lower()).items():
        held = possibility
        if moment is not None and isinstance(held, Span):
            then = min(max(moment, held.low), held.high)  # or that end of its time which is nearer
            held = Span(then, then)
        truth = operator.holds(held, named)
        if truth is False or (truth is None and not some_day):
            sure &= ~where
        if truth is not False:
            possible |= where
    return Extent(sure, possible)
