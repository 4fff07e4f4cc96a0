"""Organizations in a CloudFormation stack on the local AWS: made, changed and removed by AWS's rules."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from drill.local_aws import LocalAws
from tests.drill.organizations import DENY_ALL, RCP_DENY, Given, OverTheWire

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


class Stack:
    """A stack with an OU and two policies on it."""

    def __init__(self, aws: LocalAws, given: Given) -> None:
        self.aws, self.given = aws, given
        self._client = aws.client("cloudformation")
        # What a test leaves in its stack is gone with its organization.
        self.name = f"Quarantine-{uuid.uuid4()}"

    def deploy(self, verb: str, *, name: str = "Quarantine", parent: str = "", scp: str = DENY_ALL) -> None:
        unit = {"ParentId": parent or self.given.root, "Name": name}
        resources: dict[str, Any] = {
            "Ou": {"Type": "AWS::Organizations::OrganizationalUnit", "Properties": unit}
        }
        for logical_id, kind, content in (("Scp", SCP, scp), ("Rcp", RCP, RCP_DENY)):
            resources[logical_id] = {
                "Type": "AWS::Organizations::Policy",
                "Properties": {
                    "Name": f"Quarantine-{logical_id}",
                    "Type": kind,
                    "Content": json.loads(content),
                    "TargetIds": [{"Ref": "Ou"}],
                },
            }
        template = {"Resources": resources, "Outputs": {"Ou": {"Value": {"Ref": "Ou"}}}}
        call = self._client.create_stack if verb == "create" else self._client.update_stack
        call(StackName=self.name, TemplateBody=json.dumps(template))
        waiter = self._client.get_waiter(f"stack_{verb}_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 0, "MaxAttempts": 500})

    def delete(self) -> str:
        """Delete it; return why that failed, or nothing."""
        self._client.delete_stack(StackName=self.name)
        waiter = self._client.get_waiter("stack_delete_complete")
        try:
            waiter.wait(StackName=self.name, WaiterConfig={"Delay": 0, "MaxAttempts": 500})
        except WaiterError:
            return self.trouble()
        return ""

    def fails_to(self, verb: str, **changed: str) -> str:
        """Try to deploy; return why CloudFormation rolled back."""
        with pytest.raises(WaiterError):
            self.deploy(verb, **changed)
        return self.trouble()

    def trouble(self) -> str:
        events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    @property
    def unit(self) -> str:
        (stack,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        return str(stack["Outputs"][0]["OutputValue"])

    def on(self, kind: str) -> list[str]:
        found = self.given.call("ListPoliciesForTarget", TargetId=self.unit, Filter=kind)["Policies"]
        return sorted(policy["Name"] for policy in found)

    def says(self) -> str:
        (policy,) = (
            policy
            for policy in self.given.call("ListPolicies", Filter=SCP)["Policies"]
            if policy["Name"] == "Quarantine-Scp"
        )
        return str(self.given.call("DescribePolicy", PolicyId=policy["Id"])["Policy"]["Content"])


@pytest.fixture
def stack(aws: LocalAws) -> Stack:
    given = Given(OverTheWire(aws.client("organizations")))
    given.enable(SCP, RCP)
    made = Stack(aws, given)
    made.deploy("create")
    return made


def test_the_ou_has_both_policies_beside_full_access(stack: Stack) -> None:
    assert stack.on(SCP) == ["FullAWSAccess", "Quarantine-Scp"]
    assert stack.on(RCP) == ["Quarantine-Rcp", "RCPFullAWSAccess"]


def test_it_is_the_deployments_role_that_asks_one_call_after_the_other(stack: Stack) -> None:
    asked = [call for call in stack.aws.journal() if "cfn-exec-role" in call["role_arn"]]
    assert [call["operation"] for call in asked] == [
        "CreateOrganizationalUnit",
        *("CreatePolicy", "AttachPolicy"),
        *("CreatePolicy", "AttachPolicy"),
    ]


def test_a_change_of_name_or_content_keeps_the_ou_and_the_policies(stack: Stack) -> None:
    unit = stack.unit
    content = json.dumps(json.loads(DENY_ALL) | {"Id": "another"})
    stack.deploy("update", name="Isolated", scp=content)
    assert stack.unit == unit
    told = stack.given.call("DescribeOrganizationalUnit", OrganizationalUnitId=unit)
    assert told["OrganizationalUnit"]["Name"] == "Isolated"
    assert json.loads(stack.says()) == json.loads(content)
    assert stack.on(SCP) == ["FullAWSAccess", "Quarantine-Scp"]


def test_another_parent_makes_another_ou_to_which_the_policies_go(stack: Stack) -> None:
    unit = stack.unit
    stack.deploy("update", parent=stack.given.unit("Security"))
    assert stack.unit != unit
    assert stack.on(SCP) == ["FullAWSAccess", "Quarantine-Scp"]
    assert stack.on(RCP) == ["Quarantine-Rcp", "RCPFullAWSAccess"]


def test_a_stack_that_is_deleted_takes_all_of_it_along(stack: Stack) -> None:
    assert stack.delete() == ""
    assert stack.given.call("ListOrganizationalUnitsForParent", ParentId=stack.given.root) == {
        "OrganizationalUnits": []
    }
    assert [policy["Name"] for policy in stack.given.call("ListPolicies", Filter=RCP)["Policies"]] == [
        "RCPFullAWSAccess"
    ]


def test_an_ou_with_an_account_in_it_is_not_deleted(stack: Stack) -> None:
    account, unit = stack.given.account(), stack.unit
    stack.given.call(
        "MoveAccount", AccountId=account, SourceParentId=stack.given.root, DestinationParentId=unit
    )
    assert "OrganizationalUnitNotEmptyException" in stack.delete()
    assert stack.given.call("ListParents", ChildId=account)["Parents"][0]["Id"] == unit


def test_a_policy_type_that_is_not_enabled_fails_the_deployment_and_leaves_nothing(aws: LocalAws) -> None:
    given = Given(OverTheWire(aws.client("organizations")))
    given.enable(SCP)
    stack = Stack(aws, given)
    assert "PolicyTypeNotEnabledException" in stack.fails_to("create")
    assert [policy["Name"] for policy in given.call("ListPolicies", Filter=RCP)["Policies"]] == [
        "RCPFullAWSAccess"
    ]
    assert given.call("ListOrganizationalUnitsForParent", ParentId=given.root) == {"OrganizationalUnits": []}


def test_a_name_that_is_taken_fails_the_deployment(stack: Stack) -> None:
    another = Stack(stack.aws, stack.given)
    assert "DuplicateOrganizationalUnitException" in another.fails_to("create")
