"""What the guard writes in Organizations, against the strict model: each error of each call has an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK, connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.domain.policy import Policy
from rootguard.ports import (
    LastPolicyError,
    NoRoomError,
    NotAttachedError,
    OrganizationsError,
    TargetGoneError,
)
from tests.aws.examples import RCP, SCP
from tests.fakes.wire import Wire, attached, create

DENY_EC2 = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}'
Write = Callable[[AwsOrganizations], Any]


@pytest.fixture
def aws(wire: Wire) -> AwsOrganizations:
    client = connect()
    wire.plug(client)
    return AwsOrganizations(client, lambda: 60.0)


def test_detach_and_attach(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    policy_id = create(wire)
    assert aws.attach(policy_id, root) is True
    assert policy_id in attached(wire, root)
    assert aws.attach(policy_id, root) is False, "attached already"
    aws.detach(policy_id, root)
    assert policy_id not in attached(wire, root)


def test_what_is_not_attached_is_named_so(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    with pytest.raises(NotAttachedError):
        aws.detach(create(wire), root)


def test_the_last_scp_is_named_so(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    policy_id = create(wire)
    aws.attach(policy_id, root)
    aws.detach("p-FullAWSAccess", root)
    with pytest.raises(LastPolicyError):
        aws.detach(policy_id, root)


def test_a_target_that_is_full_is_named_so(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    for number in range(9):
        aws.attach(create(wire, name=f"Policy {number}"), root)
    with pytest.raises(NoRoomError):
        aws.attach(create(wire, name="One more"), root)


def test_another_constraint_is_neither(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    for reason in ("POLICY_CONTENT_LIMIT_EXCEEDED", None):
        wire.fail("AttachPolicy", ApiError("ConstraintViolationException", "no", reason=reason))
        with pytest.raises(OrganizationsError) as failed:
            aws.attach(create(wire, name=f"Policy {reason}"), root)
        assert type(failed.value) is OrganizationsError


@pytest.mark.parametrize("code", ["PolicyNotFoundException", "TargetNotFoundException"])
def test_what_is_gone_is_attached_nowhere(aws: AwsOrganizations, wire: Wire, root: str, code: str) -> None:
    wire.fail("DetachPolicy", ApiError(code, "no"))
    with pytest.raises(NotAttachedError):
        aws.detach("p-notthere1", root)
    wire.fail("AttachPolicy", ApiError(code, "no"))
    with pytest.raises(OrganizationsError, match=code) as failed:
        aws.attach("p-notthere1", root)
    assert isinstance(failed.value, TargetGoneError) == (code == "TargetNotFoundException")


def test_a_policy_is_given_back_what_it_was(aws: AwsOrganizations, wire: Wire) -> None:
    policy_id = create(wire, name="Guardrails")
    assert aws.restore(policy_id, Policy(policy_id, SCP, "Guards", content=DENY_EC2)) is True
    now = aws.policy(policy_id)
    assert now is not None
    assert (now.name, now.content, now.description) == ("Guards", DENY_EC2, "-")


def test_a_name_that_was_taken_keeps_nothing_else_from_coming_back(aws: AwsOrganizations, wire: Wire) -> None:
    policy_id = create(wire, name="Other")
    create(wire, name="Guardrails")
    was = Policy(policy_id, SCP, "Guardrails", content=DENY_EC2, description="as agreed")
    assert aws.restore(policy_id, was) is False
    now = aws.policy(policy_id)
    assert now is not None
    assert (now.name, now.content, now.description) == ("Other", DENY_EC2, "as agreed")


def test_a_policy_type_is_enabled_and_one_that_is_enabled_is_fine(
    aws: AwsOrganizations, wire: Wire, root: str
) -> None:
    for _ in range(2):
        aws.enable_type(RCP, root)
    assert aws.root().enabled_types == {SCP, RCP}
    assert attached(wire, root, RCP) == ["p-RCPFullAWSAccess"]


def test_an_account_is_moved_from_wherever_it_is(
    aws: AwsOrganizations, root: str, tree: dict[str, str]
) -> None:
    assert aws.move(tree["lab"], tree["team"], root) is True
    assert aws.parent(tree["lab"]) == root
    assert aws.move(tree["lab"], tree["workload"], tree["team"]) is True, "it was in the root by then"
    assert aws.parent(tree["lab"]) == tree["team"]
    assert aws.move(tree["lab"], root, tree["team"]) is False, "it is there already"
    assert aws.move(tree["lab"], tree["team"], tree["team"]) is False
    assert aws.move(tree["lab"], "ou-exam-notthere", root) is True, "its old parent is gone"


def test_an_account_or_a_parent_that_is_gone_cannot_be_moved(
    aws: AwsOrganizations, root: str, tree: dict[str, str]
) -> None:
    with pytest.raises(TargetGoneError):
        aws.move("999999999999", tree["team"], root)
    with pytest.raises(OrganizationsError, match="DestinationParentNotFoundException"):
        aws.move(tree["lab"], tree["team"], "ou-exam-notthere")


def test_a_move_that_is_refused_though_the_account_is_in_its_source_is_final(
    aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str]
) -> None:
    wire.fail("MoveAccount", ApiError("AccountNotFoundException", "no"))
    with pytest.raises(OrganizationsError, match="AccountNotFoundException"):
        aws.move(tree["lab"], tree["team"], root)
    assert aws.parent(tree["lab"]) == tree["team"]


WRITES: dict[str, Write] = {
    "AttachPolicy": lambda aws: aws.attach("p-notthere1", "r-exam"),
    "DetachPolicy": lambda aws: aws.detach("p-notthere1", "r-exam"),
    "UpdatePolicy": lambda aws: aws.restore("p-notthere1", Policy("p-notthere1", SCP, content=DENY_EC2)),
    "EnablePolicyType": lambda aws: aws.enable_type(SCP, "r-exam"),
    "MoveAccount": lambda aws: aws.move("444455556666", "r-exam", "ou-exam-12345678"),
}
FATAL = [
    "AccessDeniedException",
    "AWSOrganizationsNotInUseException",
    "ConstraintViolationException",
    "DuplicatePolicyException",
    "InvalidInputException",
    "MalformedPolicyDocumentException",
    "PolicyTypeNotAvailableForOrganizationException",
    "PolicyTypeNotEnabledException",
    "UnsupportedAPIEndpointException",
]
TOLERATED = {
    ("AttachPolicy", "DuplicatePolicyAttachmentException"),
    ("EnablePolicyType", "PolicyTypeAlreadyEnabledException"),
    ("MoveAccount", "DuplicateAccountException"),
    ("MoveAccount", "SourceParentNotFoundException"),
    ("MoveAccount", "AccountNotFoundException"),
}
ELSEWHERE = sorted({code for _, code in TOLERATED})


FINAL = [(call, code) for call in WRITES for code in (*FATAL, *ELSEWHERE) if (call, code) not in TOLERATED]


@pytest.mark.parametrize(("call", "code"), FINAL)
def test_every_other_error_of_a_write_is_final_at_once(
    aws: AwsOrganizations, wire: Wire, call: str, code: str
) -> None:
    wire.fail(call, ApiError(code, "no"))
    with pytest.raises(OrganizationsError, match=code) as failed:
        WRITES[call](aws)
    assert (failed.value.operation, failed.value.code) == (call, code)
    assert wire.calls == [call]


@pytest.mark.parametrize("code", sorted(COME_BACK))
@pytest.mark.parametrize("call", WRITES)
def test_a_busy_organization_is_asked_again(aws: AwsOrganizations, wire: Wire, call: str, code: str) -> None:
    wire.fail(call, ApiError(code, "later"), times=9)
    wire.fail(call, ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError, match="AccessDeniedException"):
        WRITES[call](aws)
    assert wire.calls == [call] * 10
