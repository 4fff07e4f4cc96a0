"""`rootguard explain` where the stack is deployed: it knows what the guard knows, and teaches it nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drill.local_aws import LocalAws
from drill.principals import Principal
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import Table
from rootguard.domain.facts import BaselinePolicy
from stacks.names import STACK
from tests.cli.conftest import Rootguard, Written
from tests.cli.test_exception import READER, TABLE, As, aws, policy, root, sara, sign_in, stack, started, wish
from tests.domain.records import delete
from tests.given import DENY_ALL, SCP, attach

__all__ = ["aws", "policy", "root", "sara", "sign_in", "started"]

NOW = datetime.now(UTC)
ORGANIZATION_ONLY = Principal(
    user="auditor",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}],
        }
    ),
)

Explained = Callable[[Any], dict[str, Any]]


@pytest.fixture
def ledger(aws: LocalAws) -> DynamoLedger:
    return DynamoLedger(Table(TABLE, lambda: aws.client("dynamodb")))


@pytest.fixture
def explained(rootguard: Rootguard, written: Written) -> Explained:
    def explain(record: Any) -> dict[str, Any]:
        result = rootguard("explain", written("event.json", record), "--json")
        assert result.stderr == ""
        return dict(json.loads(result.stdout))

    return explain


def accept(ledger: DynamoLedger, root: str, policy: str, content: str = DENY_ALL) -> None:
    ledger.adopt_all(root, {policy: BaselinePolicy("Quarantine", content, SCP, "-")}, NOW)


def test_what_is_accepted_there_is_allowed(
    explained: Explained, ledger: DynamoLedger, root: str, policy: str, sara: str
) -> None:
    assert explained(attach(root, policy))["reason"] == "violation"
    accept(ledger, root, policy)
    document = explained(attach(root, policy))
    assert (document["verdict"], document["reason"], document["actions"]) == ("allow", "in-baseline", [])
    assert document["assumptions"] == []


def test_what_an_exception_permits_is_allowed_to_others_than_its_granter(
    rootguard: Rootguard, explained: Explained, root: str, policy: str, sara: str
) -> None:
    assert rootguard(*wish(policy)).exit_code == 0
    record = attach(root, policy)
    assert explained(record)["reason"] == "exception"
    record["userIdentity"]["principalId"] = sara
    assert explained(record)["reason"] == "violation"


def test_a_fight_is_left_as_the_guard_leaves_it(
    explained: Explained, ledger: DynamoLedger, aws: LocalAws, root: str, sara: str
) -> None:
    made = aws.client("organizations").create_policy(
        Name="Regions", Description="-", Type=SCP, Content=DENY_ALL.replace('"*"', '"ec2:*"', 1)
    )["Policy"]["PolicySummary"]["Id"]
    for seconds in range(5):
        ledger.reverted(made, root, datetime.now(UTC) - timedelta(seconds=seconds))
    assert explained(attach(root, made))["verdict"] == "alert"


def test_where_a_policy_stood_that_someone_tried_to_delete_is_known(
    explained: Explained, ledger: DynamoLedger, root: str, policy: str, sara: str
) -> None:
    accept(ledger, root, policy)
    document = explained(delete(policy=policy, errorCode="AccessDenied"))
    assert (document["verdict"], document["reason"]) == ("alert", "denied-attempt")


def test_nothing_is_written(
    explained: Explained, aws: LocalAws, ledger: DynamoLedger, root: str, policy: str, sara: str
) -> None:
    # The guard would learn the policy that it had to look up.
    for _ in range(2):
        assert explained(attach(root, policy))["reason"] == "violation"
        assert aws.client("dynamodb").scan(TableName=TABLE)["Items"] == []


@pytest.mark.parametrize(
    ("principal", "said"),
    [
        (READER, "Without the ledger: Query on the ledger failed with AccessDenied"),
        (ORGANIZATION_ONLY, "Without the ledger: DescribeStacks failed with AccessDenied"),
    ],
)
def test_what_may_not_be_read_is_gone_without_and_said(
    explained: Explained,
    ledger: DynamoLedger,
    sign_in: As,
    root: str,
    policy: str,
    principal: Principal,
    said: str,
) -> None:
    accept(ledger, root, policy)
    sign_in(principal)
    document = explained(attach(root, policy))
    assert document["reason"] == "violation"
    (assumption,) = document["assumptions"]
    assert assumption.startswith(said)
    assert assumption.endswith(". Neither the baseline nor exceptions were looked at.")


def test_a_stack_without_a_ledger_is_told(
    explained: Explained, aws: LocalAws, root: str, policy: str, sara: str
) -> None:
    aws.client("cloudformation").delete_stack(StackName=STACK)
    stack(aws, {"Other": "x"})
    (assumption,) = explained(attach(root, policy))["assumptions"]
    assert assumption.startswith("Without the ledger: The stack Rootguard has no output LedgerTable. ")
