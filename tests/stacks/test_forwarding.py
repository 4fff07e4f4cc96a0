"""From a record in a delegated administrator's account to what the guard does about it.

The forwarder is the real template, deployed by the local AWS's CloudFormation into an account of its own, and
both rules' patterns are matched by its EventBridge. Only the way from bus to bus is missing there: what the
forwarder's rule matched is taken from a queue that is put beside its target.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from drill.local_aws import LocalAws
from stacks.names import BUS, FORWARDER
from tests.fakes.wire import Wire, create
from tests.given import guardrail, protection
from tests.house import House
from tests.stacks.constructs.test_delegated_calls import ADMINISTRATOR, by, forwarded, rules
from tests.stacks.synthesis import MANAGEMENT_ACCOUNT
from tests.stacks.test_forwarder_stack import forwarder_template

Arrived = Callable[[dict[str, Any]], list[dict[str, Any]]]
OWN_ROLE = by(ADMINISTRATOR)["sessionContext"]["sessionIssuer"]["arn"]


def in_the_account(aws: LocalAws, service: str) -> Any:
    """A client of the delegated administrator's account, which the local AWS knows by its key."""
    # The overloads of boto3-stubs take literal names only.
    make: Any = boto3.Session(ADMINISTRATOR, "test", region_name=aws.region).client
    return make(service, endpoint_url=aws.endpoint)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws.start() as aws:
        template = forwarder_template()
        # What the CDK's own bootstrap is checked by: the stack has no assets.
        made = {"Resources": template["Resources"]}
        in_the_account(aws, "cloudformation").create_stack(
            StackName=FORWARDER, TemplateBody=json.dumps(made), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        in_the_account(aws, "cloudformation").get_waiter("stack_create_complete").wait(
            StackName=FORWARDER, WaiterConfig={"Delay": 1}
        )
        yield aws


@pytest.fixture(scope="module")
def arrived(aws: LocalAws) -> Arrived:
    """What the management account's rules take of a record that AWS reports in the account."""
    events, sqs = in_the_account(aws, "events"), in_the_account(aws, "sqs")
    url = sqs.create_queue(QueueName="seen")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (rule,) = events.list_rules()["Rules"]
    events.put_targets(Rule=rule["Name"], Targets=[{"Id": "seen", "Arn": queue}])
    patterns = [json.dumps(each["EventPattern"]) for each in rules().values()]

    def arrive(record: dict[str, Any]) -> list[dict[str, Any]]:
        aws.deliver(record)
        sent = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in sent:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [
            json.loads(message["Body"])
            for message in sent
            for pattern in patterns
            if aws.client("events").test_event_pattern(EventPattern=pattern, Event=message["Body"])["Result"]
        ]

    return arrive


def attached(house: House, **changed: Any) -> dict[str, Any]:
    """The record of an attach to Root by a role of the account, where AWS reports it: there."""
    fields = {"userIdentity": by(ADMINISTRATOR), "recipientAccountId": ADMINISTRATOR} | changed
    return house.attach(create(house.wire), house.root, **fields)


@pytest.fixture
def house(wire: Wire) -> House:
    house = House(wire)
    house.first_contact()
    return house


def test_the_deployed_forwarder_sends_to_the_bus_by_its_role(aws: LocalAws) -> None:
    events = in_the_account(aws, "events")
    (rule,) = events.list_rules()["Rules"]
    first = events.list_targets_by_rule(Rule=rule["Name"])["Targets"][0]
    assert first["Arn"] == f"arn:aws:events:us-east-1:{MANAGEMENT_ACCOUNT}:event-bus/{BUS}"
    assert first["RoleArn"] == f"arn:aws:iam::{ADMINISTRATOR}:role/{FORWARDER}"
    assert first["DeadLetterConfig"]["Arn"].startswith(f"arn:aws:sqs:us-east-1:{ADMINISTRATOR}:")


def test_what_a_delegated_administrator_attaches_to_root_is_undone(house: House, arrived: Arrived) -> None:
    before = house.on(house.root)
    (event,) = arrived(attached(house))
    assert house.on(house.root) != before
    house.event(event)
    assert house.on(house.root) == before
    (incident,) = house.incidents
    assert incident.drift.change
    assert incident.drift.change.actor.arn == OWN_ROLE


def test_its_own_role_is_trusted_if_it_is_named(wire: Wire, arrived: Arrived) -> None:
    house = House(wire, guardrail(protection(trusted_principals=frozenset({OWN_ROLE}))))
    house.first_contact()
    content = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}'
    policy_id = create(house.wire, content=content)
    fields = {"userIdentity": by(ADMINISTRATOR), "recipientAccountId": ADMINISTRATOR}
    (event,) = arrived(house.attach(policy_id, house.root, **fields))
    house.event(event)
    assert policy_id in house.on(house.root)
    assert house.pages == []


def test_what_claims_to_be_the_management_accounts_pipeline_does_not_arrive(
    house: House, arrived: Arrived
) -> None:
    assert arrived(attached(house, userIdentity=by(MANAGEMENT_ACCOUNT))) == []


def test_what_changes_nothing_that_is_guarded_is_not_sent(arrived: Arrived) -> None:
    record = forwarded()["detail"]
    assert arrived(record | {"eventName": "CreateOrganizationalUnit"}) == []
    assert arrived(record | {"errorCode": "DuplicatePolicyAttachmentException"}) == []
    assert len(arrived(record | {"errorCode": "AccessDenied"})) == 1
