"""A document, evaluated: which requests it denies.

An explicit deny wins, and what no statement allows is denied too ("Policy evaluation logic", IAM User Guide).
The latter counts only where the document stands alone, that is without full access beside it.
"""

from __future__ import annotations

from collections.abc import Iterable

from rootguard.lockout import conditions
from rootguard.lockout.certainty import NOWHERE, Extent, Truth
from rootguard.lockout.grammar import Named, Statement
from rootguard.lockout.requests import Column, Requests
from rootguard.lockout.variables import resolve


def denied(statements: Iterable[Statement], requests: Requests, *, alone: bool) -> Extent:
    """Return which of the requests a document denies."""
    denies, allows = NOWHERE, NOWHERE
    for statement in statements:
        if statement.denies:
            denies |= applies(statement, requests)
        elif alone:
            allows |= applies(statement, requests)
    return denies | allows.outside(requests.everything) if alone else denies


def applies(statement: Statement, requests: Requests) -> Extent:
    """Return to which of the requests a statement applies."""
    actions = Named(
        tuple(pattern.lower() for pattern in statement.actions.patterns), statement.actions.all_but
    )
    named = _named(actions, requests.actions, requests) & _named(
        statement.resources, requests.resources, requests
    )
    return named & _circumstances(statement, requests) if named.possible else NOWHERE


def may_apply_to(statement: Statement, anyone: Requests) -> bool:
    """Tell whether there is an action on a resource that a statement may apply to, in these circumstances."""
    return not (
        statement.actions.is_nothing
        or statement.resources.is_nothing
        or not _circumstances(statement, anyone).possible
    )


def _circumstances(statement: Statement, requests: Requests) -> Extent:
    everyone = Extent(requests.everything if statement.everyone is Truth.YES else 0, requests.everything)
    return everyone & conditions.extent(statement.clauses, requests, some_day=statement.denies)


def _named(named: Named, column: Column, requests: Requests) -> Extent:
    patterns = resolve(named.patterns, requests)
    if patterns is None:
        return requests.doubtful
    matched = column.matching(patterns)
    extent = Extent(matched, matched)
    return extent.outside(requests.everything) if named.all_but else extent
