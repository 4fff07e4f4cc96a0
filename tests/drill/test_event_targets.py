"""Events reach functions, and people, as on AWS: permissions, retries, dead letters, pages."""

import json
from pathlib import Path

from drill.local_aws import LocalAws
from tests.drill.organizations import Given
from tests.drill.workload import Queue, eventually, function, let_in, rule_to


def test_a_failing_function_is_tried_three_times_and_then_goes_to_its_destination(
    aws: LocalAws, given: Given
) -> None:
    failed = Queue(aws)
    made = function(aws, "raise RuntimeError('no luck')", on_failure=failed.arn)
    let_in(aws, made, rule_to(aws, made["FunctionArn"]))
    given.unit()
    (message,) = failed.bodies()
    assert message["requestPayload"]["detail"]["eventName"] == "CreateOrganizationalUnit"
    assert "no luck" in json.dumps(message["responsePayload"])
    event_id = aws.records()[-1]["record"]["eventID"]
    assert aws.runs() == [{"event_id": event_id, "failed": True}] * 3


def test_a_function_that_recovers_has_answered(aws: LocalAws, given: Given, tmp_path: Path) -> None:
    code = f"import pathlib; ran = pathlib.Path({str(tmp_path / 'ran')!r}); ok = ran.exists(); ran.touch()"
    made = function(aws, f"{code}; assert ok, 'not yet'")
    let_in(aws, made, rule_to(aws, made["FunctionArn"]))
    given.unit()
    eventually(lambda: [run["failed"] for run in aws.runs()] == [True, False])
    assert [run["failed"] for run in aws.runs()] == [True, False]


def test_an_event_that_may_not_invoke_the_function_goes_to_the_dead_letters_of_the_rule(
    aws: LocalAws, given: Given
) -> None:
    dead, ran = Queue(aws), Queue(aws)
    made = function(
        aws,
        f"import boto3; boto3.client('sqs').send_message(QueueUrl={ran.url!r}, MessageBody='{{}}')",
    )
    rule = rule_to(aws, made["FunctionArn"], dead_letters=dead.arn)
    let_in(aws, made, f"{rule}-of-somebody-else")
    given.unit("first")
    (message,) = dead.messages()
    assert json.loads(message["Body"])["detail"]["eventName"] == "CreateOrganizationalUnit"
    told = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    assert told["ERROR_CODE"] == "NO_PERMISSIONS"
    assert told["RULE_ARN"] == rule
    assert told["TARGET_ARN"] == made["FunctionArn"]
    aws.client("lambda").remove_permission(FunctionName=made["FunctionName"], StatementId="rule")
    let_in(aws, made, rule)
    given.unit("second")
    assert len(ran.messages()) == 1  # the second event only


def test_each_page_is_kept_with_its_own_text(aws: LocalAws) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="pages")["TopicArn"]
    for protocol, endpoint in (("email", "oncall@example.com"), ("sms", "+15555550100")):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    forms = {"default": "for machines", "email": "a long story", "sms": "short"}
    sns.publish(TopicArn=topic, Subject="alarm", MessageStructure="json", Message=json.dumps(forms))
    pages = {p["channel"]: p for p in aws.pages()}
    assert pages["email"]["text"] == "a long story"
    assert pages["email"]["endpoint"] == "oncall@example.com"
    assert pages["email"]["subject"] == "alarm"
    assert pages["sms"]["text"] == "short"
    assert len(aws.pages()) == 2
