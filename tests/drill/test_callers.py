"""IAM is asked about the exact resources, and records say who called."""

import pytest
from botocore.exceptions import ClientError

from drill.local_aws import ACCOUNT, LocalAws
from drill.principals import Principal
from tests.drill.organizations import Given
from tests.drill.workload import may


def test_detaching_needs_permission_on_the_policy_and_on_the_target(aws: LocalAws, given: Given) -> None:
    policy = given.policy()
    given.attach(policy, given.root)
    described = given.call("DescribePolicy", PolicyId=policy)["Policy"]["PolicySummary"]
    policy_arn = described["Arn"]
    root_arn = given.call("ListRoots")["Roots"][0]["Arn"]

    def detach(name: str, document: str) -> str | None:
        client = aws.client("organizations", as_=Principal(role=name, session="run", policy=document))
        try:
            client.detach_policy(PolicyId=policy, TargetId=given.root)
        except client.exceptions.AccessDeniedException as error:
            return str(error)
        return None

    assert f"on resource: {root_arn}" in str(detach("PolicyOnly", may(policy_arn)))
    assert f"on resource: {policy_arn}" in str(detach("TargetOnly", may(root_arn)))
    elsewhere = may(policy_arn, root_arn.replace(given.root, "r-none"))
    assert f"on resource: {root_arn}" in str(detach("Elsewhere", elsewhere))
    for operator in ("StringEquals", "StringEqualsIfExists"):
        of_type = {operator: {"organizations:PolicyType": "RESOURCE_CONTROL_POLICY"}}
        assert detach(f"OtherType{operator}", may(policy_arn, root_arn, condition=of_type))
    assert policy in given.attached(given.root)
    of_type = {"StringEqualsIfExists": {"organizations:PolicyType": "SERVICE_CONTROL_POLICY"}}
    assert detach("Both", may(policy_arn, root_arn, condition=of_type)) is None
    assert policy not in given.attached(given.root)


def test_the_record_names_who_called_and_how(aws: LocalAws, given: Given) -> None:
    diego = Principal(user="diego", console=True, mfa=True, source_ip="198.51.100.9")
    admin = Principal(role="Admin", session="alice")
    for caller in (diego, admin):
        aws.client("organizations", as_=caller).list_roots()
    given.call("ListRoots")
    by_user, by_role, by_root = [r["record"] for r in aws.records()[-3:]]

    assert by_user["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/diego"
    assert by_user["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert by_user["sessionCredentialFromConsole"] == "true"
    assert by_user["sourceIPAddress"] == "198.51.100.9"
    assert by_user["userAgent"].startswith("Mozilla/")

    session = by_role["userIdentity"]
    assert session["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/alice"
    issuer = session["sessionContext"]["sessionIssuer"]
    assert issuer["arn"] == f"arn:aws:iam::{ACCOUNT}:role/Admin"
    assert session["principalId"] == f"{issuer['principalId']}:alice"
    assert "sessionCredentialFromConsole" not in by_role
    assert by_role["userAgent"].startswith("Boto3/")

    assert by_root["userIdentity"]["type"] == "Root"
    assert by_root["userIdentity"]["principalId"] == ACCOUNT


def test_the_journal_has_every_call_in_order_with_its_caller(aws: LocalAws, given: Given) -> None:
    admin = Principal(role="Admin", session="alice")
    given.call("ListRoots")
    client = aws.client("organizations", as_=admin)
    with pytest.raises(ClientError):
        client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=given.root)
    listed, detached = aws.journal()[-2:]
    assert (listed["operation"], listed["error"]) == ("ListRoots", None)
    assert (detached["operation"], detached["error"]) == (
        "DetachPolicy",
        "ConstraintViolationException",
    )
    assert detached["role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/Admin"
    assert detached["params"] == {"PolicyId": "p-FullAWSAccess", "TargetId": given.root}
    assert listed["at"] <= detached["at"]
