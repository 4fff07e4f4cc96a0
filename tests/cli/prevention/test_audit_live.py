"""`rootguard prevention audit` on a local AWS: it reads users, roles, the stack and the resource policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli.aws import Aws
from cli.exits import TroubleError
from cli.prevention.signed_in import organization_of
from drill.local_aws import ACCOUNT, LocalAws
from stacks.names import STACK
from tests.cli.conftest import Rootguard
from tests.cli.deployed import As, allowed, sign_in, started
from tests.cli.prevention.accounts import ALLOW, EVERYTHING, Json, document, page, role, trust, user

__all__ = ["sign_in", "started"]

AUDITOR = allowed(
    "auditor",
    "cloudformation:ListStackResources",
    "iam:GetAccountAuthorizationDetails",
    "organizations:DescribeOrganization",
    "organizations:DescribeResourcePolicy",
    "organizations:ListRoots",
)
"""With sts:GetCallerIdentity, which needs no permission, all that docs/prevention-audit.md says it takes."""


@pytest.fixture
def aws(started: LocalAws) -> Iterator[LocalAws]:
    """An organization, a user of a group and two roles, one of them the stack's."""
    started.begin_anew()
    started.client("organizations").create_organization(FeatureSet="ALL")
    iam = started.client("iam")
    iam.create_user(UserName="diego")
    iam.create_group(GroupName="operators")
    iam.put_group_policy(GroupName="operators", PolicyName="attach", PolicyDocument=text(ALLOW))
    iam.add_user_to_group(GroupName="operators", UserName="diego")
    iam.create_role(RoleName="pipeline", Path="/delivery/", AssumeRolePolicyDocument=json.dumps(trust()))
    made = iam.create_policy(PolicyName="Everything", PolicyDocument=text(EVERYTHING))
    iam.attach_role_policy(RoleName="pipeline", PolicyArn=made["Policy"]["Arn"])
    template = {"Resources": {"Guard": {"Type": "AWS::IAM::Role", "Properties": guard_role()}}}
    started.client("cloudformation").create_stack(
        StackName=STACK, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"]
    )
    yield started
    started.client("cloudformation").delete_stack(StackName=STACK)
    iam.detach_role_policy(RoleName="pipeline", PolicyArn=made["Policy"]["Arn"])
    iam.delete_policy(PolicyArn=made["Policy"]["Arn"])
    iam.delete_role(RoleName="pipeline")
    iam.remove_user_from_group(GroupName="operators", UserName="diego")
    iam.delete_group_policy(GroupName="operators", PolicyName="attach")
    iam.delete_group(GroupName="operators")
    iam.delete_user(UserName="diego")


def guard_role() -> Json:
    policy = {"PolicyName": "Detach", "PolicyDocument": document(ALLOW)}
    return {"AssumeRolePolicyDocument": trust(Service="lambda.amazonaws.com"), "Policies": [policy]}


def text(*statements: Json) -> str:
    return json.dumps(document(*statements))


def trusting(folder: Path, arn: str) -> None:
    config = folder / "guardrail.yaml"
    shipped = config.read_text("utf-8")
    config.write_text(shipped.replace("trusted_principals: []", f"trusted_principals: ['{arn}']", 1), "utf-8")


def test_it_finds_who_can_and_who_is_meant_to(
    aws: LocalAws, sign_in: As, rootguard: Rootguard, folder: Path
) -> None:
    sign_in(AUDITOR)
    trusting(folder, f"arn:aws:iam::{ACCOUNT}:role/delivery/pipeline")
    result = rootguard("prevention", "audit", "--json")
    assert result.exit_code == 1, result.stderr
    found = json.loads(result.stdout)
    assert [
        (each["arn"].rpartition("/")[2].partition("-")[0], each["expected"]) for each in found["principals"]
    ] == [
        ("diego", None),
        ("pipeline", "trusted"),
        (STACK, "rootguard"),
    ]
    assert found["principals"][0]["grants"][0]["policy"] == "attach (inline, group operators)"
    assert found["principals"][1]["grants"][0]["policy"] == "Everything"
    assert (found["delegates"], found["rootguard_roles_unknown"]) == ([], None)


def test_it_is_fine_if_nobody_but_who_is_meant_to_can(
    aws: LocalAws, sign_in: As, rootguard: Rootguard, folder: Path
) -> None:
    sign_in(AUDITOR)
    trusting(folder, f"arn:aws:iam::{ACCOUNT}:role/delivery/pipeline")
    aws.client("iam").put_group_policy(
        GroupName="operators", PolicyName="attach", PolicyDocument=text(ALLOW | {"Effect": "Deny"})
    )
    result = rootguard("prevention", "audit")
    assert (result.exit_code, result.stdout[:1]) == (0, "✓")
    # Once a member account may, it is a finding again.
    member = aws.client("organizations").create_account(Email="a@example.com", AccountName="a")
    account = member["CreateAccountStatus"]["AccountId"]
    delegating = ALLOW | {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    aws.client("organizations").put_resource_policy(Content=text(delegating))
    result = rootguard("prevention", "audit")
    assert result.exit_code == 1
    assert f"account {account}" in result.stdout


@pytest.mark.parametrize(
    "missing", ["iam:GetAccountAuthorizationDetails", "organizations:DescribeResourcePolicy"]
)
def test_what_iam_refuses_says_which_permission_is_missing(
    aws: LocalAws, sign_in: As, rootguard: Rootguard, missing: str
) -> None:
    actions = json.loads(AUDITOR.policy)["Statement"][0]["Action"]
    sign_in(allowed("stranger", *(action for action in actions if action != missing)))
    result = rootguard("prevention", "audit")
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"may call {missing.partition(':')[2]}" in result.stderr


def test_without_a_look_at_the_stack_it_says_that_own_roles_are_not_marked(
    aws: LocalAws, sign_in: As, rootguard: Rootguard
) -> None:
    actions = json.loads(AUDITOR.policy)["Statement"][0]["Action"]
    sign_in(allowed("half", *actions[1:]))
    found = json.loads(rootguard("prevention", "audit", "--json").stdout)
    assert "ListStackResources" in found["rootguard_roles_unknown"]
    assert all(each["expected"] is None for each in found["principals"])


def test_a_member_account_is_the_wrong_place(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(Aws):
        def account(self) -> str:
            return "444455556666"

    for name, value in aws.settings().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TroubleError, match="Sign in to the management account"):
        organization_of(Elsewhere())


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("x", "y", region_name="us-east-1")
    client = session.client("iam")
    monkeypatch.setattr(Aws, "_session", type("Session", (), {"client": lambda *_, **__: client})())
    with Stubber(client) as stub:
        stub.add_response("get_account_authorization_details", answer(user(EVERYTHING), more="2"), {})
        stub.add_response("get_account_authorization_details", answer(role(EVERYTHING)), {"Marker": "2"})
        pages = Aws().authorization_details()
    assert [len(each["UserDetailList"]) + len(each["RoleDetailList"]) for each in pages] == [1, 1]


def answer(entry: Json, more: str = "") -> dict[str, Any]:
    """A page as AWS sends it: documents are text there."""
    found = page(entry)
    for each in (*found["UserDetailList"], *found["RoleDetailList"]):
        each.pop("RoleId", None)
        each.pop("UserId", None)
        each["AssumeRolePolicyDocument"] = "{}"
        if "UserName" in each:
            each.pop("AssumeRolePolicyDocument")
        for policy in (*each.get("UserPolicyList", ()), *each.get("RolePolicyList", ())):
            policy["PolicyDocument"] = json.dumps(policy["PolicyDocument"])
    return found | ({"IsTruncated": True, "Marker": more} if more else {"IsTruncated": False})
