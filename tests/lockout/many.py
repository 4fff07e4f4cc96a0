"""Compare the evaluator with the reference on as many random documents as there is time for.

Run: python -m tests.lockout.many [--count N] [--start S] [--only KIND ...]

Document n of a kind is drawn by the seed "KIND n", so it is the same each time. Each disagreement is made
small and shown with both answers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from tests.lockout.drawing import Case, drawn, expected, judged
from tests.lockout.kinds import KINDS
from tests.lockout.known import is_known

PAIRS = "two kinds"


def case(name: str, number: int) -> Case:
    random = Random(f"{name} {number}")  # noqa: S311 - nothing secret
    return drawn(random, random.sample(sorted(KINDS), 2) if name == PAIRS else [name])


def disagree(case: Case) -> bool:
    found, right = judged(case), expected(case)
    return not found.is_cut and found.denial != right and not is_known(case, found.denial, right)


def smaller(case: Case) -> Iterator[Case]:
    """Yield what is left of a case without one statement, condition, or value."""
    statements = case.statements
    for n, each in enumerate(statements):
        if len(statements) > 1:
            yield replace(case, statements=(*statements[:n], *statements[n + 1 :]))
        for less in _less(each):
            yield replace(case, statements=(*statements[:n], less, *statements[n + 1 :]))


def _less(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    plain = {"Effect": statement["Effect"], "Action": ["*"], "Resource": ["*"]}
    rest = {name: held for name, held in statement.items() if name not in plain}
    for name in ("Action", "Resource"):
        if statement.get(name) != ["*"]:
            others = {k: v for k, v in statement.items() if k not in (name, f"Not{name}")}
            yield {**others, name: ["*"]}
    condition = rest["Condition"]
    for operator, keys in condition.items():
        for key, values in keys.items():
            kept = {
                o: {k: v for k, v in ks.items() if (o, k) != (operator, key)} for o, ks in condition.items()
            }
            yield {**statement, "Condition": {o: ks for o, ks in kept.items() if ks}}
            if len(values) > 1:
                for value in values:
                    fewer = [each for each in values if each != value]
                    yield {**statement, "Condition": {**condition, operator: {**keys, key: fewer}}}


def smallest(case: Case) -> Case:
    """Take away what a disagreement does not need."""
    while found := next(filter(disagree, smaller(case)), None):
        case = found
    return case


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[*KINDS, PAIRS])
    parser.add_argument("--shown", type=int, default=5)
    asked = parser.parse_args()
    for name in asked.only:
        classes: Counter[str] = Counter()
        shown: set[str] = set()
        for number in range(asked.start, asked.start + asked.count):
            found = judged(one := case(name, number))
            right = expected(one)
            classes["beyond the cap" if found.is_cut else right] += 1
            if found.is_cut or found.denial.value == right:
                continue
            known = is_known(one, found.denial, right)
            classes["known" if known else "disagreements"] += 1
            if known:
                continue
            if len(shown) < asked.shown:
                small = smallest(one)
                text = json.dumps(small.statements)
                if text not in shown:
                    sys.stdout.write(
                        f"{name} {number}: {judged(small).denial.value}, by the reference {expected(small)}\n"
                        f"  {small.policy_type} own={small.own} alone={small.alone} {text}\n"
                    )
                shown.add(text)
        sys.stdout.write(f"{name}: {asked.count} from {asked.start}: {dict(classes)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
