"""The deployed watch over the guard: a heartbeat that stops, a dead letter and tampering each page.

The local AWS reads no metrics out of logs and keeps none of a queue, so the tests put the figure that
CloudWatch would have. From there on the alarm, the topic and the subscriptions are the deployed ones.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from drill.deployment import Deployment
from drill.local_aws import LocalAws
from tests.drill.workload import eventually
from tests.stacks.tampering import ADMIN, EXECUTION, issued, record


def alarm(aws: LocalAws, name: str) -> dict[str, Any]:
    (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[f"Rootguard-{name}"])["MetricAlarms"]
    return dict(found)


def measure(aws: LocalAws, alarm: dict[str, Any], value: float) -> None:
    """Let the metric that an alarm watches have a value now."""
    aws.client("cloudwatch").put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[{"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value}],
    )


def paged(aws: LocalAws, text: str) -> list[str]:
    """The channels by which a page with this in its subject or text arrived."""
    return sorted(page["channel"] for page in aws.pages() if text in page["subject"] + page["text"])


def test_a_heartbeat_that_stops_pages_and_so_does_its_return(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, _ = deployed
    heartbeat = alarm(aws, "SweepsMissing")
    # No data at all is the same to CloudWatch, by the alarm's own word; this one needs a figure.
    assert heartbeat["TreatMissingData"] == "breaching"
    measure(aws, heartbeat, 0)
    assert eventually(lambda: paged(aws, 'ALARM: "Rootguard-SweepsMissing"')) == ["email", "sms"]
    measure(aws, heartbeat, 1)
    assert eventually(lambda: paged(aws, 'OK: "Rootguard-SweepsMissing"')) == ["email", "sms"]


def test_a_dead_letter_pages(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, deployment = deployed
    sqs, url = aws.client("sqs"), deployment.outputs["DeadLettersUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="an event that failed three times")
    waiting = "ApproximateNumberOfMessages"
    letters = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting])["Attributes"][waiting])
    dead_letters = alarm(aws, "DeadLetters")
    assert dead_letters["Dimensions"] == [{"Name": "QueueName", "Value": url.rpartition("/")[2]}]
    measure(aws, dead_letters, letters)
    assert eventually(lambda: paged(aws, 'ALARM: "Rootguard-DeadLetters"')) == ["email", "sms"]


@pytest.mark.parametrize("name", ["RevertFailed", "Fights", "GuardThrottles"])
def test_one_sign_of_trouble_pages_with_what_to_do_first(
    deployed: tuple[LocalAws, Deployment], name: str
) -> None:
    aws, _ = deployed
    measure(aws, alarm(aws, name), 1)
    assert eventually(lambda: paged(aws, f'ALARM: "Rootguard-{name}"')) == ["email", "sms"]
    (page,) = [
        page for page in aws.pages() if f"Rootguard-{name}" in page["subject"] and page["channel"] == "email"
    ]
    assert "First look at the policies on Root" in json.loads(page["text"])["AlarmDescription"]


def test_exposure_below_the_objective_is_silent_and_above_it_pages(
    deployed: tuple[LocalAws, Deployment],
) -> None:
    aws, _ = deployed
    exposure = alarm(aws, "Exposure")
    measure(aws, exposure, 39)
    assert alarm(aws, "Exposure")["StateValue"] == "OK"
    measure(aws, exposure, 61)
    assert eventually(lambda: paged(aws, 'ALARM: "Rootguard-Exposure"')) == ["email", "sms"]


def rules(aws: LocalAws) -> list[str]:
    return [rule["Name"] for rule in aws.client("events").list_rules()["Rules"]]


def test_a_rule_that_someone_disables_pages_with_who_and_what(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, _ = deployed
    (rule,) = [name for name in rules(aws) if name.startswith("Rootguard-DetectionChanges")]
    aws.client("events").disable_rule(Name=rule)
    aws.deliver(record("events", "DisableRule", {"name": rule}))
    assert eventually(
        lambda: paged(aws, f"DisableRule (events.amazonaws.com) on {rule} by {ADMIN['arn']}")
    ) == [
        "email",
        "sms",
    ]
    aws.client("events").enable_rule(Name=rule)


def test_each_kind_of_part_has_a_rule_that_tells(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, deployment = deployed
    function = deployment.outputs["GuardFunctionName"]
    role = deployment.outputs["GuardRoleArn"].rpartition("/")[2]
    aws.deliver(record("lambda", "PutFunctionConcurrency20171031", {"functionName": function}))
    aws.deliver(record("iam", "DetachRolePolicy", {"roleName": role}))
    aws.deliver(record("sns", "DeleteTopic", {"topicArn": deployment.outputs["TopicArn"]}))
    aws.deliver(record("sqs", "PurgeQueue", {"queueUrl": deployment.outputs["DeadLettersUrl"]}))
    for call in ("PutFunctionConcurrency20171031", "DetachRolePolicy", "DeleteTopic", "PurgeQueue"):
        assert eventually(lambda call=call: paged(aws, f"Rootguard TAMPERED: {call}")) == ["email", "sms"]


def test_a_deployment_and_other_peoples_calls_are_silent(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, deployment = deployed
    function = deployment.outputs["GuardFunctionName"]
    deployment_itself = issued(EXECUTION, invokedBy="cloudformation.amazonaws.com")
    call = "UpdateFunctionCode20150331v2"
    aws.deliver(record("lambda", call, {"functionName": function}, identity=deployment_itself))
    aws.deliver(record("lambda", call, {"functionName": "billing"}))
    # The bus is in order: what comes last has passed those before it.
    aws.deliver(record("lambda", "RemovePermission20150331v2", {"functionName": function}))
    assert eventually(lambda: paged(aws, "RemovePermission20150331v2")) == ["email", "sms"]
    assert paged(aws, call) == []
