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
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval
from rootguard.domain.drift import Subject, SubjectKind
from rootguard.domain.fights import Fight
from rootguard.domain.policy import Policy
from rootguard.ports import EventMark
from stacks.names import ROLE_OUTPUT, STACK
from tests.cli.conftest import Rootguard, Written
from tests.cli.deployed import (
    EXCEPTIONS,
    LEDGER,
    As,
    allowed,
    aws,
    create,
    granted,
    ledger,
    policy,
    root,
    sara,
    sign_in,
    stack,
    started,
)
from tests.cli.test_exception import READER, wish
from tests.domain.records import delete
from tests.given import DENY_ALL, DENY_EC2, OWN_ROLE, SCP, attach

__all__ = ["aws", "granted", "ledger", "policy", "root", "sara", "sign_in", "started"]

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=900)
ORGANIZATION_ONLY = allowed("auditor", "organizations:*")

Explained = Callable[[Any], dict[str, Any]]


@pytest.fixture
def explained(rootguard: Rootguard, written: Written) -> Explained:
    def explain(record: Any) -> dict[str, Any]:
        result = rootguard("explain", written("event.json", record), "--json")
        assert result.stderr == ""
        return dict(json.loads(result.stdout))

    return explain


@pytest.fixture
def adopted(ledger: DynamoLedger, root: str) -> None:
    ledger.adopt(root, (SCP,))


def accept(ledger: DynamoLedger, root: str, policy: str, content: str = DENY_ALL) -> None:
    ledger.adopt(root, (SCP,))
    ledger.accept(policy, root, Acceptance(True, SCP, LONG_AGO, Approval.ADOPTED))
    document = Policy(policy, SCP, "Quarantine", content=content)
    ledger.accept_document(AcceptedDocument(document, LONG_AGO, Approval.ADOPTED))


def test_what_is_accepted_there_is_allowed(
    explained: Explained, ledger: DynamoLedger, root: str, policy: str, sara: str
) -> None:
    # Before the first sweep, a lockout on Root is undone all the same.
    assert explained(attach(root, policy))["reason"] == "violation"
    accept(ledger, root, policy)
    document = explained(attach(root, policy))
    assert (document["verdict"], document["reason"], document["actions"]) == ("allow", "in-baseline", [])
    assert document["assumptions"] == []


def test_what_an_exception_permits_is_allowed_to_others_than_its_granter(
    rootguard: Rootguard, explained: Explained, root: str, policy: str, sara: str, adopted: None
) -> None:
    assert rootguard(*wish(policy)).exit_code == 0
    record = attach(root, policy, eventTime=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    assert explained(record)["reason"] == "exception"
    record["userIdentity"]["principalId"] = sara
    assert explained(record)["reason"] == "violation"


def test_a_fight_is_left_as_the_guard_leaves_it(
    explained: Explained, ledger: DynamoLedger, aws: LocalAws, root: str, sara: str, adopted: None
) -> None:
    made = create(aws, DENY_EC2, "Regions")
    fight = Fight()
    for seconds in range(5):
        fight = fight.undone(datetime.now(UTC) - timedelta(seconds=5 - seconds))
    assert explained(attach(root, made))["verdict"] == "revert"
    ledger.keep_fight(Subject(SubjectKind.ATTACHMENT, (made, root)), fight)
    assert explained(attach(root, made))["verdict"] == "alert"


def test_that_the_event_was_judged_before_is_said(
    explained: Explained, ledger: DynamoLedger, root: str, policy: str, sara: str, adopted: None
) -> None:
    record = attach(root, policy)
    ledger.mark(record["eventID"], EventMark("revert", NOW))
    (remark,) = explained(record)["assumptions"]
    assert remark == "Rootguard judged this event before (revert): if it comes again, nothing is done."


def test_where_a_policy_is_accepted_that_someone_tried_to_delete_is_known(
    explained: Explained, ledger: DynamoLedger, root: str, policy: str, sara: str
) -> None:
    accept(ledger, root, policy)
    document = explained(delete(policy=policy, errorCode="AccessDenied"))
    assert (document["verdict"], document["reason"]) == ("alert", "denied-attempt")


def test_nothing_is_written(explained: Explained, aws: LocalAws, root: str, policy: str, sara: str) -> None:
    # The guard would learn the policy that it had to look up.
    for _ in range(2):
        assert explained(attach(root, policy))["reason"] == "violation"
        for table in (LEDGER, EXCEPTIONS):
            assert aws.client("dynamodb").scan(TableName=table)["Items"] == []


@pytest.mark.parametrize(
    ("principal", "said"),
    [
        (READER, "Without the ledger: BatchGetItem on the ledger failed with AccessDenied"),
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
    stack(aws, {ROLE_OUTPUT: OWN_ROLE})
    (assumption,) = explained(attach(root, policy))["assumptions"]
    assert assumption.startswith("Without the ledger: The stack Rootguard has no output LedgerTable. ")
