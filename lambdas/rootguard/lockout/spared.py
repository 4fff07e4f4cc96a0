"""Whom and what a denial spares, in the document's own words.

An exception counts only if it spares someone: each is tried on the document with a request of its own kind
(by the role that it names, from the Region that it names), so one that another statement denies anyway is
not told of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rootguard.lockout.evaluation import Operator, as_values, denied, like
from rootguard.lockout.grammar import NOBODY, Clause, Statement, names_everything
from rootguard.lockout.ordinary import ACCOUNT, Ordinary
from rootguard.lockout.requests import ABSENT, PRESENT, Extent, Possibilities, Request, Requests, Situation

_TRIED: Final = 12
_TOLD: Final = 8
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Exemption:
    """Something that a statement leaves out: its words, and what makes a request one that it spares."""

    words: str
    action: str = ""
    resource: str = ""
    key: str = ""
    held: Possibilities = ()
    pattern: str = "*"

    def may_be_met(self, anyone: Requests) -> bool:
        """Tell whether anyone's request can be such: nobody is of the organization "o-none"."""
        possible = anyone.holding(self.key)
        if self.held == ABSENT:
            return () in possible
        values = (value for held in possible for value in as_values(held))
        return not self.key or any(like(value, (self.pattern,)) is not False for value in values)

    def of(self, request: Request) -> Request:
        """Return the request as one that is left out."""
        situation = request.situation
        if self.key:
            situation = Situation({**situation.context, self.key: self.held})
        return Request(self.action or request.action, self.resource or request.resource, situation)


def spared(
    statements: Sequence[Statement],
    saying: Iterable[Statement],
    ordinary: Ordinary,
    usual: Extent,
    *,
    alone: bool,
) -> tuple[str, ...]:
    """Return what the statements that say so leave out and the whole document does not deny either.

    `usual` is what the document denies of the ordinary requests.

    Principals and circumstances come first, then resources and actions. At most eight, of at most 200
    characters each, and how many more there are.
    """
    exemptions = [each for each in _exemptions(saying) if each.may_be_met(ordinary.anyone)]
    exemptions.sort(key=lambda exemption: not exemption.key)
    tried = exemptions[:_TRIED]
    asked = _most_denied(usual, ordinary)
    requests = Requests([*asked, *(exemption.of(request) for exemption in tried for request in asked)])
    extent = denied(statements, requests, alone=alone)
    words = dict.fromkeys(
        exemption.words
        for number, exemption in enumerate(tried, start=1)
        if _is_less(extent, len(asked) * number, (1 << len(asked)) - 1)
    )
    more = len(words) + len(exemptions) - len(tried) - _TOLD
    return (*(told[:_LONGEST] for told in list(words)[:_TOLD]), *([f"{more} more"] if more > 0 else []))


def _most_denied(extent: Extent, ordinary: Ordinary) -> list[Request]:
    """Return what one principal does in one Region, where most of it is denied; the role's, if it can be."""
    most = max(
        ordinary.groups,
        key=lambda group: ((extent.sure & group).bit_count(), (extent.possible & group).bit_count()),
    )
    return [request for place, request in enumerate(ordinary.requests.each) if most >> place & 1]


def _is_less(extent: Extent, shift: int, width: int) -> bool:
    """Tell whether the requests from `shift` on are denied less, or less surely, than the first ones."""
    return any(mask & width & ~(mask >> shift) for mask in (extent.sure, extent.possible))


def _exemptions(statements: Iterable[Statement]) -> Iterator[Exemption]:
    for statement in statements:
        for clause in statement.clauses if statement.denies else ():
            yield from _of_clause(clause)
        if statement.resources.all_but == statement.denies:
            for pattern in statement.resources.patterns:
                yield Exemption(pattern, resource=_filled(pattern))
        if statement.actions.all_but == statement.denies:
            for pattern in statement.actions.patterns:
                yield Exemption(pattern, action=_filled(pattern).lower())


def _of_clause(clause: Clause) -> Iterator[Exemption]:
    operator, key = Operator.read(clause.operator), clause.key.lower()
    if operator.name == "bool" and len(clause.values) == 1:
        value = "false" if clause.values[0].lower() == "true" else "true"
        yield Exemption(f"{clause.key} = {value}", key=key, held=((value,),), pattern=value)
    elif operator.name == "null":
        if len(clause.values) == 1:
            is_there = clause.values[0].lower() == "true"
            words = f"{clause.key} {'present' if is_there else 'absent'}"
            yield Exemption(words, key=key, held=PRESENT if is_there else ABSENT)
    elif operator.negated:
        for value in clause.values:
            words = value if key == "aws:principalarn" else f"{clause.key} = {value}"
            yield Exemption(words, key=key, held=((_filled(value),),), pattern=value)
    elif clause.values and not names_everything(clause.values):
        yield Exemption(f"{clause.key} other than {', '.join(clause.values)}", key=key, held=PRESENT)


def _filled(pattern: str) -> str:
    """Return an ordinary text that the pattern matches."""
    return pattern.replace("${aws:PrincipalAccount}", ACCOUNT).replace("*", NOBODY).replace("?", NOBODY)
