"""A change reaches the bus as CloudTrail would bring it, or as badly as one wants."""

import json

import pytest
from botocore.exceptions import ClientError

from drill.cloudtrail import Delivery
from drill.local_aws import LocalAws
from drill.principals import Principal
from tests.drill.organizations import Given
from tests.drill.workload import Queue, function, may, rule_to


def test_a_change_reaches_the_bus_and_a_read_does_not(aws: LocalAws, given: Given) -> None:
    policy, queue = given.policy(), Queue(aws)
    rule_to(aws, queue.arn)
    given.call("ListRoots")
    given.attach(policy, given.root)
    given.detach(policy, given.root)
    attached, detached = queue.bodies(2)
    assert attached["detail"]["eventName"] == "AttachPolicy"
    assert detached["detail"]["eventName"] == "DetachPolicy"
    assert attached["detail"]["requestParameters"] == {"policyId": policy, "targetId": given.root}
    assert attached["time"] == attached["detail"]["eventTime"]
    assert attached["id"] != detached["id"]


def test_a_read_reaches_the_rules_that_ask_for_reads(aws: LocalAws, given: Given) -> None:
    ordinary, asking = Queue(aws), Queue(aws)
    rule_to(aws, ordinary.arn)
    rule_to(aws, asking.arn, state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    given.call("ListRoots")
    given.attach(given.policy(), given.root)
    named = {body["detail"]["eventName"] for body in asking.bodies(3)}
    assert named == {"ListRoots", "CreatePolicy", "AttachPolicy"}
    assert "ListRoots" not in {body["detail"]["eventName"] for body in ordinary.bodies(2)}


def test_a_trail_that_delivers_nothing_delivers_no_read(aws: LocalAws, given: Given) -> None:
    asking = Queue(aws)
    rule_to(aws, asking.arn, state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    aws.delivery(Delivery(drop=-1))
    given.call("ListRoots")
    aws.delivery(Delivery())
    given.call("ListPolicies", Filter="SERVICE_CONTROL_POLICY")
    assert [body["detail"]["eventName"] for body in asking.bodies()] == ["ListPolicies"]


def test_a_refused_change_reaches_the_bus_too(aws: LocalAws, given: Given) -> None:
    queue = Queue(aws)
    rule_to(aws, queue.arn)
    nobody = Principal(user="nobody", policy=may("arn:aws:organizations::aws:policy/*"))
    with pytest.raises(ClientError):
        aws.client("organizations", as_=nobody).attach_policy(PolicyId="p-FullAWSAccess", TargetId=given.root)
    (event,) = queue.bodies()
    assert event["detail"]["errorCode"] == "AccessDenied"
    assert event["detail"]["requestParameters"] is None


def test_a_function_sees_its_own_detach_come_back(aws: LocalAws, given: Given) -> None:
    policy, queue = given.policy(), Queue(aws)
    made = function(
        aws,
        "import boto3; p = event['detail']['requestParameters']; boto3.client('organizations')"
        ".detach_policy(PolicyId=p['policyId'], TargetId=p['targetId'])",
    )
    given.attach(policy, given.root)
    rule_to(aws, queue.arn)
    event = aws.records()[-1]["record"]
    aws.client("lambda").invoke(FunctionName=made["FunctionName"], Payload=json.dumps({"detail": event}))
    (back,) = queue.bodies()
    assert back["detail"]["eventName"] == "DetachPolicy"
    issuer = back["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert issuer["arn"] == made["Role"]
    assert given.attached(given.root) == ["p-FullAWSAccess"]


def attach_three(given: Given) -> list[str]:
    policies = [given.policy(f"policy {n}") for n in range(3)]
    for policy in policies:
        given.attach(policy, given.root)
    return policies


def arrived(queue: Queue, count: int) -> list[str]:
    attached = [e["detail"] for e in queue.bodies(count)]
    return [d["requestParameters"]["policyId"] for d in attached]


def attachments_to(aws: LocalAws) -> Queue:
    queue = Queue(aws)
    rule = rule_to(aws, queue.arn)
    pattern = {"source": ["aws.organizations"], "detail": {"eventName": ["AttachPolicy"]}}
    aws.client("events").put_rule(Name=rule.rpartition("/")[2], EventPattern=json.dumps(pattern))
    return queue


def test_events_arrive_in_order(aws: LocalAws, given: Given) -> None:
    queue = attachments_to(aws)
    policies = attach_three(given)
    assert arrived(queue, 3) == policies


def test_events_can_be_doubled(aws: LocalAws, given: Given) -> None:
    queue = attachments_to(aws)
    aws.delivery(Delivery(copies=2))
    one, two, three = attach_three(given)
    assert arrived(queue, 6) == [one, one, two, two, three, three]


def test_events_can_be_dropped(aws: LocalAws, given: Given) -> None:
    queue = attachments_to(aws)
    policies = [given.policy(f"policy {n}") for n in range(3)]
    aws.delivery(Delivery(drop=2))
    for policy in policies:
        given.attach(policy, given.root)
    assert arrived(queue, 1) == policies[2:]
    assert [r["delivered"] for r in aws.records()[-3:]] == [0, 0, 1]


def test_events_can_be_reordered(aws: LocalAws, given: Given) -> None:
    queue = attachments_to(aws)
    policies = [given.policy(f"policy {n}") for n in range(3)]
    aws.delivery(Delivery(reorder=3))
    for policy in policies:
        given.attach(policy, given.root)
    assert arrived(queue, 3) == policies[::-1]


def test_events_can_be_late(aws: LocalAws, given: Given) -> None:
    queue = attachments_to(aws)
    policy = given.policy()
    aws.delivery(Delivery(delay=3600))
    given.attach(policy, given.root)
    assert aws.records()[-1]["delivered"] == 0
    aws.delivery(Delivery())
    given.detach(policy, given.root)
    given.attach(policy, given.root)
    assert arrived(queue, 1) == [policy]
    assert [r["delivered"] for r in aws.records()[-3:]] == [0, 1, 1]
