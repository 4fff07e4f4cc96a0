"""Whether evaluator and reference disagree on a case, and the smallest part of it on which they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.lockout.drawing import Case, expected, judged
from tests.lockout.known import is_known


def disagree(case: Case) -> bool:
    """Tell whether the two disagree, for no known reason, on what the evaluator looked at as a whole."""
    found, right = judged(case), expected(case)
    return not found.is_cut and found.denial != right and not is_known(case, found.denial)


def smallest(case: Case) -> Case:
    """Take away what a disagreement does not need."""
    while found := next(filter(disagree, _smaller(case)), None):
        case = found
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Yield what is left of a case without one statement, condition, or value."""
    for n, statement in enumerate(case.statements):
        before, after = case.statements[:n], case.statements[n + 1 :]
        if before or after:
            yield replace(case, statements=(*before, *after))
        for less in _less(statement):
            yield replace(case, statements=(*before, less, *after))


def _less(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("Action", "Resource"):
        if statement.get(name) != ["*"]:
            yield {k: held for k, held in statement.items() if k not in (name, f"Not{name}")} | {name: ["*"]}
    for operator, keys in statement["Condition"].items():
        others = {o: asked for o, asked in statement["Condition"].items() if o != operator}
        for key, values in keys.items():
            rest = {k: named for k, named in keys.items() if k != key}
            yield statement | {"Condition": {**others, operator: rest} if rest else others}
            for value in values if len(values) > 1 else ():
                fewer = [each for each in values if each != value]
                yield statement | {"Condition": {**others, operator: {**rest, key: fewer}}}
