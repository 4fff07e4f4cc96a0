"""The ledger's table as deployed, and who may write what in it, judged as IAM would."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from rootguard.aws import ledger_items, ledger_table, snapshots, surveys
from stacks.constructs import ledger
from tests.stacks.authorization import statements
from tests.stacks.synthesis import ROOT_ONLY, as_list, attribute, only, resources, template

SARA, DIEGO = "AROAEXAMPLEROLEID0001:sara", "AROAEXAMPLEROLEID0001:diego"
ROOT_USER = "111122223333"
OF_THE_GUARD = ["BASELINE#r-exam", "POLICY#p-examplepolicy1", f"USE#{SARA}", "INCIDENT#x"]
WRITES = ["BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem"]


def table() -> dict[str, Any]:
    _, properties = only("AWS::DynamoDB::Table")
    return properties


def test_it_is_paid_by_the_request() -> None:
    assert table()["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in table()


def test_it_can_be_put_back_to_any_second_and_is_not_deleted_with_the_stack() -> None:
    name, properties = only("AWS::DynamoDB::Table")
    recovery = properties["PointInTimeRecoverySpecification"]
    resource = template()["Resources"][name]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_it_is_encrypted_with_a_key_that_nobody_can_disable() -> None:
    assert table()["SSESpecification"] == {"SSEEnabled": True}


def test_what_has_an_end_is_removed_after_it() -> None:
    assert table()["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_its_keys_and_index_are_those_that_the_function_uses() -> None:
    def keys(schema: list[dict[str, str]]) -> dict[str, str]:
        return {key["KeyType"]: key["AttributeName"] for key in schema}

    (index,) = table()["GlobalSecondaryIndexes"]
    assert keys(table()["KeySchema"]) == {"HASH": "pk", "RANGE": "sk"}
    assert keys(index["KeySchema"]) == {"HASH": "kind", "RANGE": "entry"}
    assert index["IndexName"] == ledger_table.INDEX
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert {entry["AttributeType"] for entry in table()["AttributeDefinitions"]} == {"S"}


def test_the_function_may_read_and_put_there_and_only_list_in_the_index() -> None:
    name, _ = only("AWS::DynamoDB::Table")
    granted = {
        statement["Sid"]: (statement["Action"], statement["Resource"])
        for statement in statements(ROOT_ONLY)
        if "dynamodb:" in str(statement["Action"])
    }
    assert granted == {
        "Remember": (["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], attribute(name)),
        "ListWhatIsRemembered": ("dynamodb:Query", {"Fn::Join": ["", [attribute(name), "/index/listing"]]}),
    }


# Who may write in whose name. IAM evaluates a Deny first, then looks for an Allow.


def test_the_granters_policy_is_found_by_its_name_in_every_account() -> None:
    policy = granters_policy()
    assert policy["ManagedPolicyName"] == "RootguardExceptionGranter"


@pytest.mark.parametrize("person", [SARA, ROOT_USER, "AIDAEXAMPLEUSERID0001"])
def test_a_granter_writes_in_the_partition_of_their_own(person: str) -> None:
    assert granter_may("PutItem", person, [person])


@pytest.mark.parametrize("partition", [SARA, ROOT_USER, f"{DIEGO}2", DIEGO[:-1], "*", *OF_THE_GUARD])
def test_a_granter_writes_in_no_other_partition(partition: str) -> None:
    assert not granter_may("PutItem", DIEGO, [partition])
    assert not granter_may("PutItem", DIEGO, [DIEGO, partition])


def test_a_request_without_a_key_is_not_taken_for_one_with_the_right_keys() -> None:
    assert not granter_may("PutItem", DIEGO, [])
    assert not granter_may("Query", DIEGO, [], index=True)


@pytest.mark.parametrize(
    "action", ["UpdateItem", "DeleteItem", "BatchWriteItem", "GetItem", "Scan", "PartiQLInsert"]
)
def test_a_granter_may_do_nothing_else_on_the_table(action: str) -> None:
    assert not granter_may(action, DIEGO, [DIEGO])


def test_a_granter_lists_exceptions_and_their_use_and_nothing_else() -> None:
    assert granter_may("Query", DIEGO, [ledger_items.EXCEPTION], index=True)
    assert granter_may("Query", DIEGO, [ledger_items.USE], index=True)
    for kind in (ledger_items.BASELINE, ledger_items.INCIDENT):
        assert not granter_may("Query", DIEGO, [kind], index=True)
    assert not granter_may("Query", DIEGO, [DIEGO])


@pytest.mark.parametrize("action", WRITES)
def test_not_even_an_administrator_writes_in_anothers_name(action: str) -> None:
    assert denied(action, DIEGO, [SARA])
    assert denied(action, DIEGO, [DIEGO, SARA])
    assert not denied(action, DIEGO, [DIEGO])


@pytest.mark.parametrize("partition", OF_THE_GUARD)
def test_the_guard_is_not_kept_from_what_it_has_to_write(partition: str) -> None:
    assert not denied("PutItem", "AROAEXAMPLEROLEID0002:Rootguard-Guard", [partition])


def test_the_guard_cannot_grant_an_exception_in_anybodys_name() -> None:
    assert denied("PutItem", "AROAEXAMPLEROLEID0002:Rootguard-Guard", [SARA])


def test_the_stack_and_the_function_mean_the_same_partitions() -> None:
    kinds = {
        ledger_items.BASELINE,
        ledger_items.CATALOGUE,
        ledger_items.INCIDENT,
        ledger_items.PLACE,
        ledger_items.REVERTS,
        ledger_items.USE,
        snapshots.SNAPSHOT,
        surveys.SURVEY,
    }
    (statement,) = table()["ResourcePolicy"]["PolicyDocument"]["Statement"]
    patterns = statement["Condition"]["ForAnyValue:StringNotLike"]["dynamodb:LeadingKeys"]
    assert set(patterns) == {"${aws:userid}", *(f"{kind}#*" for kind in kinds)}
    assert ledger.INDEX == ledger_table.INDEX


def granters_policy() -> dict[str, Any]:
    """The managed policy that the stack ships for people."""
    ((_, policy),) = (
        (name, entry)
        for name, entry in resources("AWS::IAM::ManagedPolicy").items()
        if name == template()["Outputs"]["ExceptionGranterArn"]["Value"]["Ref"]
    )
    return policy


def granter_may(action: str, person: str, keys: list[str], *, index: bool = False) -> bool:
    """Whether the managed policy and the table's own let a person do it to items with these keys."""
    name, _ = only("AWS::DynamoDB::Table")
    resource: Any = {"Fn::Join": ["", [attribute(name), "/index/listing"]]} if index else attribute(name)
    policy = granters_policy()

    def allows(statement: dict[str, Any]) -> bool:
        condition = statement["Condition"]
        assert condition.keys() == {"ForAllValues:StringEquals", "Null"}
        assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
        wanted = as_list(condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"])
        return (
            statement["Effect"] == "Allow"
            and f"dynamodb:{action}" in as_list(statement["Action"])
            and statement["Resource"] == resource
            and bool(keys)
            and all(key in [value.replace("${aws:userid}", person) for value in wanted] for key in keys)
        )

    return not denied(action, person, keys) and any(
        allows(statement) for statement in policy["PolicyDocument"]["Statement"]
    )


def denied(action: str, person: str, keys: list[str]) -> bool:
    """Whether the table's own policy refuses it to anyone, whatever their permissions."""
    (statement,) = table()["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", {"AWS": "*"}, "*")
    assert statement["Condition"].keys() == {"ForAnyValue:StringNotLike"}
    patterns = statement["Condition"]["ForAnyValue:StringNotLike"]["dynamodb:LeadingKeys"]
    spared = [pattern.replace("${aws:userid}", person) for pattern in patterns]
    return f"dynamodb:{action}" in statement["Action"] and any(
        not any(fnmatchcase(key, pattern) for pattern in spared) for key in keys
    )
