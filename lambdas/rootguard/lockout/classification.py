"""From a document to one word: how much it denies, which statements say so, and whom it spares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final

from rootguard.lockout.evaluation import denied, may_apply_to
from rootguard.lockout.grammar import Statement, elements, parse
from rootguard.lockout.ordinary import ACTIONS, SERVICE_CONTROL_POLICY, Ordinary, ordinary
from rootguard.lockout.requests import Extent, union
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement as indented JSON text, and whether it decides how much the policy denies."""

    name: str
    text: str
    decides: bool


NOT_ALLOWED: Final = "what no statement allows"
"""Is named among the statements if a document that is alone denies by not allowing."""

_MOST_SERVICES: Final = 16
_REMEMBERED: Final = 8  # The decision on a change and its pages ask the same a few times over.
_SERVICE = re.compile(r"([a-z0-9-]+):.*[*?]", re.DOTALL)
_SHOWN: Final = 10_240
"""Characters of a text whose statements are shown: a page, which tells them too, has only so much room."""


def classify(
    content: str | None, policy_type: str = SERVICE_CONTROL_POLICY, organization_id: str | None = None
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
    """One part of what a document denies: of the usual requests, and of the services that it names."""

    name: str
    statements: Sequence[Statement]
    usual: Extent
    services: Extent


@lru_cache(maxsize=_REMEMBERED)
def _classification(
    contents: tuple[str | None, ...], policy_type: str, organization_id: str | None, *, alone: bool
) -> Classification:
    if policy_type not in ACTIONS:
        return Classification(Denial.NONE)
    documents = [parse(content) for content in contents]
    alone = alone and None not in documents
    statements = [statement for document in documents for statement in document or ()]
    asked = ordinary(policy_type, organization_id)
    services = asked.nameless_actions(_services(statements))
    judged = [(statement.name, [statement], False) for statement in statements if statement.denies]
    if alone:
        judged.append((NOT_ALLOWED, [statement for statement in statements if not statement.denies], True))
    parts = [
        _Part(name, some, denied(some, asked.requests, alone=allow), denied(some, services, alone=allow))
        for name, some, allow in judged
    ]
    denial = _denial(parts, asked)
    if denial is Denial.NONE:
        return Classification(denial)
    # Either some say so by themselves, or they say so together.
    deciding = [part for part in parts if _denial([part], asked) is denial]
    deciding = deciding or [part for part in parts if part.usual.sure]
    left_out: tuple[str, ...] = ()
    if denial in (Denial.TOTAL, Denial.BROAD):
        saying = [statement for part in deciding for statement in part.statements]
        left_out = spared(statements, saying, asked, union(part.usual for part in parts), alone=alone)
    return Classification(denial, tuple(part.name for part in deciding), left_out)


def _denial(parts: Sequence[_Part], asked: Ordinary) -> Denial:
    usual, services = union(part.usual for part in parts), union(part.services for part in parts)
    if asked.locks_everyone_out(usual.sure):
        return Denial.TOTAL
    closed = usual.sure & asked.nameless or services.sure
    if closed or any(not group & asked.vital & ~usual.possible for group in asked.groups):
        return Denial.BROAD
    statements = [statement for part in parts for statement in part.statements if statement.denies]
    if usual.possible or services.possible or any(may_apply_to(each, asked.anyone) for each in statements):
        return Denial.NARROW
    return Denial.NONE


def _services(statements: Iterable[Statement]) -> list[str]:
    """Return services that an action pattern may close as a whole, sixteen at most: one would do."""
    patterns = (pattern for statement in statements for pattern in statement.actions.patterns)
    named = (_SERVICE.match(pattern.lower()) for pattern in patterns)
    return list(islice(dict.fromkeys(match[1] for match in named if match), _MOST_SERVICES))
