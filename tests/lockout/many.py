"""Compare the evaluator with the reference on as many random documents as there is time for.

Run: PYTHONPATH=lambdas python -m tests.lockout.many [--count N] [--start S] [--only KIND ...]

Document n of a kind is drawn by the seed "KIND n", so it is the same each time. It prints for each kind how
many documents have which class by the reference, and each disagreement, made small, with both answers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from random import Random

from tests.lockout.drawing import Case, drawn, expected, judged
from tests.lockout.kinds import KINDS
from tests.lockout.known import is_known
from tests.lockout.reduction import smallest

PAIRS = "two kinds"


def case(name: str, number: int) -> Case:
    random = Random(f"{name} {number}")  # noqa: S311 - nothing secret
    return drawn(random, random.sample(sorted(KINDS), 2) if name == PAIRS else [name])


def compared(one: Case) -> str:
    """Return the class by the reference, or how the evaluator differs from it."""
    found, right = judged(one), expected(one)
    if found.is_cut:
        return "beyond the cap" if found.denial == right else "beyond the cap, and otherwise"
    if found.denial == right:
        return right
    return "known" if is_known(one, found.denial) else "disagreement"


def shown(one: Case) -> str:
    small = smallest(one)
    return (
        f"  {judged(small).denial}, by the reference {expected(small)}: {small.policy_type}"
        f" own={small.own} alone={small.alone} {json.dumps(small.statements)}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[*KINDS, PAIRS])
    asked = parser.parse_args()
    for name in asked.only:
        answers: Counter[str] = Counter()
        for number in range(asked.start, asked.start + asked.count):
            answer = compared(one := case(name, number))
            answers[answer] += 1
            if answer == "disagreement":
                sys.stdout.write(f"{name} {number}\n{shown(one)}")
        sys.stdout.write(f"{name}: {asked.count} from {asked.start}: {dict(answers)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
