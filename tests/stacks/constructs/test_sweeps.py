"""The sweeps' schedule: how often, what it sends, and what its role may do."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from stacks.config import GuardrailConfig
from tests.stacks.synthesis import (
    MANAGEMENT_ACCOUNT,
    ROOT_ONLY,
    as_list,
    attribute,
    guard_function,
    guardrail,
    named,
    only,
    resources,
    template,
)

HANDLER = Path(__file__).parents[3] / "lambdas" / "rootguard" / "handlers" / "guard.py"


def schedule(config: GuardrailConfig = ROOT_ONLY) -> dict[str, Any]:
    _, properties = only("AWS::Scheduler::Schedule", config)
    return properties


def role() -> dict[str, Any]:
    name, _ = schedule()["Target"]["RoleArn"]["Fn::GetAtt"]
    return resources("AWS::IAM::Role")[name]


@pytest.mark.parametrize(
    ("minutes", "rate"), [(1, "rate(1 minute)"), (2, "rate(2 minutes)"), (60, "rate(60 minutes)")]
)
def test_it_sweeps_as_often_as_the_configuration_says(minutes: int, rate: str) -> None:
    config = guardrail({"targets": ["root"]}, sweep={"every_minutes": minutes})
    assert schedule(config)["ScheduleExpression"] == rate


def test_it_is_on_and_on_time() -> None:
    assert schedule().get("State", "ENABLED") == "ENABLED"
    assert schedule()["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule().keys().isdisjoint({"StartDate", "EndDate"})


def test_it_sends_the_very_word_that_the_function_takes_for_a_sweep() -> None:
    # Parsed, since importing the handler connects it.
    (word,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(HANDLER.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SWEEP"
    )
    function, _ = guard_function()
    assert schedule()["Target"]["Arn"] == attribute(function)
    sent = json.loads(schedule()["Target"]["Input"])
    assert sent.items() >= word.items()


def test_it_says_when_the_sweep_was_due_and_how_soon_the_next_one_is() -> None:
    every_five = guardrail({"targets": ["root"]}, sweep={"every_minutes": 5})
    sent = json.loads(schedule(every_five)["Target"]["Input"])
    assert (sent["at"], sent["every_minutes"]) == ("<aws.scheduler.scheduled-time>", 5)


def test_a_sweep_that_could_not_start_is_kept_and_left_to_the_next_one() -> None:
    dead_letters, _ = named("AWS::SQS::Queue", "GuardDeadLetters")
    target = schedule()["Target"]
    assert target["DeadLetterConfig"] == {"Arn": attribute(dead_letters)}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}


def test_its_role_may_start_the_function_and_keep_what_it_could_not_and_nothing_else() -> None:
    function, _ = guard_function()
    dead_letters, _ = named("AWS::SQS::Queue", "GuardDeadLetters")
    (policy,) = role()["Policies"]
    statements = as_list(policy["PolicyDocument"]["Statement"])
    assert [(entry["Effect"], entry["Action"], entry["Resource"]) for entry in statements] == [
        ("Allow", "lambda:InvokeFunction", attribute(function)),
        ("Allow", "sqs:SendMessage", attribute(dead_letters)),
    ]
    assert "ManagedPolicyArns" not in role()
    assert not [entry for entry in template()["Resources"].values() if entry["Type"] == "AWS::IAM::Policy"]


def test_only_the_scheduler_can_assume_it_and_only_for_this_account() -> None:
    (statement,) = role()["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": MANAGEMENT_ACCOUNT}}
