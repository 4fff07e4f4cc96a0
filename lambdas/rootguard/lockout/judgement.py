"""From documents to one word: how much they deny. `classification` says of it what people want to know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final

from rootguard.lockout.evaluation import denied, may_apply_to
from rootguard.lockout.grammar import Statement, parse
from rootguard.lockout.requests import Extent, union
from rootguard.lockout.typical import ACTIONS, Typical, typical


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


_MOST_SERVICES: Final = 16  # one that is closed as a whole would do
_SERVICE = re.compile(r"([a-z0-9-]+):.*[*?]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """Statements that deny something together, and for which of the typical requests they do."""

    name: str  # a Sid, "statement 2" if there is none, or empty for what none allows
    statements: Sequence[Statement]
    denied: Extent


@dataclass(frozen=True, slots=True)
class Judgement:
    """How much documents deny, and by which parts of which requests."""

    denial: Denial
    parts: Sequence[Part] = ()
    asked: Typical | None = None  # None for the types that are not judged


@lru_cache(maxsize=8)  # The decision on a change asks the same a few times over.
def judge(
    contents: tuple[str | None, ...], policy_type: str, organization_id: str | None = None, *, alone: bool
) -> Judgement:
    """Judge the JSON texts of policies on one target. Never raises, and takes time in proportion.

    None, what is no policy document, what no quota will ever allow, and types but SCP and RCP deny NONE.
    Without the organization's id (`o-…`) a condition on a well-formed id is a maybe.

    If they are `alone`, these are all that is attached, without full access. Then what none of them allows is
    denied as well; where there are none, that is everything. One that cannot be read may allow anything: then
    only what the others deny counts.
    """
    if policy_type not in ACTIONS:
        return Judgement(Denial.NONE)
    documents = [parse(content) for content in contents]
    alone = alone and None not in documents
    statements = [statement for document in documents for statement in document or ()]
    asked = typical(policy_type, organization_id, _services(statements))
    parts = [
        Part(statement.name, [statement], denied([statement], asked.requests, alone=False))
        for statement in statements
        if statement.denies
    ]
    if alone:
        allows = [statement for statement in statements if not statement.denies]
        parts.append(Part("", allows, denied(allows, asked.requests, alone=True)))
    return Judgement(denial_by(parts, asked), parts, asked)


def denial_by(parts: Sequence[Part], asked: Typical) -> Denial:
    """Return how much some parts deny together."""
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
