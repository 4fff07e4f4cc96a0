"""A document, evaluated: which requests it denies ("Policy evaluation logic", IAM User Guide).

Conditions: clauses are joined by "and", a clause's values by "or". A key that a request lacks makes a clause
false, a negated one true, one with `…IfExists` true, `ForAllValues` true and `ForAnyValue` false. An operator
that is not known here, a value that could not be read, a variable that differs among the requests: maybe.
Source: "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context keys", IAM
User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial, reduce
from ipaddress import IPv4Network, collapse_addresses, ip_address, ip_network
from typing import Final, TypeVar

from rootguard.lockout.grammar import Clause, Named, Statement, names_everything
from rootguard.lockout.requests import Extent, Possibility, Requests, Span, Texts, Unknown, Value, union

T = TypeVar("T")
Truth = float
"""False, True or MAYBE: "or" is their maximum, "and" the minimum, "not" 1 less the truth (Kleene's logic)."""
MAYBE: Final = 0.5

_WILDCARD: Final = re.compile(r"[*?]")
_INTERNET: Final = IPv4Network("0.0.0.0/0")
_THE_TIME: Final = ("aws:currenttime", "aws:epochtime")
_MOST_DATES: Final = 4  # of one statement, each tried with all its clauses on the time


def _equals(value: Value, named: tuple[str, ...]) -> Truth:
    if isinstance(value, str):
        return value in named
    return MAYBE if isinstance(value, Span) or any(map(value.form.fullmatch, named)) else False


def _equals_ignoring_case(value: Value, named: tuple[str, ...]) -> Truth:
    lowered = tuple(text.lower() for text in named)
    return _equals(value.lower() if isinstance(value, str) else value, lowered)


def _boolean(value: Value, named: tuple[str, ...]) -> Truth:
    if isinstance(value, str):
        return _equals_ignoring_case(value, named)
    return {text.lower() for text in named} >= {"true", "false"} or MAYBE


def like(value: Value, named: tuple[str, ...]) -> Truth:
    """Compare with wildcards: StringLike."""
    if isinstance(value, str):
        return Texts([value]).matching(named) != 0
    if names_everything(named):
        return True
    beginning = value.beginning if isinstance(value, Unknown) else ""
    return max(_equals(value, named), *(_begins(beginning, text) for text in named))


def _begins(beginning: str, pattern: str) -> Truth:
    """Tell whether a pattern with wildcards matches a text of which only the beginning is known."""
    head, *wild = _WILDCARD.split(pattern, maxsplit=1)
    if pattern == f"{head}*" and beginning.startswith(head):
        return True
    return MAYBE if wild and (beginning.startswith(head) or head.startswith(beginning)) else False


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
            answer = MAYBE
        elif all(lane.matching([want]) for lane, want in zip(lanes, wanted, strict=True)):
            return True
    return answer


def _readable(read: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return a reader that answers None for what it cannot read, and reads each text of a document once."""

    @lru_cache(maxsize=2_048)
    def reading(text: str) -> T | None:
        try:
            return read(text)
        except (ValueError, OverflowError):
            return None

    return reading


_number, _address = _readable(float), _readable(ip_address)
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
    return _INTERNET in list(collapse_addresses(old)) or MAYBE


Reader = Callable[[str], float | None]
Relation = Callable[[Span, float], Truth]
RELATIONS: Final[dict[str, Relation]] = {
    "equals": lambda x, bound: x.low == x.high == bound or (MAYBE if x.low <= bound <= x.high else False),
    "lessthan": lambda x, bound: x.high < bound or (False if x.low >= bound else MAYBE),
    "lessthanequals": lambda x, bound: x.high <= bound or (False if x.low > bound else MAYBE),
    "greaterthan": lambda x, bound: x.low > bound or (False if x.high <= bound else MAYBE),
    "greaterthanequals": lambda x, bound: x.low >= bound or (False if x.high < bound else MAYBE),
}
"""How a number or time compares with a bound."""


def _measured(relation: Relation, read: Reader, value: Value, named: tuple[str, ...]) -> Truth:
    exact = read(value) if isinstance(value, str) else None
    held = value if exact is None else Span(exact, exact)
    if not isinstance(held, Span):
        return MAYBE
    return max(MAYBE if bound is None else relation(held, bound) for bound in map(read, named))


_COMPARISONS: Final[dict[str, Callable[[Value, tuple[str, ...]], Truth]]] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "binaryequals": _equals,
    "bool": _boolean,
    "ipaddress": in_network,
    **{f"numeric{name}": partial(_measured, relation, _number) for name, relation in RELATIONS.items()},
    **{f"date{name}": partial(_measured, relation, _seconds) for name, relation in RELATIONS.items()},
}
"""Whether any of the values that a condition names matches one value in a request."""


def _holds(clause: Clause, held: Possibility, named: tuple[str, ...]) -> Truth:
    """Tell whether a condition holds where its key holds this, and its values read so."""
    if clause.operator == "null":
        words = {text.lower() for text in named}
        return (words == {"true"}) == (held == ()) if words in ({"true"}, {"false"}) else MAYBE
    comparison = _COMPARISONS.get(clause.operator)
    if comparison is None:
        return MAYBE
    if not held:
        if clause.quantifier == "foranyvalue:":
            return MAYBE if clause.if_exists else False
        return clause.if_exists or clause.negated or clause.quantifier != ""
    truths = [comparison(value, named) for value in held]
    if clause.negated:
        truths = [1 - truth for truth in truths]
    if clause.quantifier == "foranyvalue:":
        return max(truths)
    # What AWS makes of several values without a set operator is not documented.
    return min(truths) if clause.quantifier or len(truths) == 1 else MAYBE


def denied(statements: Sequence[Statement], requests: Requests, *, alone: bool) -> Extent:
    """Return which of the requests a document denies; if it is alone, also by not allowing them."""
    denies = union(_applies(statement, requests) for statement in statements if statement.denies)
    if not alone:
        return denies
    allows = union(_applies(statement, requests) for statement in statements if not statement.denies)
    return union([denies, requests.outside(allows)])


def _applies(statement: Statement, requests: Requests) -> Extent:
    actions = _named(statement.actions, requests.actions, requests, str.lower)
    named = actions & _named(statement.resources, requests.resources, requests)
    return named & _context(statement, requests) if named.possible else named


def may_apply_to(statement: Statement, anyone: Requests) -> bool:
    """Tell whether there is an action on a resource that a statement may apply to, in these contexts."""
    for named in (statement.actions, statement.resources):
        if names_everything(named.patterns) if named.all_but else not named.patterns:
            return False
    return _context(statement, anyone).possible != 0


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
    return union(
        reduce(lambda then, clause: then & _where(clause, requests, MAYBE, moment), timely, found)
        for moment in _moments(timely)
    )


def _moments(clauses: Sequence[Clause]) -> tuple[float | None, ...]:
    """Return moments, one at least in each stretch of time that the clauses tell apart.

    None, which is some day for each clause by itself, where there is nothing to tell apart, or too much.
    """
    texts = [text for clause in clauses for text in clause.values]
    if len(clauses) == 1 or len(texts) > _MOST_DATES:
        return (None,)
    bounds = {read(text) for text in texts for read in (_seconds, _number)}
    return tuple(bound + step for bound in bounds if bound is not None for step in (-1, 0, 1)) or (None,)


def _where(clause: Clause, requests: Requests, enough: Truth = True, moment: float | None = None) -> Extent:
    """Return for which of the requests a clause holds, surely if it is true enough; if asked, at a moment."""
    named = requests.resolve(clause.values)
    if not named:
        return requests.doubtful
    sure, possible = requests.everywhere.sure, 0
    for possibility, where in requests.holding(clause.key.lower()).items():
        held = possibility
        match held:
            case (Span(low, high),) if moment is not None:
                then = min(max(moment, low), high)  # or that end of its time which is nearer
                held = (Span(then, then),)
        truth = _holds(clause, held, named)
        if truth < enough:
            sure &= ~where
        if truth:
            possible |= where
    return Extent(sure, possible)
