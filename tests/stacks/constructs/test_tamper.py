"""What tampering is: records of calls, put through the deployed rules' own patterns by an EventBridge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drill.local_aws import LocalAws
from drill.records import envelope
from tests.stacks.synthesis import MANAGEMENT_ACCOUNT, guardrail, only, resources, template
from tests.stacks.tampering import (
    ACCOUNT,
    ADMIN,
    CALLS,
    DEPLOY,
    EXECUTION,
    HERE,
    NAME,
    NO_TAMPERING,
    issued,
    physical,
    record,
)

EVERYTHING = guardrail(
    {"targets": ["root"], "restore_policy_type": True},
    quarantine={"root_id": "r-exam"},
    rehearsal={"root_id": "r-exam"},
    pages={"slack": {"webhook_secret": "slack"}, "pagerduty": {"routing_key_secret": "pagerduty"}},
)
Matches = Callable[[dict[str, Any]], list[str]]


def ids(call: object) -> str | None:
    return call if isinstance(call, str) else None


def rules() -> dict[str, dict[str, Any]]:
    """Each rule by the end of its description."""
    return {
        rule["Description"].removeprefix("Rootguard: tampering with "): rule
        for name, rule in resources("AWS::Events::Rule", EVERYTHING).items()
        if name.startswith("Tamper")
    }


@pytest.fixture(scope="module")
def matches() -> Iterator[Matches]:
    """Which rules a record matches, as EventBridge tells."""
    patterns = {what: json.dumps(physical(rule["EventPattern"])) for what, rule in rules().items()}
    with LocalAws.start() as aws:
        eventbridge = aws.client("events")

        def matched(written: dict[str, Any]) -> list[str]:
            event = json.dumps(envelope(written, "5bd0f1a2"))
            return [
                what
                for what, pattern in patterns.items()
                if eventbridge.test_event_pattern(EventPattern=pattern, Event=event)["Result"]
            ]

        yield matched


@pytest.mark.parametrize(("service", "name", "parameters", "answer"), CALLS, ids=ids)
def test_tampering_is_told_by_one_rule_and_a_deployment_is_not(
    service: str, name: str, parameters: dict[str, Any], answer: dict[str, Any] | None, matches: Matches
) -> None:
    assert len(matches(record(service, name, parameters, answer))) == 1
    deployment = issued(EXECUTION, invokedBy="cloudformation.amazonaws.com")
    assert matches(record(service, name, parameters, answer, deployment)) == []


@pytest.mark.parametrize(("service", "name", "parameters", "answer"), NO_TAMPERING, ids=ids)
def test_other_calls_and_other_peoples_resources_are_not_told(
    service: str,
    name: str,
    parameters: dict[str, Any] | None,
    answer: dict[str, Any] | None,
    matches: Matches,
) -> None:
    assert matches(record(service, name, parameters, answer)) == []


ROOT_USER = {"type": "Root", "arn": f"{ACCOUNT}:root", "accountId": MANAGEMENT_ACCOUNT}
WHOEVER = {
    "a role": ADMIN,
    "the root user": ROOT_USER,
    "the root user in the console": ROOT_USER | {"sessionContext": {"sessionIssuer": {}, "attributes": {}}},
    "an IAM user": {"type": "IAMUser", "arn": f"{ACCOUNT}:user/diego", "userName": "diego"},
    "a link in an e-mail": {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
    "a service": {"type": "AWSService", "invokedBy": "config.amazonaws.com"},
    "a role named alike elsewhere": issued(EXECUTION.replace(MANAGEMENT_ACCOUNT, "444455556666", 1)),
    "a role whose session is named alike": issued(f"{ACCOUNT}:role/Admin")
    | {"arn": f"{EXECUTION}/AWSCloudFormation"},
    "the guard itself": issued(f"{ACCOUNT}:role/Rootguard-GuardRole-x8Z0Q1"),
}


@pytest.mark.parametrize("identity", WHOEVER.values(), ids=WHOEVER)
@pytest.mark.parametrize("call", [CALLS[0], CALLS[26], CALLS[35], CALLS[41]], ids=lambda call: call[1])
def test_it_is_told_whoever_does_it(
    call: tuple[str, str, dict[str, Any], None], identity: dict[str, Any], matches: Matches
) -> None:
    service, name, parameters, answer = call
    assert len(matches(record(service, name, parameters, answer, identity))) == 1


def test_a_deployment_that_begins_is_not_told(matches: Matches) -> None:
    begun = record("cloudformation", "CreateChangeSet", {"stackName": "Rootguard"}, identity=issued(DEPLOY))
    assert matches(begun) == []


def test_an_attempt_that_failed_is_told(matches: Matches) -> None:
    refused = record("dynamodb", "DeleteTable", {"tableName": NAME}, errorCode="ValidationException")
    assert len(matches(refused)) == 1


def test_an_event_that_somebody_put_on_the_bus_is_not_told() -> None:
    for rule in rules().values():
        # EventBridge refuses sources of aws.* from everyone else.
        assert rule["EventPattern"]["source"] == [{"prefix": "aws."}]
        assert rule["EventPattern"]["detail-type"] == ["AWS API Call via CloudTrail"]


WATCHED = {
    "AWS::CloudWatch::Alarm": ("monitoring", "DeleteAlarms", lambda name: {"alarmNames": [name]}),
    "AWS::DynamoDB::Table": ("dynamodb", "DeleteTable", lambda name: {"tableName": name}),
    "AWS::Events::Rule": ("events", "DisableRule", lambda name: {"name": name}),
    "AWS::IAM::ManagedPolicy": (
        "iam",
        "DeletePolicy",
        lambda name: {"policyArn": f"{ACCOUNT}:policy/{name}"},
    ),
    "AWS::IAM::Role": ("iam", "DeleteRole", lambda name: {"roleName": name}),
    "AWS::Lambda::Function": ("lambda", "DeleteFunction20150331", lambda name: {"functionName": name}),
    "AWS::Logs::LogGroup": ("logs", "DeleteLogGroup", lambda name: {"logGroupName": name}),
    "AWS::SNS::Topic": ("sns", "DeleteTopic", lambda name: {"topicArn": f"arn:aws:sns:{HERE}:{name}"}),
    "AWS::SQS::Queue": ("sqs", "DeleteQueue", lambda name: {"queueUrl": f"https://sqs/1/{name}"}),
    "AWS::Scheduler::Schedule": ("scheduler", "DeleteSchedule", lambda name: {"name": name}),
}
NAMES = ("AlarmName", "FunctionName", "LogGroupName", "ManagedPolicyName", "Name", "QueueName", "RoleName")
# Of which CloudFormation's guide does not say how they would be named.
NAMED_BY_US = {"AWS::Scheduler::Schedule"}
NOT_BY_NAME = {
    "AWS::Organizations::OrganizationalUnit",  # what is done there, the guard undoes and pages
    "AWS::Organizations::Policy",
    # Known by their ids, or by what they belong to.
    "AWS::KMS::Key",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    # Nothing is lost with it.
    "AWS::CloudWatch::Dashboard",
}


def test_every_part_of_the_stack_is_known_by_its_name(matches: Matches) -> None:
    parts = template(EVERYTHING)["Resources"]
    assert {part["Type"] for part in parts.values()} - NOT_BY_NAME == set(WATCHED)
    for logical_id, part in parts.items():
        if part["Type"] in WATCHED:
            service, call, parameters = WATCHED[part["Type"]]
            given = [
                part["Properties"][name]
                for name in (*NAMES, "TableName", "TopicName")
                if name in part["Properties"]
            ]
            assert given or part["Type"] not in NAMED_BY_US, logical_id
            # Where none is given, CloudFormation makes one of the stack's name and the logical id.
            (name,) = given or [f"Rootguard-{logical_id}-x8Z0Q1"]
            assert len(matches(record(service, call, parameters(name)))) == 1, logical_id


def test_the_patterns_are_short_enough_for_eventbridge() -> None:
    for rule in rules().values():
        # "Amazon EventBridge quotas", EventBridge guide: event pattern size. GovCloud's ARNs are the longest.
        longest = json.dumps(physical(rule["EventPattern"]))
        longest = longest.replace("arn:aws:", "arn:aws-us-gov:").replace("us-east-1", "us-gov-west-1")
        assert len(longest) <= 2048


def test_a_rule_tells_the_topic_past_every_function() -> None:
    topic, _ = only("AWS::SNS::Topic")
    for rule in rules().values():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Ref": topic}
        assert rule["State"] == "ENABLED"


def test_the_page_is_one_text_of_fields_that_cannot_break_it() -> None:
    for rule in rules().values():
        transformer = rule["Targets"][0]["InputTransformer"]
        assert json.loads(transformer["InputTemplate"]).startswith("Rootguard TAMPERED: <detail-eventName>")
        fields = transformer["InputPathsMap"].values()
        assert {"$.detail.userIdentity.arn", "$.detail.eventTime", "$.detail.eventID"} <= set(fields)
        # EventBridge does not escape what it fills in, and people choose these freely.
        assert not [
            field
            for field in fields
            if field.endswith(("errorMessage", "userAgent", "alarmName", "alarmNames"))
        ]
