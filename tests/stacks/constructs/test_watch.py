"""The watch: one small function that lists what is on Root, wakes the guard, and can write nothing."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.config import GuardrailConfig
from tests.stacks.authorization import actions
from tests.stacks.synthesis import (
    ROOT_ONLY,
    attribute,
    function,
    guard_function,
    guardrail,
    resources,
    template,
)

WATCHING = guardrail({"targets": ["root"]}, watch={"when": "always", "every_seconds": 7})


def statements_of(name: str, config: GuardrailConfig = WATCHING) -> list[dict[str, Any]]:
    """The statements of the managed policy whose logical id begins so."""
    (policy,) = [
        policy
        for logical, policy in resources("AWS::IAM::ManagedPolicy", config).items()
        if logical.startswith(name)
    ]
    return list(policy["PolicyDocument"]["Statement"])


def test_nothing_of_it_is_there_unless_it_is_asked_for() -> None:
    assert not [
        name for name in template(ROOT_ONLY)["Resources"] if name.startswith("Watch") and "dog" not in name
    ]
    assert "ROOTGUARD_WATCH" not in guard_function()[1]["Environment"]["Variables"]
    assert "watch_every_seconds" not in ROOT_ONLY.render()


def test_the_guard_knows_the_function_and_how_often_it_looks() -> None:
    name, _ = function("watch", WATCHING)
    assert guard_function(WATCHING)[1]["Environment"]["Variables"]["ROOTGUARD_WATCH"] == {"Ref": name}
    assert WATCHING.render()["watch_every_seconds"] == 7


def test_its_role_lists_what_is_on_root_and_logs() -> None:
    assert actions(WATCHING, "watch") == {
        "organizations:ListPoliciesForTarget",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "lambda:InvokeFunction",
    }


def test_it_may_wake_the_guard_alone_and_the_guard_may_start_it_alone() -> None:
    (guard, _), (watch, _) = guard_function(WATCHING), function("watch", WATCHING)
    (waking,) = statements_of("WatchWakeTheGuard")
    assert (waking["Action"], waking["Resource"]) == ("lambda:InvokeFunction", attribute(guard))
    starting = [
        statement
        for role in resources("AWS::IAM::Role", WATCHING).values()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "StartTheWatch"
    ]
    assert [(each["Action"], each["Resource"]) for each in starting] == [
        ("lambda:InvokeFunction", attribute(watch))
    ]


def test_a_run_is_never_tried_again_beside_the_next_one() -> None:
    name, properties = function("watch", WATCHING)
    (invoked,) = [
        each
        for each in resources("AWS::Lambda::EventInvokeConfig", WATCHING).values()
        if each["FunctionName"] == {"Ref": name}
    ]
    assert (invoked["MaximumRetryAttempts"], invoked["MaximumEventAgeInSeconds"]) == (0, 60)
    assert properties["MemorySize"] <= 256


@pytest.mark.parametrize("name", ["WatchErrors", "WatchThrottles"])
def test_it_is_watched_itself(name: str) -> None:
    alarms = [alarm["AlarmName"] for alarm in resources("AWS::CloudWatch::Alarm", WATCHING).values()]
    assert f"Rootguard-{name}" in alarms
