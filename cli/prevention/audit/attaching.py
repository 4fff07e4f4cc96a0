"""Whether someone can attach a policy to Root, of any type that can lock people out.

AWS asks IAM about the policy and about Root. The guide wants both in one statement ("Attaching and detaching
policies", AWS Organizations User Guide); here two statements do as well, so that nobody is missed.

Which policy it is, whoever attaches it is free to choose: one of an id that no document names stands for any,
and then each that the documents name is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.judgement import Ground, Judgement, judge, statements_of
from cli.prevention.audit.known import Keys
from cli.prevention.audit.principals import Document
from cli.prevention.audit.statements import Request
from cli.prevention.organization import TYPES, Organization
from rootguard.lockout.grammar import NOBODY

ACTION: Final = "organizations:attachpolicy"
_OWN_POLICY: Final = re.compile(r"arn:.+:policy/.+/(p-[0-9a-zA-Z_]{8,128})")
_ANY: Final = f"p-{NOBODY}"


@dataclass(frozen=True, slots=True)
class Attaching:
    """Whether someone can attach a policy to Root.

    Attributes:
        policy_types: of which types; the others less surely, or not.
        only: the policies that it is limited to; none if it may be any.
        grants: the statements that allow it on Root.
        doubts: what makes it uncertain.
    """

    can: Certainty
    policy_types: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    grants: tuple[Ground, ...] = ()
    doubts: tuple[Ground, ...] = ()


def attaching(
    policies: Sequence[Document],
    boundary: Document | None,
    keys: Callable[[str], Keys],
    organization: Organization,
) -> Attaching:
    """Judge it by someone's policies.

    Args:
        policies: what may allow it.
        boundary: what it must be within, if there is a boundary.
        keys: returns what is known of the request, by policy type.
        organization: whose Root it is.
    """

    def judged(policy_type: str, policy_id: str) -> Judgement:
        known = keys(policy_type)
        on_root = judge(policies, boundary, Request(ACTION, organization.root_arn, known))
        if on_root.certainty is Certainty.NO:
            return on_root
        arn = organization.policy_arn(policy_type, policy_id)
        of_policy = judge(policies, boundary, Request(ACTION, arn, known))
        doubts = dict.fromkeys((*on_root.doubts, *of_policy.doubts))
        return Judgement(min(on_root.certainty, of_policy.certainty), on_root.grants, tuple(doubts))

    best = _best((kind, "", judged(kind, _ANY)) for kind in TYPES)
    if best.can is Certainty.YES:
        return best
    named = _best((kind, each, judged(kind, each)) for each in _named(policies) for kind in TYPES)
    return named if named.can > best.can else best


def _best(tried: Iterable[tuple[str, str, Judgement]]) -> Attaching:
    found = [each for each in tried if each[2].certainty is not Certainty.NO]
    if not found:
        return Attaching(Certainty.NO)
    can = max(judgement.certainty for _, _, judgement in found)
    surest = [each for each in found if each[2].certainty is can]
    return Attaching(
        can=can,
        policy_types=tuple(dict.fromkeys(kind for kind, _, _ in surest)),
        only=tuple(dict.fromkeys(name for _, name, _ in surest if name)),
        grants=tuple(dict.fromkeys(ground for _, _, judgement in surest for ground in judgement.grants)),
        doubts=tuple(dict.fromkeys(ground for _, _, judgement in surest for ground in judgement.doubts)),
    )


def _named(policies: Iterable[Document]) -> Iterator[str]:
    """Yield each policy that a document names by its id."""
    statements = (each for document in policies for each in statements_of(document) or ())
    patterns = (pattern for statement in statements for pattern in statement.resources.patterns)
    yield from dict.fromkeys(found[1] for found in map(_OWN_POLICY.fullmatch, patterns) if found)
