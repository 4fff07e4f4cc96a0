"""SCPs bind the calls of member accounts in the local AWS, as they do on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drill.local_aws import LocalAws
from drill.principals import Principal
from tests.drill.organizations import Given

ADMIN = Principal(role="OrganizationAccountAccessRole", session="ana")
FORENSICS = Principal(role="Forensics", session="ana")
EXPLICIT = "with an explicit deny in a service control policy"
IMPLICIT = "because no service control policy allows the {} action"


def document(effect: str, action: str, **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def member(aws: LocalAws, account: str, service: str = "s3", as_: Principal | None = ADMIN) -> Any:
    """Somebody of a member account who calls a service; None is its root user.

    Made before anything is denied: the account's root user makes the role, and is bound, too.
    """
    return aws.seen_from(account).client(service, as_=as_)


def why(client: Any) -> str:
    """Why a member may not list its buckets; empty if it may."""
    try:
        client.list_buckets()
    except ClientError as error:
        told = error.response["Error"]
        return str(told["Message"]) if told["Code"] == "AccessDenied" else f"not that, but {told}"
    return ""


@pytest.fixture
def account(given: Given) -> str:
    return given.account()


@pytest.fixture
def ou(given: Given, account: str) -> str:
    unit = given.unit()
    given.call("MoveAccount", AccountId=account, SourceParentId=given.root, DestinationParentId=unit)
    return unit


@pytest.mark.parametrize("level", ["root", "ou", "account"])
def test_a_deny_at_any_level_denies_until_it_is_detached(
    aws: LocalAws, given: Given, account: str, ou: str, level: str
) -> None:
    ana = member(aws, account)
    policy, target = given.policy(), {"root": given.root, "ou": ou, "account": account}[level]
    assert not why(ana)
    given.attach(policy, target)
    arn = f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/ana"
    assert why(ana) == f"User: {arn} is not authorized to perform: s3:ListAllMyBuckets {EXPLICIT}"
    given.detach(policy, target)
    assert not why(ana)


@pytest.mark.parametrize("level", ["root", "ou", "account"])
def test_each_level_must_allow(aws: LocalAws, given: Given, account: str, ou: str, level: str) -> None:
    buckets, queues = member(aws, account), member(aws, account, "sqs")
    target = {"root": given.root, "ou": ou, "account": account}[level]
    given.attach(given.policy(content=document("Allow", "s3:*")), target)
    given.detach("p-FullAWSAccess", target)
    assert not why(buckets)
    with pytest.raises(ClientError, match=IMPLICIT.format("sqs:ListQueues")):
        queues.list_queues()


def test_a_move_binds_at_once_and_binds_nobody_else(aws: LocalAws, given: Given, account: str) -> None:
    unit, other = given.unit(), given.account("other")
    given.attach(given.policy(), unit)
    ana, bob = member(aws, account), member(aws, other)
    given.call("MoveAccount", AccountId=account, SourceParentId=given.root, DestinationParentId=unit)
    assert EXPLICIT in why(ana)
    assert not why(bob)
    given.call("MoveAccount", AccountId=account, SourceParentId=unit, DestinationParentId=given.root)
    assert not why(ana)


def test_a_members_root_user_is_bound(aws: LocalAws, given: Given, account: str) -> None:
    root_user = member(aws, account, as_=None)
    assert not why(root_user)
    given.attach(given.policy(), account)
    assert EXPLICIT in why(root_user)


def test_neither_the_management_account_nor_a_stranger_is_bound(aws: LocalAws, given: Given) -> None:
    stranger = member(aws, "999988887777")
    given.attach(given.policy(), given.root)
    assert not why(stranger)
    assert not why(aws.client("s3", as_=ADMIN))


def test_nobody_is_bound_while_scps_are_disabled(aws: LocalAws, given: Given, account: str) -> None:
    given.attach(given.policy(), account)
    given.call("DisablePolicyType", RootId=given.root, PolicyType="SERVICE_CONTROL_POLICY")
    assert not why(member(aws, account))


def test_whoever_a_condition_spares_is_not_denied(aws: LocalAws, given: Given, account: str) -> None:
    spared = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Forensics"}}
    ana, forensics = member(aws, account), member(aws, account, as_=FORENSICS)
    given.attach(given.policy(content=document("Deny", "*", Condition=spared)), account)
    assert EXPLICIT in why(ana)
    assert not why(forensics)


def test_a_service_linked_role_is_not_bound(aws: LocalAws, given: Given, account: str) -> None:
    iam = aws.seen_from(account).client("iam")
    trust = document("Allow", "sts:AssumeRole", Principal={"AWS": account}).replace(', "Resource": "*"', "")
    made = iam.create_role(
        RoleName="AWSServiceRoleForDrills",
        Path="/aws-service-role/drills.amazonaws.com/",
        AssumeRolePolicyDocument=trust,
    )
    assert "/aws-service-role/" in made["Role"]["Arn"]
    service = member(aws, account, as_=Principal(role="AWSServiceRoleForDrills", session="it"))
    given.attach(given.policy(), account)
    assert not why(service)


def test_no_policy_of_a_resource_makes_up_for_an_scp(aws: LocalAws, given: Given, account: str) -> None:
    ana = member(aws, account, "sqs")
    url = ana.create_queue(QueueName="open")["QueueUrl"]
    opened = document("Allow", "sqs:*", Principal={"AWS": f"arn:aws:iam::{account}:role/{ADMIN.role}"})
    ana.set_queue_attributes(QueueUrl=url, Attributes={"Policy": opened})
    given.attach(given.policy(content=document("Allow", "s3:*")), account)
    given.detach("p-FullAWSAccess", account)
    with pytest.raises(ClientError, match="no service control policy allows the sqs:SendMessage action"):
        ana.send_message(QueueUrl=url, MessageBody="x")


def test_calls_to_organizations_and_who_one_is(aws: LocalAws, given: Given, account: str) -> None:
    organizations, sts = member(aws, account, "organizations"), member(aws, account, "sts")
    given.attach(given.policy(), given.root)
    with pytest.raises(ClientError, match=f"organizations:ListRoots {EXPLICIT}"):
        organizations.list_roots()
    # "No permissions are required" ("GetCallerIdentity", AWS STS API Reference).
    assert sts.get_caller_identity()["Account"] == account
