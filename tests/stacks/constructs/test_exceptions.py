"""The table of exceptions as deployed, and who may write what in it, judged as IAM would."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from rootguard.aws.exceptions import INDEX, key_of
from rootguard.aws.ledger import USE
from rootguard.domain.exceptions import Permit
from stacks.constructs import exceptions
from tests.given import NOW
from tests.stacks.authorization import statements
from tests.stacks.synthesis import ROOT_ONLY, as_list, attribute, guardrail, named, resources, template

SARA, DIEGO = "AROAEXAMPLEROLEID0001:sara", "AROAEXAMPLEROLEID0001:diego"
ROOT_USER = "111122223333"
OF_THE_GUARD = ["BASELINE#r-exam", "POLICY#p-examplepolicy1", f"USE#{SARA}", "INCIDENT#x"]
WRITES = ["BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem"]
PERMIT = Permit(
    policy_id="p-12345678",
    target_id="r-exam",
    content_sha256="0" * 64,
    granted_by=SARA,
    expires_at=NOW,
)
EVERYTHING = guardrail(
    {"targets": ["ou-exam-12345678"], "include_descendants": True, "restore_policy_type": True},
    pages={"slack": {"webhook_secret": "slack"}},
)


def table() -> dict[str, Any]:
    return named("AWS::DynamoDB::Table", "Exceptions")[1]


def arn(name: str = "Exceptions", index: str = "") -> Any:
    of_table = attribute(named("AWS::DynamoDB::Table", name)[0])
    return {"Fn::Join": ["", [of_table, f"/index/{index}"]]} if index else of_table


def test_its_index_finds_what_is_for_the_same_and_holds_the_keys_alone() -> None:
    (index,) = table()["GlobalSecondaryIndexes"]
    assert index["IndexName"] == exceptions.INDEX == INDEX
    assert [(key["KeyType"], key["AttributeName"]) for key in index["KeySchema"]] == [
        ("HASH", "sk"),
        ("RANGE", "pk"),
    ]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert {entry["AttributeType"] for entry in table()["AttributeDefinitions"]} == {"S"}


def test_a_granter_and_a_scope_are_its_keys() -> None:
    schema = [(key["KeyType"], key["AttributeName"]) for key in table()["KeySchema"]]
    assert schema == [("HASH", "pk"), ("RANGE", "sk")]
    assert key_of(PERMIT) == (SARA, "p-12345678#r-exam")


def test_the_guard_reads_there_and_writes_nothing() -> None:
    # Of every role in the stack: what they may on this table, and on its index.
    for config in (ROOT_ONLY, EVERYTHING):
        for logical_id, role in resources("AWS::IAM::Role", config).items():
            granted = {
                action
                for policy in role.get("Policies", [])
                for statement in as_list(policy["PolicyDocument"]["Statement"])
                for action in as_list(statement["Action"])
                if statement["Resource"] == arn()
            }
            assert granted == ({"dynamodb:BatchGetItem"} if logical_id.startswith("GuardRole") else set())
    (found,) = [entry for entry in statements(ROOT_ONLY) if entry["Sid"] == "FindExceptions"]
    assert (found["Action"], found["Resource"]) == (
        ["dynamodb:Query", "dynamodb:Scan"],
        arn(index="by-scope"),
    )


# Who may write in whose name. IAM evaluates a Deny first, then looks for an Allow.


def test_the_granters_policy_is_found_by_its_name_in_every_account() -> None:
    assert granters_policy()["ManagedPolicyName"] == "RootguardExceptionGranter"


@pytest.mark.parametrize("person", [SARA, ROOT_USER, "AIDAEXAMPLEUSERID0001"])
def test_a_granter_writes_in_the_partition_of_their_own(person: str) -> None:
    assert granter_may("PutItem", person, [person])


@pytest.mark.parametrize("partition", [SARA, ROOT_USER, f"{DIEGO}2", DIEGO[:-1], "*", *OF_THE_GUARD])
def test_a_granter_writes_in_no_other_partition(partition: str) -> None:
    assert not granter_may("PutItem", DIEGO, [partition])
    assert not granter_may("PutItem", DIEGO, [DIEGO, partition])


def test_a_request_without_a_key_is_not_taken_for_one_with_the_right_keys() -> None:
    assert not granter_may("PutItem", DIEGO, [])
    assert not granter_may("BatchGetItem", DIEGO, [], arn("Ledger"))


@pytest.mark.parametrize("action", ["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert"])
def test_a_granter_may_write_in_no_other_way(action: str) -> None:
    assert not granter_may(action, DIEGO, [DIEGO])


def test_a_granter_finds_and_reads_everyones_exceptions() -> None:
    for action in ("BatchGetItem", "GetItem"):
        assert granter_may(action, DIEGO, [SARA])
    for action in ("Query", "Scan"):
        assert granter_may(action, DIEGO, [], arn(index="by-scope"))


def test_a_granter_sees_in_the_ledger_which_were_used_and_nothing_else() -> None:
    used, _ = USE.key(PERMIT.key)
    assert granter_may("BatchGetItem", DIEGO, [used], arn("Ledger"))
    assert not granter_may("BatchGetItem", DIEGO, [used, "INCIDENT#x"], arn("Ledger"))
    assert not granter_may("BatchGetItem", DIEGO, ["BASELINE#r-exam"], arn("Ledger"))


@pytest.mark.parametrize("action", ["Scan", "Query", "PutItem", "DeleteItem"])
def test_a_granter_may_do_nothing_else_in_the_ledger(action: str) -> None:
    assert not granter_may(action, DIEGO, [f"USE#{DIEGO}"], arn("Ledger"))
    assert not granter_may(action, DIEGO, [f"USE#{DIEGO}"], arn("Ledger", "listing"))


@pytest.mark.parametrize("action", WRITES)
def test_not_even_an_administrator_writes_in_anothers_name(action: str) -> None:
    assert denied(action, DIEGO, [SARA])
    assert denied(action, DIEGO, [DIEGO, SARA])
    assert not denied(action, DIEGO, [DIEGO])


def test_the_guard_cannot_grant_an_exception_in_anybodys_name() -> None:
    assert denied("PutItem", "AROAEXAMPLEROLEID0002:Rootguard-Guard", [SARA])


def granters_policy() -> dict[str, Any]:
    """The managed policy that the stack ships for people."""
    name = template()["Outputs"]["ExceptionGranterArn"]["Value"]["Ref"]
    return resources("AWS::IAM::ManagedPolicy")[name]


def granter_may(action: str, person: str, keys: list[str], resource: Any = None) -> bool:
    """Whether the managed policy and the table's own let a person do it to items with these keys."""
    resource = resource or arn()

    def allows(statement: dict[str, Any]) -> bool:
        if statement["Effect"] != "Allow" or f"dynamodb:{action}" not in as_list(statement["Action"]):
            return False
        condition = statement.get("Condition")
        if resource not in as_list(statement["Resource"]) or condition is None:
            return resource in as_list(statement["Resource"])
        assert condition.keys() == {"ForAllValues:StringLike", "Null"}
        assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
        wanted = as_list(condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
        patterns = [value.replace("${aws:userid}", person) for value in wanted]
        return bool(keys) and all(any(fnmatchcase(key, pattern) for pattern in patterns) for key in keys)

    is_refused = resource == arn() and denied(action, person, keys)
    return not is_refused and any(map(allows, granters_policy()["PolicyDocument"]["Statement"]))


def denied(action: str, person: str, keys: list[str]) -> bool:
    """Whether the table's own policy refuses it to anyone, whatever their permissions."""
    (statement,) = table()["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", {"AWS": "*"}, "*")
    assert statement["Condition"] == {
        "ForAnyValue:StringNotEquals": {"dynamodb:LeadingKeys": ["${aws:userid}"]}
    }
    return f"dynamodb:{action}" in statement["Action"] and any(key != person for key in keys)
