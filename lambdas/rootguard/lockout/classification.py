"""From a document to one word: how much it denies, which statements say so, and whom it spares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, reduce
from itertools import islice
from typing import Final

from rootguard.lockout.certainty import NOWHERE, Extent
from rootguard.lockout.context import SERVICE_CONTROL_POLICY
from rootguard.lockout.evaluation import applies, may_apply_to
from rootguard.lockout.grammar import Statement, parse
from rootguard.lockout.ordinary import ACTIONS, Ordinary, nameless_actions, ordinary
from rootguard.lockout.requests import Requests
from rootguard.lockout.spared import spared


class Denial(StrEnum):
    """How much a document denies, from most to least.

    TOTAL: all that an ordinary role does, in every Region; only who or what is named is spared. Of an RCP,
        which names services one by one, also S3, STS, KMS, SQS and Secrets Manager together, and taking any
        role, be it by a role or by a service. A lockout.
    BROAD: a whole service; or everything in some Region, or to a class of principals such as the root users
        of all member accounts, or in circumstances that are not known (without MFA, from some network).
    NARROW: particular actions, resources, principals or circumstances.
    NONE: nothing to anyone of the organization; also what is no policy document.
    """

    TOTAL = "total"
    BROAD = "broad"
    NARROW = "narrow"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Classification:
    """How much a document denies, and the evidence.

    Attributes:
        statements: the Sids of the statements that say so, or "statement 2" where there is none.
        spared: who and what is left out, as the document words it, for TOTAL and BROAD: "denies everything
            to everyone but …". Someone else's text: a page must make it printable.
    """

    denial: Denial
    statements: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


NOT_ALLOWED: Final = "what no statement allows"
"""Stands among the statements where a document that is alone denies by not allowing."""

_MOST_SERVICES: Final = 16
_REMEMBERED: Final = 8  # The decision on a change and its pages ask the same a few times over.
_SERVICE = re.compile(r"([a-z0-9-]+):.*[*?]", re.DOTALL)


def classify(
    content: str | None,
    policy_type: str = SERVICE_CONTROL_POLICY,
    organization_id: str | None = None,
) -> Classification:
    """Classify a policy's JSON text, with full access beside it. Never raises, and takes time in proportion.

    Args:
        content: the text. None, what is no policy document, and what no quota will ever allow deny NONE.
        policy_type: SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY; no other type denies anything.
        organization_id: `o-…`, where known; without it a condition on a well-formed id is a maybe.
    """
    return _classification((content,), policy_type, organization_id, alone=False)


def classify_together(
    contents: Iterable[str | None],
    policy_type: str = SERVICE_CONTROL_POLICY,
    organization_id: str | None = None,
) -> Classification:
    """Classify all policies that stand on one target without full access. Never raises.

    What none of them allows is denied as well; where there are none, that is everything. One that cannot be
    read may allow anything: then only what the others deny counts. A statement without a Sid is named by its
    place in its own document.

    Args:
        contents: their texts, each as `classify` takes it.
        policy_type: as of `classify`.
        organization_id: as of `classify`.
    """
    return _classification(tuple(contents), policy_type, organization_id, alone=True)


@lru_cache(maxsize=_REMEMBERED)
def _classification(
    contents: tuple[str | None, ...], policy_type: str, organization_id: str | None, *, alone: bool
) -> Classification:
    documents = [parse(content) for content in contents]
    if policy_type not in ACTIONS:
        return Classification(Denial.NONE)
    alone = alone and None not in documents
    statements = [statement for document in documents for statement in document or ()]
    asked = ordinary(policy_type, organization_id)
    services = nameless_actions(policy_type, organization_id, _services(statements))
    parts = [_part(statement, asked, services) for statement in statements if statement.denies]
    if alone:
        allows = [_part(statement, asked, services) for statement in statements if not statement.denies]
        parts.append(_not_allowed(allows, asked, services))

    denial = _denial(parts, asked)
    if denial is Denial.NONE:
        return Classification(denial)
    saying = [part for part in parts if _denial([part], asked) is denial]
    if not saying:  # They say so together.
        saying = [part for part in parts if part.usual.sure]
    left_out: tuple[str, ...] = ()
    if denial in (Denial.TOTAL, Denial.BROAD):
        evidence = [statement for part in saying for statement in part.statements]
        usual = _union(part.usual for part in parts)
        left_out = spared(statements, evidence, asked, usual, alone=alone)
    return Classification(denial, tuple(part.name for part in saying), left_out)


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of what a document denies: of the usual requests, and of the services that it names."""

    name: str
    statements: tuple[Statement, ...]
    usual: Extent
    services: Extent

    def may_deny(self, anyone: Requests) -> bool:
        """Tell whether there is anything that it may deny."""
        return bool(self.usual.possible | self.services.possible) or any(
            statement.denies and may_apply_to(statement, anyone) for statement in self.statements
        )


def _part(statement: Statement, asked: Ordinary, services: Requests) -> _Part:
    return _Part(
        statement.name,
        (statement,),
        applies(statement, asked.requests),
        applies(statement, services),
    )


def _not_allowed(allows: Sequence[_Part], asked: Ordinary, services: Requests) -> _Part:
    usual = _union(part.usual for part in allows).outside(asked.requests.everything)
    closed = _union(part.services for part in allows).outside(services.everything)
    evidence = tuple(statement for part in allows for statement in part.statements)
    return _Part(NOT_ALLOWED, evidence, usual, closed)


def _denial(parts: Sequence[_Part], asked: Ordinary) -> Denial:
    usual = _union(part.usual for part in parts)
    if any(lockout.is_met(usual.sure) for lockout in asked.lockouts):
        return Denial.TOTAL
    if (
        usual.sure & asked.nameless
        or any(vital & ~usual.possible == 0 for vital in asked.vital)
        or _union(part.services for part in parts).sure
    ):
        return Denial.BROAD
    return Denial.NARROW if any(part.may_deny(asked.anyone) for part in parts) else Denial.NONE


def _union(extents: Iterable[Extent]) -> Extent:
    return reduce(Extent.__or__, extents, NOWHERE)


def _services(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Return services that an action pattern may close as a whole, sixteen at most: one would do."""
    patterns = (pattern for statement in statements for pattern in statement.actions.patterns)
    named = (_SERVICE.match(pattern.lower()) for pattern in patterns)
    return tuple(islice(dict.fromkeys(match[1] for match in named if match), _MOST_SERVICES))
