"""Policies that IAM takes: their length, how they are split, and what is said if they cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk.assertions import Annotations, Match

from stacks.prevention import documents
from stacks.prevention.documents import LIMIT, StatementTooLongError
from stacks.prevention.statement import Statement, but_for
from tests.stacks.prevention.judging import policies, problems
from tests.stacks.prevention.test_parts import EVERY_PART
from tests.stacks.synthesis import MANAGEMENT_ACCOUNT, ROOT_ONLY, guardrail, stack

MANY = [f"ou-exam-{number:08}" for number in range(60)]
CROWDED = guardrail(
    {"targets": ["root", *MANY]}, {"targets": ["444455556666"], "pin_accounts": ["777788889999"]}
)
PRINCIPALS = [
    f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/{'a-rather-long-name' * 3}-{number:03}" for number in range(90)
]
ONE = Statement("Keep", ("iam:PutRolePolicy",), ("arn:1", "arn:2", "arn:3"), but_for("arn:4"))


def same(value: Any) -> Any:
    return value


@pytest.mark.parametrize("config", [ROOT_ONLY, EVERY_PART, CROWDED], ids=["root", "every-part", "crowded"])
def test_iam_takes_each_policy_and_no_statement_is_idle(config: Any) -> None:
    for name, document in policies(config).items():
        assert problems(document) == [], name


IDLE = {
    "statement ids": {"Sid": "keep-it", "Action": "iam:PutRolePolicy", "Resource": "*"},
    "unknown operator": {"Sid": "Keep", "Action": "*", "Resource": "*", "Condition": {"ArnIsnt": {}}},
    "no such actions": {"Sid": "Keep", "Action": "sns:UnSubscribe", "Resource": "*"},
    # IAM is not told the topic of a subscription, nor the target of an edit.
    "sns:Unsubscribe denies nothing": {
        "Sid": "Keep",
        "Action": "sns:Unsubscribe",
        "Resource": "arn:aws:sns:us-east-1:111122223333:Rootguard-*",
    },
    "organizations:UpdatePolicy denies nothing": {
        "Sid": "Keep",
        "Action": "organizations:UpdatePolicy",
        "Resource": "arn:aws:organizations::111122223333:root/o-*/r-*",
    },
}


@pytest.mark.parametrize(("trouble", "statement"), IDLE.items(), ids=IDLE)
def test_what_the_emulator_would_take_and_aws_would_not_is_found(trouble: str, statement: Any) -> None:
    assert trouble in problems({"Statement": [statement]})[0]


def test_the_names_are_those_that_permission_sets_refer_to() -> None:
    assert list(policies()) == [
        "RootguardProtectTargets",
        "RootguardProtectItself",
        "RootguardProtectBoundary",
    ]


def test_a_policy_that_is_too_long_is_split_and_loses_nothing() -> None:
    statements = [replace(ONE, sid=f"Keep{number}") for number in range(80)]
    packs = documents.packed(statements, same)
    assert len(packs) > 1
    assert [each for pack in packs for each in pack] == statements
    assert all(documents.length(pack, same) <= LIMIT for pack in packs)


def test_a_statement_that_is_too_long_is_split_by_its_resources() -> None:
    long = replace(ONE, resources=tuple(f"arn:aws:x:::{number:0100}" for number in range(200)))
    parts = [each for pack in documents.packed([long], same) for each in pack]
    assert tuple(arn for each in parts for arn in each.resources) == long.resources
    assert [each.sid for each in parts] == ["KeepAA", "KeepAB", "KeepBA", "KeepBB"]
    assert all(each.conditions == ONE.conditions for each in parts)


def test_what_only_cloudformation_knows_counts_as_the_longest_that_it_can_be() -> None:
    unknown = replace(ONE, resources=("role",))
    known = documents.length(
        [replace(ONE, resources=("?" * len(f"arn:aws-us-gov:iam::{'1' * 12}:role/{'x' * 64}"),))], same
    )

    def resolve(value: Any) -> Any:
        return json.loads(json.dumps(value).replace('"role"', '{"Fn::GetAtt": ["Role", "Arn"]}'))

    assert documents.length([unknown], resolve) == known


def test_a_boundary_that_would_be_too_long_is_left_out_and_the_synth_says_so() -> None:
    found = policies(CROWDED)
    assert "RootguardProtectBoundary" not in found
    assert "RootguardProtectTargets" in found
    warnings = Annotations.from_stack(stack(CROWDED)).find_warning("/Rootguard", Match.any_value())
    (said,) = [str(each.entry.data) for each in warnings if "boundary-too-long" in str(each.entry.data)]
    assert "RootguardProtectBoundary is left out" in said
    assert "docs/prevention.md" in said


def test_too_many_trusted_principals_are_refused_in_words_that_help() -> None:
    with pytest.raises(StatementTooLongError) as refused:
        stack(guardrail({"targets": ["root"]}, trusted_principals=PRINCIPALS))
    assert "guardrail.yaml: trusted_principals" in str(refused.value)
    assert "Trust fewer principals" in str(refused.value)
