"""Whether one statement applies to one request: yes, no, or uncertain with the keys that decide it.

The matching of patterns and conditions is that of `rootguard.lockout`, which is IAM's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.known import Keys
from rootguard.lockout.grammar import DOUBT, Clause, Named, Statement
from rootguard.lockout.matching import Held, Texts, holds
from rootguard.lockout.values import VARIABLE, readings, resolved, variables_of

UNREADABLE: Final = "a condition that is not of IAM's grammar"


@dataclass(frozen=True, slots=True)
class Request:
    """One call on one resource. AWS asks IAM about each resource of a call.

    Attributes:
        action: in lower case.
        resource: an ARN.
    """

    action: str
    resource: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether a statement applies; if that is uncertain, `unknown` are the keys that decide it."""

    certainty: Certainty
    unknown: tuple[str, ...] = ()


_NOT: Final = Applies(Certainty.NO)


def applies(statement: Statement, request: Request) -> Applies:
    """Tell whether a statement applies to a request."""
    if not _names_action(statement.actions, request.action):
        return _NOT
    found = [_names_resource(statement.resources, request)]
    found += [_holds(clause, request.keys) for clause in statement.clauses]
    certainty = min(each.certainty for each in found)
    if certainty is Certainty.NO:
        return _NOT
    return Applies(certainty, tuple(dict.fromkeys(key for each in found for key in each.unknown)))


@lru_cache(maxsize=4_096)
def _names_action(actions: Named, action: str) -> bool:
    """Tell whether a statement names an action. AWS's managed policies, which many share, name thousands."""
    return bool(Texts([action]).matching(map(str.lower, actions.patterns))) != actions.all_but


def _names_resource(resources: Named, request: Request) -> Applies:
    text = Texts([resolved(request.resource) or ""])
    plain, open_, unknown = [], [], []
    for pattern in resources.patterns:
        if missing := _unknown_in(_variables(pattern), request.keys):
            # Whatever the variable stands for.
            open_.append(resolved(VARIABLE.sub("*", pattern)) or "")
            unknown += missing
        elif (found := resolved(pattern, request.keys.of)) is not None:
            plain.append(found)
    if text.matching(plain):
        return _NOT if resources.all_but else Applies(Certainty.YES)
    if text.matching(open_):
        return Applies(Certainty.UNCERTAIN, tuple(dict.fromkeys(unknown)))
    return Applies(Certainty.YES) if resources.all_but else _NOT


def _holds(clause: Clause, keys: Keys) -> Applies:
    if clause.key.startswith(DOUBT):
        return Applies(Certainty.UNCERTAIN, (UNREADABLE,))
    held = keys.of(clause.key)
    unknown = ([clause.written or clause.key] if held is None else []) + _unknown_in(
        variables_of(clause), keys
    )
    if held is None or unknown:
        return Applies(Certainty.UNCERTAIN, tuple(unknown))
    texts = [resolved(text) or "" for text in held]
    hits = Held(texts).hits(clause, readings(clause, keys.of))
    return Applies(Certainty.YES) if holds(clause, (1 << len(texts)) - 1, hits) else _NOT


def _variables(pattern: str) -> set[str]:
    return {match[1].partition(",")[0].strip().lower() for match in VARIABLE.finditer(pattern)}


def _unknown_in(variables: Iterable[str], keys: Keys) -> list[str]:
    """Return the keys among variables that nobody knows. What has no colon, as `${*}`, is no key."""
    return [f"${{{name}}}" for name in sorted(variables) if ":" in name and keys.of(name) is None]
