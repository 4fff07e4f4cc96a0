"""What people want to know of a lockout: which statements deny so much, and whom and what they exempt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rootguard.lockout.evaluation import denied, like
from rootguard.lockout.grammar import NOBODY, Clause, Statement, elements, names_everything
from rootguard.lockout.judgement import Denial, denial_by, judge
from rootguard.lockout.requests import PRESENT, Extent, Possibility, Request, Requests, union
from rootguard.lockout.typical import ACCOUNT, SCP, Typical

_TRIED, _MOST, _LONGEST = 12, 8, 200  # exceptions, and the characters of each
_SHOWN: Final = 10_240  # characters of a text whose statements are shown: a page has only so much room


@dataclass(frozen=True, slots=True)
class Classification:
    """How much a document denies, and the evidence: someone else's text, which a page must make printable."""

    denial: Denial
    statements: tuple[str, ...] = ()  # the names of the parts that say so
    exempt: tuple[str, ...] = ()  # who and what TOTAL and BROAD leave out, as the document words it
    more: int = 0  # how many of these are not among `exempt`


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement as indented JSON text, and whether it decides how much the policy denies."""

    name: str
    text: str
    decides: bool


@lru_cache(maxsize=8)  # A page asks the same a few times over.
def classify(
    content: str | None, policy_type: str = SCP, organization_id: str | None = None
) -> Classification:
    """Classify a policy's JSON text, with full access beside it. See `judge`."""
    judged = judge((content,), policy_type, organization_id, alone=False)
    denial, parts, asked = judged.denial, judged.parts, judged.asked
    if denial is Denial.NONE or asked is None:
        return Classification(denial)
    # Either some say so by themselves, or they say so together.
    by_themselves = [part for part in parts if denial_by([part], asked) is denial]
    deciding = by_themselves or [part for part in parts if part.denied.sure & asked.usual]
    exempt: tuple[str, ...] = ()
    more = 0
    if denial in (Denial.TOTAL, Denial.BROAD):
        statements = [statement for part in parts for statement in part.statements]
        saying = [statement for part in deciding for statement in part.statements]
        exempt, more = _left_out(statements, saying, asked, union(part.denied for part in parts))
    return Classification(denial, tuple(part.name for part in deciding), exempt, more)


def evidence(
    content: str | None, policy_type: str, organization_id: str | None = None
) -> tuple[Evidence, ...]:
    """Return the statements in their order; none for what is no policy document or too long. Never raises."""
    if content is None or len(content) > _SHOWN:
        return ()
    deciding = classify(content, policy_type, organization_id).statements
    return tuple(
        Evidence(name, _readable(json.dumps(element, indent=2, ensure_ascii=False)), name in deciding)
        for name, element in elements(content) or ()
    )


def _readable(text: str) -> str:
    """Return JSON text as people write it; what does not print, or turns text around, stays escaped."""
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)


def _left_out(
    statements: Sequence[Statement], saying: Sequence[Statement], asked: Typical, usual: Extent
) -> tuple[tuple[str, ...], int]:
    """Return what the statements that say so leave out and the whole document does not deny either.

    `usual` is what the document denies of the typical requests. Each exemption is tried with requests of its
    own kind, by the role or from the Region that it names: one that another statement denies anyway is left
    out. At most eight, of at most 200 characters each, and how many more there are.
    """
    exemptions = list(_exemptions(saying, asked.anyone))
    tried = exemptions[:_TRIED]
    # What one principal does in one Region, where most of it is denied; the role's, if it can be.
    most = max(
        asked.groups,
        key=lambda group: ((usual.sure & group).bit_count(), (usual.possible & group).bit_count()),
    )
    plain = [request for place, request in enumerate(asked.requests.each) if most >> place & 1]
    exempted = [_changed(request, change) for _, change in tried for request in plain]
    extent = denied(statements, Requests([*plain, *exempted]), alone=False)
    first = (1 << len(plain)) - 1
    words = dict.fromkeys(
        text
        for number, (text, _) in enumerate(tried, start=1)
        # Denied less, or less surely, than the plain requests.
        if any(mask & first & ~(mask >> number * len(plain)) for mask in (extent.sure, extent.possible))
    )
    more = len(words) + len(exemptions) - len(tried) - _MOST
    return tuple(each[:_LONGEST] for each in list(words)[:_MOST]), max(more, 0)


def _changed(request: Request, change: Request) -> Request:
    context = {**request.context, **change.context} if change.context else request.context
    return Request(change.action or request.action, change.resource or request.resource, context)


def _exemptions(statements: Sequence[Statement], anyone: Requests) -> Iterator[tuple[str, Request]]:
    """Yield the words of each thing that statements leave out, and what it changes in a request.

    Principals and contexts come first, if anyone's request can be such (nobody is of the organization
    "o-none"), then resources and actions.
    """
    for statement in statements:
        for clause in statement.clauses:
            key = clause.key.lower()
            possible = anyone.holding(key) if key else {}
            for words, held, pattern in _of_clause(clause):
                values = (value for possibility in possible for value in possibility)
                if any(like(value, (pattern,)) for value in values) if held else held in possible:
                    yield words, Request("", "", {key: (held,)})
    for statement in statements:
        if statement.resources.all_but:
            for pattern in statement.resources.patterns:
                yield pattern, Request("", _filled(pattern), {})
        if statement.actions.all_but:
            for pattern in statement.actions.patterns:
                yield pattern, Request(_filled(pattern).lower(), "", {})


def _of_clause(clause: Clause) -> Iterator[tuple[str, Possibility, str]]:
    """Yield the words of each exemption, what its key holds then, and the pattern that this is of."""
    if clause.operator == "bool" and len(clause.values) == 1:
        value = "false" if clause.values[0].lower() == "true" else "true"
        yield f"{clause.key} = {value}", (value,), value
    elif clause.operator == "null":
        if len(clause.values) == 1:
            is_there = clause.values[0].lower() == "true"
            yield f"{clause.key} {'present' if is_there else 'absent'}", PRESENT[0] if is_there else (), "*"
    elif clause.negated:
        for value in clause.values:
            is_principal = clause.key.lower() == "aws:principalarn"
            yield value if is_principal else f"{clause.key} = {value}", (_filled(value),), value
    elif clause.values and not names_everything(clause.values):
        yield f"{clause.key} other than {', '.join(clause.values)}", PRESENT[0], "*"


def _filled(pattern: str) -> str:
    """Return a typical text that the pattern matches."""
    return pattern.replace("${aws:PrincipalAccount}", ACCOUNT).replace("*", NOBODY).replace("?", NOBODY)
