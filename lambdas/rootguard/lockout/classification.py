"""From a document to one word: how much it denies, which statements say so, and whom it exempts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final

from rootguard.lockout.evaluation import denied, like, may_apply_to
from rootguard.lockout.grammar import NOBODY, Clause, Statement, elements, names_everything, parse
from rootguard.lockout.requests import PRESENT, Extent, Possibility, Request, Requests, union
from rootguard.lockout.typical import ACCOUNT, ACTIONS, SCP, Typical, typical


class Denial(StrEnum):
    """How much a document denies, from most to least.

    TOTAL: all that a typical role does, in every Region; only who or what is named is exempt. Of an RCP,
        which names services one by one, also S3, STS, KMS, SQS and Secrets Manager together, and taking any
        role, be it by a role or by a service. A lockout.
    BROAD: a whole service; or everything in some Region, or to a class of principals such as the root users
        of all member accounts, or in contexts that are not known (without MFA, from some network).
    NARROW: particular actions, resources, principals or contexts.
    NONE: nothing to anyone of the organization; also what is no policy document.
    """

    TOTAL = "total"
    BROAD = "broad"
    NARROW = "narrow"
    NONE = "none"


NOT_ALLOWED: Final = "what no statement allows"


@dataclass(frozen=True, slots=True)
class Classification:
    """How much a document denies, and the evidence: someone else's text, which a page must make printable."""

    denial: Denial
    statements: tuple[str, ...] = ()  # those that say so: Sids, "statement 2" if there is none, NOT_ALLOWED
    exempt: tuple[str, ...] = ()  # who and what TOTAL and BROAD leave out, as the document words it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement as indented JSON text, and whether it decides how much the policy denies."""

    name: str
    text: str
    decides: bool


_MOST_SERVICES: Final = 16  # one that is closed as a whole would do
_TRIED, _MOST, _LONGEST = 12, 8, 200  # exceptions, and the characters of each
_SERVICE = re.compile(r"([a-z0-9-]+):.*[*?]", re.DOTALL)
_SHOWN: Final = 10_240  # characters of a text whose statements are shown: a page has only so much room


def classify(
    content: str | None, policy_type: str = SCP, organization_id: str | None = None
) -> Classification:
    """Classify a policy's JSON text, with full access beside it. Never raises, and takes time in proportion.

    None, what is no policy document, what no quota will ever allow, and types but SCP and RCP deny NONE.
    Without the organization's id (`o-…`) a condition on a well-formed id is a maybe.
    """
    return _classification((content,), policy_type, organization_id, alone=False)


def classify_together(
    contents: Iterable[str | None], policy_type: str = SCP, organization_id: str | None = None
) -> Classification:
    """Classify all policies that are attached to one target without full access, else as `classify` does.

    What none of them allows is denied as well; where there are none, that is everything. One that cannot be
    read may allow anything: then only what the others deny counts. A statement without a Sid is named by its
    place in its own document.
    """
    return _classification(tuple(contents), policy_type, organization_id, alone=True)


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


@dataclass(frozen=True, slots=True)
class _Part:
    """Statements that deny something together, and for which of the typical requests they do."""

    name: str
    statements: Sequence[Statement]
    denied: Extent


@lru_cache(maxsize=8)  # The decision on a change and its pages ask the same a few times over.
def _classification(
    contents: tuple[str | None, ...], policy_type: str, organization_id: str | None, *, alone: bool
) -> Classification:
    if policy_type not in ACTIONS:
        return Classification(Denial.NONE)
    documents = [parse(content) for content in contents]
    alone = alone and None not in documents
    statements = [statement for document in documents for statement in document or ()]
    asked = typical(policy_type, organization_id, _services(statements))
    parts = [
        _Part(statement.name, [statement], denied([statement], asked.requests, alone=False))
        for statement in statements
        if statement.denies
    ]
    if alone:
        allows = [statement for statement in statements if not statement.denies]
        parts.append(_Part(NOT_ALLOWED, allows, denied(allows, asked.requests, alone=True)))
    denial = _denial(parts, asked)
    if denial is Denial.NONE:
        return Classification(denial)
    # Either some say so by themselves, or they say so together.
    by_themselves = [part for part in parts if _denial([part], asked) is denial]
    deciding = by_themselves or [part for part in parts if part.denied.sure & asked.usual]
    left_out: tuple[str, ...] = ()
    if denial in (Denial.TOTAL, Denial.BROAD):
        saying = [statement for part in deciding for statement in part.statements]
        left_out = _left_out(statements, saying, asked, union(part.denied for part in parts), alone)
    return Classification(denial, tuple(part.name for part in deciding), left_out)


def _denial(parts: Sequence[_Part], asked: Typical) -> Denial:
    found = union(part.denied for part in parts)
    if asked.locks_everyone_out(found.sure):
        return Denial.TOTAL
    left = asked.vital & ~found.possible
    if found.sure & ~asked.usual or not all(group & left for group in asked.groups):
        return Denial.BROAD
    denies = (statement for part in parts for statement in part.statements if statement.denies)
    if found.possible or any(may_apply_to(statement, asked.anyone) for statement in denies):
        return Denial.NARROW
    return Denial.NONE


def _services(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Return services that an action pattern may close as a whole, sixteen at most: one would do."""
    patterns = (pattern for statement in statements for pattern in statement.actions.patterns)
    named = (_SERVICE.match(pattern.lower()) for pattern in patterns)
    return tuple(islice(dict.fromkeys(match[1] for match in named if match), _MOST_SERVICES))


def _left_out(
    statements: Sequence[Statement], saying: Sequence[Statement], asked: Typical, usual: Extent, alone: bool
) -> tuple[str, ...]:
    """Return what the statements that say so leave out and the whole document does not deny either.

    `usual` is what the document denies of the typical requests. Each exemption is tried on the document with
    requests of its own kind (by the role that it names, from the Region that it names), so one that another
    statement denies anyway is left out. At most eight, of at most 200 characters each, and how many more
    there are.
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
    extent = denied(statements, Requests([*plain, *exempted]), alone=alone)
    first = (1 << len(plain)) - 1
    words = dict.fromkeys(
        text
        for number, (text, _) in enumerate(tried, start=1)
        # Denied less, or less surely, than the plain requests.
        if any(mask & first & ~(mask >> number * len(plain)) for mask in (extent.sure, extent.possible))
    )
    more = len(words) + len(exemptions) - len(tried) - _MOST
    return (*(each[:_LONGEST] for each in list(words)[:_MOST]), *([f"{more} more"] if more > 0 else []))


def _changed(request: Request, change: Request) -> Request:
    context = {**request.context, **change.context} if change.context else request.context
    return Request(change.action or request.action, change.resource or request.resource, context)


def _exemptions(statements: Sequence[Statement], anyone: Requests) -> Iterator[tuple[str, Request]]:
    """Yield the words of each thing that statements leave out, and what it changes in a request.

    Principals and contexts come first, if anyone's request can be such (nobody is of the organization
    "o-none"), then resources and actions.
    """
    for statement in statements:
        for clause in statement.clauses if statement.denies else ():
            key = clause.key.lower()
            possible = anyone.holding(key) if key else {}
            for words, held, pattern in _of_clause(clause):
                values = (value for possibility in possible for value in possibility)
                if any(like(value, (pattern,)) for value in values) if held else held in possible:
                    yield words, Request("", "", {key: (held,)})
    for statement in statements:
        if statement.resources.all_but == statement.denies:
            for pattern in statement.resources.patterns:
                yield pattern, Request("", _filled(pattern), {})
        if statement.actions.all_but == statement.denies:
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
