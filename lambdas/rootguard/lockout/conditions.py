"""A statement's conditions: for which requests they hold.

Clauses are joined by "and", a clause's values by "or". A key that a request lacks makes a clause false, a
negated one true, one with `…IfExists` true, `ForAllValues` true and `ForAnyValue` false. An operator that is
not known here, a value that could not be read, a variable that differs among the requests: maybe.
Source: "Condition operators" and "Single-valued vs. multivalued context keys", IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rootguard.lockout import comparisons as compare
from rootguard.lockout.certainty import NOWHERE, Extent, Truth
from rootguard.lockout.context import Possibility, Span
from rootguard.lockout.grammar import Clause
from rootguard.lockout.requests import Requests
from rootguard.lockout.variables import resolve

_COMPARISONS: Final[dict[str, compare.Comparison]] = {
    "stringequals": compare.equals,
    "stringequalsignorecase": compare.equals_ignoring_case,
    "stringlike": compare.like,
    "arnequals": compare.arn_like,
    "arnlike": compare.arn_like,
    "binaryequals": compare.equals,
    "bool": compare.boolean,
    "ipaddress": compare.address,
} | {
    f"{family}{relation}": of(compared)
    for family, of in (("numeric", compare.numeric), ("date", compare.dated))
    for relation, compared in (
        ("equals", compare.same),
        ("lessthan", compare.below),
        ("lessthanequals", compare.at_most),
        ("greaterthan", compare.above),
        ("greaterthanequals", compare.at_least),
    )
}
_NEGATED: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
_QUANTIFIERS: Final[dict[str, Callable[[Iterable[Truth]], Truth]]] = {
    "forallvalues:": lambda truths: min(truths, default=Truth.YES),
    "foranyvalue:": lambda truths: max(truths, default=Truth.NO),
}
_REMEMBERED: Final = 64  # operators, of which one document uses a few again and again
_THE_TIME: Final = ("aws:currenttime", "aws:epochtime")
_MOST_DATES: Final = 4  # of one statement, each tried with all its clauses on the time


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator, taken apart. `comparison` is None for `Null` and for one that is not known."""

    name: str
    comparison: compare.Comparison | None = field(compare=False)
    negated: bool
    quantifier: str | None
    if_exists: bool

    @classmethod
    @lru_cache(maxsize=_REMEMBERED)
    def read(cls, text: str) -> Operator:
        """Take an operator such as `ForAnyValue:StringNotLikeIfExists` apart, regardless of case."""
        name = text.lower()
        quantifier = next((prefix for prefix in _QUANTIFIERS if name.startswith(prefix)), None)
        name = name.removeprefix(quantifier or "")
        if_exists = name.endswith("ifexists")
        name = name.removesuffix("ifexists")
        comparison = _COMPARISONS.get(_NEGATED.get(name, name))
        return cls(name, comparison, name in _NEGATED, quantifier, if_exists)

    def holds(self, held: Possibility, named: tuple[str, ...]) -> Truth:
        """Tell whether the condition holds where the key holds this, and names these values."""
        if self.name == "null":
            words = {text.lower() for text in named}
            wanted = Truth.YES if words == {"true"} else Truth.NO if words == {"false"} else Truth.MAYBE
            return wanted if held == () else wanted.negated
        if self.comparison is None:
            return Truth.MAYBE
        if held == ():
            return self._without_the_key()
        truths = [self.comparison(value, named) for value in as_values(held)]
        if self.negated:
            truths = [truth.negated for truth in truths]
        if self.quantifier:
            return _QUANTIFIERS[self.quantifier](truths)
        # What AWS makes of several values without a set operator is not documented.
        return truths[0] if len(truths) == 1 else Truth.MAYBE

    def _without_the_key(self) -> Truth:
        if self.quantifier == "foranyvalue:":
            return Truth.MAYBE if self.if_exists else Truth.NO
        return Truth.YES if self.if_exists or self.negated or self.quantifier else Truth.NO


def as_values(held: Possibility) -> tuple[compare.Value, ...]:
    """Return the values to compare, one by one."""
    return held if isinstance(held, tuple) else (held,)


def extent(clauses: Sequence[Clause], requests: Requests, *, some_day: bool = False) -> Extent:
    """Return for which of the requests all clauses hold; with `some_day`, at one moment from now on."""
    timely = [clause for clause in clauses if some_day and clause.key.lower() in _THE_TIME]
    others = [clause for clause in clauses if not (some_day and clause.key.lower() in _THE_TIME)]
    found = Extent(requests.everything, requests.everything)
    for clause in others:
        found &= _extent(clause, requests)
    whenever = NOWHERE
    for moment in _moments(timely):
        then = found
        for clause in timely:
            then &= _extent(clause, requests, some_day=True, moment=moment)
        whenever |= then
    return whenever


def _moments(clauses: Sequence[Clause]) -> tuple[float | None, ...]:
    """Return moments, one at least in each stretch of time that the clauses tell apart.

    None, which is some day for each clause by itself, where there is nothing to tell apart, or too much.
    """
    texts = [text for clause in clauses for text in clause.values]
    if len(clauses) == 1 or len(texts) > _MOST_DATES:
        return (None,)
    read = {read(text) for text in texts for read in (compare.seconds, compare.number)}
    return tuple(bound + step for bound in read if bound is not None for step in (-1, 0, 1)) or (None,)


def _extent(
    clause: Clause, requests: Requests, *, some_day: bool = False, moment: float | None = None
) -> Extent:
    named = resolve(clause.values, requests)
    if not named:
        return requests.doubtful
    operator = Operator.read(clause.operator)
    sure, possible = requests.everything, 0
    for held, where in requests.holding(clause.key.lower()).items():
        truth = operator.holds(_at(moment, held), named)
        if some_day and truth is Truth.MAYBE:
            truth = Truth.YES
        if truth is not Truth.YES:
            sure &= ~where
        if truth is not Truth.NO:
            possible |= where
    return Extent(sure, possible)


def _at(moment: float | None, held: Possibility) -> Possibility:
    """Return what a key holds at a moment, or at that end of its time which is nearer."""
    if moment is None or not isinstance(held, Span):
        return held
    then = min(max(moment, held.low), held.high)
    return Span(then, then)
