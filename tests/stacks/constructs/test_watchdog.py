"""The alarms: one for each way to lose an event, time or the guard, all of them to the topic."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.config import GuardrailConfig
from tests.stacks.synthesis import (
    ROOT_ONLY,
    attribute,
    function,
    guard_function,
    guardrail,
    named,
    only,
    resources,
)

EVERYTHING = guardrail(
    {"targets": ["root"], "restore_policy_type": True},
    pages={"slack": {"webhook_secret": "slack"}, "pagerduty": {"routing_key_secret": "pagerduty"}},
)
HOURLY = guardrail({"targets": ["root"]}, sweep={"every_minutes": 60})


def alarms(config: GuardrailConfig = ROOT_ONLY) -> dict[str, dict[str, Any]]:
    """Each alarm by its name, without the stack's."""
    found = resources("AWS::CloudWatch::Alarm", config).values()
    return {alarm["AlarmName"].removeprefix("Rootguard-"): alarm for alarm in found}


def watched(alarm: dict[str, Any]) -> tuple[Any, ...]:
    (dimension,) = alarm["Dimensions"]
    return alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], dimension["Value"]


def test_the_guard_is_watched_for_each_way_to_lose_an_event() -> None:
    name, _ = guard_function()
    queue, _ = named("AWS::SQS::Queue", "GuardDeadLetters")
    found = alarms()
    assert watched(found["GuardErrors"]) == ("AWS/Lambda", "Errors", "Sum", {"Ref": name})
    assert watched(found["GuardThrottles"]) == ("AWS/Lambda", "Throttles", "Sum", {"Ref": name})
    visible = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", attribute(queue, "QueueName"))
    assert watched(found["DeadLetters"]) == visible


def test_every_rule_is_watched_for_what_it_cannot_deliver() -> None:
    failed = [watched(alarm) for name, alarm in alarms().items() if name.endswith("RuleFailed")]
    assert failed == [
        ("AWS/Events", "FailedInvocations", "Sum", {"Ref": rule}) for rule in resources("AWS::Events::Rule")
    ]


def test_every_queue_of_dead_letters_is_watched() -> None:
    queues = resources("AWS::SQS::Queue", EVERYTHING)
    dead_letters = [name for name, queue in queues.items() if "RedrivePolicy" not in queue]
    of_queues = [
        watched(alarm)[3] for name, alarm in alarms(EVERYTHING).items() if name.endswith("DeadLetters")
    ]
    assert len(of_queues) == len(dead_letters)
    assert all(attribute(name, "QueueName") in of_queues for name in dead_letters)


def test_what_puts_attachments_back_is_watched_where_it_is() -> None:
    found, (restorer, _) = alarms(EVERYTHING), function("restore", EVERYTHING)
    assert watched(found["RestoreErrors"]) == ("AWS/Lambda", "Errors", "Sum", {"Ref": restorer})
    assert watched(found["RestoreThrottles"]) == ("AWS/Lambda", "Throttles", "Sum", {"Ref": restorer})
    assert not [name for name in alarms() if name.startswith("Restore")]


def test_what_is_not_put_back_pages_while_it_is_still_tried() -> None:
    (queue,) = [
        queue
        for name, queue in resources("AWS::SQS::Queue", EVERYTHING).items()
        if name.startswith("Restore") and "RedrivePolicy" in queue
    ]
    hidden, attempts = queue["VisibilityTimeout"], queue["RedrivePolicy"]["maxReceiveCount"]
    alarm = alarms(EVERYTHING)["RestoreErrors"]
    # One message that fails is silent for as long as it is hidden.
    assert alarm["Period"] > hidden
    assert alarm["EvaluationPeriods"] == 2
    assert alarm["Period"] * alarm["EvaluationPeriods"] < hidden * attempts


def test_a_page_that_comes_late_or_not_at_all_is_seen_past_the_notifier() -> None:
    found, (notifier, _) = alarms(), function("notifier")
    assert watched(found["NotifierErrors"]) == ("AWS/Lambda", "Errors", "Sum", {"Ref": notifier})
    assert watched(found["NotifierThrottles"]) == ("AWS/Lambda", "Throttles", "Sum", {"Ref": notifier})
    waiting, _ = named("AWS::SQS::Queue", "NoticesQueue")
    age = ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", attribute(waiting, "QueueName"))
    assert watched(found["NoticesLate"]) == age
    assert found["NoticesLate"]["Threshold"] == 60
    given_up, _ = named("AWS::SQS::Queue", "NoticesDeadLetters")
    assert watched(found["NotifierDeadLetters"])[3] == attribute(given_up, "QueueName")
    for name in ("NoticesLate", "NotifierErrors", "NotifierThrottles"):
        assert "People may be notified late" in found[name]["AlarmDescription"]


MISSING = ("SweepsMissing", "EventsMissing", "SubscribersMissing")
"""These ring if nothing is recorded."""
OWN = {
    "SweepsMissing": ("SweepCompleted", "Sum"),
    "EventsMissing": ("EventLatencySeconds", "SampleCount"),
    "RevertFailed": ("RevertFailed", "Sum"),
    "Fights": ("Fights", "Sum"),
    "Exposure": ("ExposureSeconds", "Maximum"),
}


@pytest.mark.parametrize("name", OWN)
def test_an_own_metric_is_looked_for_where_the_function_records_it(name: str) -> None:
    recorded = guard_function()[1]["Environment"]["Variables"]
    alarm = alarms()[name]
    assert alarm["Namespace"] == recorded["POWERTOOLS_METRICS_NAMESPACE"]
    # Powertools' one dimension: see tests/aws/test_telemetry.py.
    assert alarm["Dimensions"] == [{"Name": "service", "Value": recorded["POWERTOOLS_SERVICE_NAME"]}]
    assert (alarm["MetricName"], alarm["Statistic"]) == OWN[name]


@pytest.mark.parametrize(("config", "seconds"), [(ROOT_ONLY, 60), (HOURLY, 3600)])
@pytest.mark.parametrize("name", ["SweepsMissing", "EventsMissing"])
def test_three_that_are_missing_page_and_so_does_the_next_that_is_not(
    config: GuardrailConfig, seconds: int, name: str
) -> None:
    topic, _ = only("AWS::SNS::Topic", config)
    alarm = alarms(config)[name]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (seconds, 3)
    assert alarm.get("DatapointsToAlarm", 3) == 3
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["OKActions"] == [{"Ref": topic}]
    # The most that CloudWatch evaluates ("PutMetricAlarm", CloudWatch API reference).
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400


def test_exposure_above_the_objective_pages() -> None:
    alarm = alarms()["Exposure"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 60)


@pytest.mark.parametrize("name", alarms(EVERYTHING))
def test_an_alarm_pages_at_the_first_sign_and_says_what_to_do(name: str) -> None:
    _, guard = guard_function(EVERYTHING)
    alarm = alarms(EVERYTHING)[name]
    assert alarm["AlarmActions"] == [guard["Environment"]["Variables"]["ROOTGUARD_TOPIC_ARN"]]
    if name not in (*MISSING, "RestoreErrors"):
        assert (alarm["EvaluationPeriods"], alarm["Period"]) == (1, 60)
    if name not in (*MISSING, "Exposure", "NoticesLate"):
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    if name not in MISSING:
        assert alarm["TreatMissingData"] == "notBreaching"
    if name not in ("SweepsMissing", "EventsMissing"):
        assert "OKActions" not in alarm
    assert "First " in alarm["AlarmDescription"]
    # The most that CloudWatch takes.
    assert len(alarm["AlarmDescription"]) <= 1024
    assert alarm["AlarmName"] == f"Rootguard-{name}"


@pytest.mark.parametrize("name", [name for name in alarms() if not name.startswith("Noti")])
def test_if_a_violation_may_be_in_force_that_is_what_to_look_at_first(name: str) -> None:
    assert "First look at the policies on Root" in alarms()[name]["AlarmDescription"]
