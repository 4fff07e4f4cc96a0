"""What policies together say to a request, with the statements that say it.

An explicit Deny counts first; then an Allow is needed in the policies, and one in the boundary if there is
one ("Policy evaluation logic" and "Permissions boundaries for IAM entities", IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.principals import Document
from cli.prevention.audit.statements import Request, applies
from rootguard.lockout.grammar import Statement, parse

UNREAD: Final = "its text, which is not in the account's details"


class Part(StrEnum):
    """How a statement takes part in a judgement."""

    ALLOW = "allow"
    DENY = "deny"
    BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class Ground:
    """A statement that applies, or may apply.

    Attributes:
        policy: the policy's name.
        statement: its Sid, or its place ("statement 2"); empty for a policy that could not be read.
        unknown: the keys that decide whether it applies; none if it does for sure.
    """

    part: Part
    policy: str
    statement: str
    certainty: Certainty
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a request is allowed.

    Attributes:
        grants: the statements that allow it, or may allow it.
        doubts: what makes it uncertain; none if it is certain.
    """

    certainty: Certainty
    grants: tuple[Ground, ...] = field(default=())
    doubts: tuple[Ground, ...] = field(default=())


NOT_ALLOWED: Final = Judgement(Certainty.NO)


def judge(policies: Sequence[Document], boundary: Document | None, request: Request) -> Judgement:
    """Tell whether a request is allowed by policies within a boundary."""
    allowing = list(_grounds(policies, request, Part.ALLOW))
    if not allowing:
        return NOT_ALLOWED
    within = [boundary] if boundary is not None else []
    bounding = list(_grounds(within, request, Part.BOUNDARY))
    denying = list(_grounds([*policies, *within], request, Part.DENY))
    asked = [(_surest(allowing), allowing), (_surest(denying).reversed, denying)]
    if within:
        asked.append((_surest(bounding), bounding))
    certainty = min(each for each, _ in asked)
    if certainty is Certainty.NO:
        return NOT_ALLOWED
    doubts = [ground for each, grounds in asked if each is Certainty.UNCERTAIN for ground in grounds]
    grants = [ground for ground in allowing if ground.certainty is _surest(allowing)]
    return Judgement(certainty, tuple(grants), tuple(doubts))


def _surest(grounds: Iterable[Ground]) -> Certainty:
    return max((ground.certainty for ground in grounds), default=Certainty.NO)


def _grounds(documents: Iterable[Document], request: Request, part: Part) -> Iterator[Ground]:
    for document in documents:
        statements = statements_of(document)
        if statements is None:
            yield Ground(part, document.name, "", Certainty.UNCERTAIN, (UNREAD,))
        for statement in statements or ():
            if statement.denies is (part is Part.DENY):
                found = applies(statement, request)
                if found.certainty is not Certainty.NO:
                    yield Ground(part, document.name, statement.name, found.certainty, found.unknown)


def statements_of(document: Document) -> tuple[Statement, ...] | None:
    """Return a policy's statements; None if it could not be read."""
    return _parsed(document.content)


@lru_cache(maxsize=4_096)
def _parsed(content: str | None) -> tuple[Statement, ...] | None:
    """Read a document once: many principals share AWS's managed policies."""
    return parse(content)
