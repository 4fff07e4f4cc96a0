"""From statements to policy documents that IAM takes: none longer than 6,144 characters.

IAM counts the characters of a managed policy without white space ("IAM and AWS STS quotas", IAM User Guide).
What only CloudFormation knows counts as the longest that it can be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from stacks.prevention.statement import Statement

LIMIT: Final = 6_144
_LONGEST_ARN: Final = len("arn:aws-us-gov:iam::111122223333:role/") + 64
"""A role's name has 64 characters at most; a key's ARN is shorter."""
_LONGEST: Final = {
    "AWS::AccountId": len("111122223333"),
    "AWS::Partition": len("aws-us-gov"),
    "AWS::Region": len("ap-southeast-1"),
}

Resolve = Callable[[Any], Any]
"""Turns what stands for a value that only CloudFormation knows into CloudFormation's own words for it."""


class StatementTooLongError(ValueError):
    """One statement for one resource alone is longer than a managed policy may be."""

    def __init__(self, statement: Statement, length: int) -> None:
        super().__init__(
            "guardrail.yaml: trusted_principals: a policy that exempts them all in its statement "
            f"{statement.sid} has {length} characters, and IAM takes {LIMIT}. Trust fewer principals, such "
            "as one role that the others assume."
        )


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """Return the policy document of some statements."""
    return {"Version": "2012-10-17", "Statement": [statement.to_json() for statement in statements]}


def length(statements: Iterable[Statement], resolve: Resolve) -> int:
    """Return how many characters IAM would count, at most."""
    return len(json.dumps(_longest(resolve(document(statements))), separators=(",", ":")))


def packed(statements: Iterable[Statement], resolve: Resolve) -> list[list[Statement]]:
    """Return the statements in their order, in as few documents as hold them.

    Raises:
        StatementTooLongError: one of them is too long with one resource alone.
    """
    packs: list[list[Statement]] = [[]]
    for statement in (part for whole in statements for part in _split(whole, resolve)):
        if length([*packs[-1], statement], resolve) > LIMIT:
            packs.append([])
        packs[-1].append(statement)
    return packs


def _split(statement: Statement, resolve: Resolve) -> Iterator[Statement]:
    """Yield a statement, or two and more for some of its resources each, if it is too long."""
    alone = length([statement], resolve)
    if alone <= LIMIT:
        yield statement
        return
    middle = len(statement.resources) // 2
    if middle == 0:
        raise StatementTooLongError(statement, alone)
    for letter, half in (("A", statement.resources[:middle]), ("B", statement.resources[middle:])):
        yield from _split(replace(statement, sid=statement.sid + letter, resources=half), resolve)


def _longest(value: Any) -> Any:
    if isinstance(value, list):
        return [_longest(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [str(between), list(pieces)]}:
            return between.join(str(_longest(piece)) for piece in pieces)
        case {"Ref": str(name)}:
            return "?" * _LONGEST.get(name, _LONGEST_ARN)
        case {"Fn::GetAtt": _}:
            return "?" * _LONGEST_ARN
    return {key: _longest(entry) for key, entry in value.items()}
