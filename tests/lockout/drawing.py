"""Random documents, and all requests that can differ by them: what the evaluator and the reference judge."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from rootguard.domain.policy import SERVICE_CONTROL_POLICY as SCP
from rootguard.lockout.judgement import Judgement, judge
from tests.lockout.conditions import NEGATIONS, QUANTIFIERS, Context, read
from tests.lockout.documents import NOW, OWN
from tests.lockout.kind import Key, Kind, as_held, each_of, one_of
from tests.lockout.kinds import KINDS, OTHER
from tests.lockout.principals import principals
from tests.lockout.reference import FULL_ACCESS, Requests, Trial

NEGATION = {positive: negated for negated, positive in NEGATIONS.items()}
FIVE = ["s3:*", "sts:*", "kms:*", "sqs:*", "secretsmanager:*"]
ACTIONS = [
    *(["*"], ["*"], ["*"], ["*"], ["*:*"], FIVE, FIVE, ["sts:AssumeRole"], ["sts:*"], ["signin:*"]),
    *(["s3:*"], ["ec2:*"], ["s3:Get*"], ["S3:PUT*", "?3:*"], ["[a-r]*"], ["iam:*", "ec2:*"], ["gamelift:*"]),
    *(["gamelift:CreateFleet"], ["a*", "b*", "c*", "d*", "e*", "g*", "k*", "l*"], ["r*", "s*"]),
]
EXCEPTIONS = [
    ["iam:*", "sts:*"],
    ["s3:*"],
    ["S3:*", "ec2:*"],
    ["sts:*"],
    ["*:Get*"],
    ["sqs:SendMessage"],
    ["*"],
]
RESOURCES = [*["*"] * 8, "arn:aws:s3:::*", "arn:*", "arn:aws:iam::*:role/*"]


@dataclass(frozen=True)
class Case:
    """What is attached, each statement as a document by itself, and how it is asked about.

    Attributes:
        names: the kinds of conditions in it.
        policy_type: the type.
        own: the organization's id, if it is known.
        alone: whether there is no full access beside it.
    """

    names: tuple[str, ...]
    policy_type: str
    own: str | None
    alone: bool
    statements: tuple[dict[str, Any], ...]


def drawn(random: Random, names: Sequence[str]) -> Case:
    """Return a case with some kinds of conditions. A seed makes the same one each time."""
    policy_type = random.choice([SCP, RCP])
    return Case(
        names=tuple(names),
        policy_type=policy_type,
        own=random.choice(KINDS[names[0]].owns),
        alone=random.random() < 0.3,
        statements=tuple(_statement(random, names, policy_type) for _ in range(random.randint(1, 4))),
    )


def _statement(random: Random, names: Sequence[str], policy_type: str) -> dict[str, Any]:
    kinds = [KINDS[name] for name in names]
    is_not = random.random() < 0.2
    patterns = [*RESOURCES, *(pattern for kind in kinds for pattern in kind.resources)]
    resource = random.choice(patterns)
    statement: dict[str, Any] = {"Effect": random.choice(["Deny", "Deny", "Deny", "Allow"])}
    statement["NotAction" if is_not else "Action"] = random.choice(EXCEPTIONS if is_not else ACTIONS)
    statement["NotResource" if resource != "*" and random.random() < 0.5 else "Resource"] = [resource]
    everyone = {"Principal": "*"} if policy_type == RCP else {}
    whom = [principal for kind in kinds for principal in kind.principals]
    statement |= random.choice([everyone, *whom]) if whom else everyone
    return statement | {"Condition": _conditions(random, kinds)}


def _conditions(random: Random, kinds: Sequence[Kind]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(random.choice([0, 1, 1, 1, 2, 2])):
        keys = random.choice(kinds).keys
        name = random.choice(sorted(keys))
        operator, named = _asked(random, keys[name])
        found.setdefault(operator, {})[name] = named
    return found


def _asked(random: Random, key: Key) -> tuple[str, list[str]]:
    if random.random() < 0.12:
        return "Null", random.choice([["true"], ["false"], ["true", "false"]])
    family = random.choice(key.families)
    if family in NEGATION and random.random() < 0.5:
        family = NEGATION[family]
    quantifier = f"{random.choice(QUANTIFIERS)}:" if key.is_set else ""
    if_exists = "IfExists" if random.random() < 0.25 else ""
    named = random.sample(list(key.named), min(random.choice([1, 1, 2, 3]), len(key.named)))
    return f"{quantifier}{family}{if_exists}", named


def judged(case: Case) -> Judgement:
    """Return what the evaluator says."""
    contents = tuple(json.dumps({"Statement": [each]}) for each in case.statements)
    return judge(contents, case.policy_type, case.own, at=NOW, alone=case.alone)


def trial(case: Case) -> Trial:
    """Return what the reference is asked."""
    statements = [read(element) for element in case.statements]
    return Trial(statements if case.alone else [*statements, FULL_ACCESS], case.policy_type, requests(case))


def expected(case: Case) -> str:
    """Return what the reference says."""
    return trial(case).denial()


def requests(case: Case) -> Requests:
    """Return all requests that can differ by what a case says, each once."""
    text = json.dumps(case.statements)
    asked = text.lower()
    kinds = [KINDS[name] for name in case.names]

    def distinct(contexts: Sequence[Context]) -> list[Context]:
        """Leave out what no statement asks about: keys, and then requests that are alike."""
        about = [
            {k: held for k, held in each.items() if k in asked or k == "aws:requestedregion"}
            for each in contexts
        ]
        return list({str(each): each for each in about}.values())

    doubts = dict.fromkeys(c.doubt for each in map(read, case.statements) for c in each.conditions if c.doubt)
    owns = [case.own] if case.own else [*(own for own in (OWN, OTHER) if own in text), "o-zzzzzzzzzz"]
    # An organization has one root: everybody is below the one that is named.
    paths = ["r-zzzz/ou-zzzz-zzzzzzzz/", *(path for kind in kinds for path in kind.paths)]
    if any(f"{own}/r-exam" in text for own in owns):
        paths = ["r-exam/ou-zzzz-zzzzzzzz/", *(path for path in paths if path.startswith("r-exam/"))]
    everybody = principals(case.policy_type, owns, paths)
    places = list(dict.fromkeys(function for kind in kinds for function in kind.circumstances))
    of_calls = [(carries, distinct(variants)) for kind in kinds for carries, variants in kind.of_calls]
    return Requests(
        principals={name: distinct(contexts) for name, contexts in everybody.items()},
        moments=distinct([moment for kind in kinds for moment in kind.moments] or [{}]),
        circumstances=each_of(
            *(distinct(of(text)) for of in places),
            *(one_of(doubt, None, "yes") for doubt in doubts),
        ),
        of_calls=[(carries, variants) for carries, variants in of_calls if variants != [{}]],
        anyone=[
            contexts
            for contexts in _anyone(kinds, case)
            if any(key in asked for each in contexts for key in each)
        ],
    )


def _anyone(kinds: Sequence[Kind], case: Case) -> Iterator[Sequence[Context]]:
    """Yield for each key, or for keys that say one thing, all that anybody's request may hold."""
    held: dict[str, list[Context]] = defaultdict(list)
    for kind in kinds:
        one_thing, contexts = kind.one_thing
        yield contexts
        for name, key in kind.keys.items():
            if name.lower() not in one_thing:
                values = [*key.anyone, *(key.foreign if case.policy_type == RCP else ())]
                if name == "aws:PrincipalOrgID" and case.policy_type == SCP and case.own:
                    values = [case.own]
                held[name.lower()] += [{name.lower(): each} for each in map(as_held, values)]
    yield from held.values()
