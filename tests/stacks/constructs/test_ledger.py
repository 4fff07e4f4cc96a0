"""The ledger's table as deployed, and who may write in it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from rootguard.aws.dynamo import LISTING
from stacks.config import GuardrailConfig
from stacks.constructs import ledger
from tests.stacks.authorization import statements
from tests.stacks.synthesis import (
    MANAGEMENT_ACCOUNT,
    ROOT_ONLY,
    as_list,
    attribute,
    guardrail,
    named,
    resources,
    template,
)

WRITES = [
    "BatchWriteItem",
    "DeleteItem",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PutItem",
    "UpdateItem",
]
OF_IAM = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}"
ISOLATING = guardrail({"targets": ["root"]}, quarantine={"root_id": "r-exam"})
RESTORING = guardrail({"targets": ["root"], "restore_policy_type": True})
both_tables = pytest.mark.parametrize("name", ["Ledger", "Exceptions"])


def table(name: str = "Ledger") -> dict[str, Any]:
    return named("AWS::DynamoDB::Table", name)[1]


@both_tables
def test_it_is_paid_by_the_request(name: str) -> None:
    assert table(name)["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in table(name)


@both_tables
def test_it_can_be_put_back_to_any_second_and_is_not_deleted_with_the_stack(name: str) -> None:
    logical_id, properties = named("AWS::DynamoDB::Table", name)
    recovery = properties["PointInTimeRecoverySpecification"]
    resource = template()["Resources"][logical_id]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


@both_tables
def test_it_is_encrypted_with_a_key_that_nobody_can_disable(name: str) -> None:
    assert table(name)["SSESpecification"] == {"SSEEnabled": True}


@both_tables
def test_what_has_an_end_is_removed_after_it(name: str) -> None:
    assert table(name)["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_its_keys_and_index_are_those_that_the_functions_use() -> None:
    (index,) = table()["GlobalSecondaryIndexes"]
    assert keys(table()["KeySchema"]) == {"HASH": "pk", "RANGE": "sk"}
    assert keys(index["KeySchema"]) == {"HASH": "kind", "RANGE": "entry"}
    assert index["IndexName"] == LISTING == ledger.INDEX
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert {entry["AttributeType"] for entry in table()["AttributeDefinitions"]} == {"S"}


def keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def test_the_guard_may_read_write_and_delete_there_and_only_list_in_the_index() -> None:
    name, _ = named("AWS::DynamoDB::Table", "Ledger")
    granted = {entry["Sid"]: (entry["Action"], entry["Resource"]) for entry in statements(ROOT_ONLY)}
    actions = ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query")
    assert granted["Remember"] == ([f"dynamodb:{action}" for action in actions], attribute(name))
    index = {"Fn::Join": ["", [attribute(name), "/index/listing"]]}
    assert granted["ListWhatIsRemembered"] == ("dynamodb:Query", index)


# Who may write: a Deny comes before every Allow.


def denied(action: str, principal_arn: str) -> bool:
    """Whether the table's own policy refuses it to a principal, whatever their permissions."""
    (statement,) = table()["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", {"AWS": "*"}, "*")
    assert statement["Condition"].keys() == {"ArnNotLike"}
    spared = statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    return f"dynamodb:{action}" in statement["Action"] and not any(
        fnmatchcase(principal_arn, pattern) for pattern in spared
    )


@pytest.mark.parametrize("action", WRITES)
@pytest.mark.parametrize(
    "principal",
    [
        f"{OF_IAM}:role/Admin",
        f"{OF_IAM}:user/Rootguard-GuardRole",
        f"{OF_IAM}:root",
        f"{OF_IAM}:role/Rootguard-SlackRole1234-x8Z0Q1",
        f"{OF_IAM}:role/Rootguard-GuardianAngel",
        f"{OF_IAM}:role/team/Rootguard-GuardRole1234-x8Z0Q1",
        "arn:aws:iam::444455556666:role/Rootguard-GuardRole1234-x8Z0Q1",
    ],
)
def test_nobody_but_rootguard_writes_there_not_even_an_administrator(principal: str, action: str) -> None:
    assert denied(action, principal)


@pytest.mark.parametrize("action", ["GetItem", "Query", "Scan", "BatchGetItem"])
def test_reading_is_left_to_everyones_own_permissions(action: str) -> None:
    assert not denied(action, f"{OF_IAM}:role/Admin")


@pytest.mark.parametrize(
    "config", [ROOT_ONLY, RESTORING, ISOLATING], ids=["shipped", "restoring", "isolating"]
)
def test_every_role_that_may_write_there_is_spared_and_no_other_one(config: GuardrailConfig) -> None:
    name, _ = named("AWS::DynamoDB::Table", "Ledger", config)
    for logical_id, role in resources("AWS::IAM::Role", config).items():
        # CloudFormation begins a role's name so.
        physical = f"{OF_IAM}:role/Rootguard-{logical_id}-x8Z0Q1"
        granted = {
            action.removeprefix("dynamodb:")
            for policy in role.get("Policies", [])
            for statement in as_list(policy["PolicyDocument"]["Statement"])
            for action in as_list(statement["Action"])
            if statement["Resource"] == attribute(name)
        }
        writes = granted & set(WRITES)
        assert all(denied(action, physical) is False for action in writes)
        assert writes or denied("PutItem", physical), logical_id
