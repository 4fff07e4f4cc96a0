"""What wakes the guard: the rules' own patterns, matched against real records."""

import json
from typing import Any

import botocore.session
import pytest

from rootguard.domain.drift import ChangeKind
from tests.domain.records import departed, joined
from tests.given import attach, by_role, envelope, real
from tests.stacks.synthesis import attribute, guard_function, named, resources


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """EventBridge's matching, as far as these patterns use it: exact values and `exists: false`."""
    for key, wanted in pattern.items():
        if isinstance(wanted, dict):
            if not matches(wanted, event.get(key) or {}):
                return False
        elif wanted == [{"exists": False}]:
            if key in event:
                return False
        elif event.get(key) not in wanted:
            return False
    return True


def rules() -> dict[str, dict[str, Any]]:
    """Logical id → properties of the rules that wake the guard, among others of the stack."""
    found = resources("AWS::Events::Rule").items()
    return {name: rule for name, rule in found if name.startswith("Detection")}


def proof() -> dict[str, Any]:
    """The rule for the reads of the guard's own role."""
    (rule,) = [rule for name, rule in rules().items() if "Proof" in name]
    return rule


def woken(record: dict[str, Any], detail_type: str = "AWS API Call via CloudTrail") -> list[str]:
    """Which rules the record matches: changes, denied or proof."""
    event = envelope(record) | {"source": "aws.organizations", "detail-type": detail_type}
    return [
        {"denied": "denied", "come": "proof"}.get(rule["Description"].split()[-1], "changes")
        for rule in rules().values()
        if matches(rule["EventPattern"], event)
    ]


def test_an_attached_policy_wakes_the_guard() -> None:
    assert woken(attach()) == ["changes"]


def test_a_root_users_change_wakes_it_although_its_record_names_no_session_issuer() -> None:
    record = attach()
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"] == {}
    assert woken(record) == ["changes"]


def test_a_roles_change_wakes_it_whatever_the_session_is_called() -> None:
    assert woken(attach(userIdentity=by_role(session="rootguard"))) == ["changes"]


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_denied_attempt_wakes_it_as_one(code: str) -> None:
    assert woken(attach(errorCode=code)) == ["denied"]


def test_a_call_that_failed_otherwise_changes_nothing_and_wakes_nobody() -> None:
    assert woken(attach(errorCode="DuplicatePolicyAttachmentException")) == []


# By name, not by ChangeKind, from which the pattern is made: a name that is wrong there is wrong in both.
TOLD = [
    "AttachPolicy",
    "DetachPolicy",
    "UpdatePolicy",
    "CreatePolicy",
    "DeletePolicy",
    "DisablePolicyType",
    "EnablePolicyType",
    "MoveAccount",
    "DeleteOrganizationalUnit",
    "PutResourcePolicy",
    "DeleteResourcePolicy",
    "RegisterDelegatedAdministrator",
    "DeregisterDelegatedAdministrator",
    "LeaveOrganization",
    "RemoveAccountFromOrganization",
    "CloseAccount",
    "DeleteOrganization",
    "InviteOrganizationToTransferResponsibility",
    "UpdateResponsibilityTransfer",
    "TerminateResponsibilityTransfer",
]


@pytest.mark.parametrize("name", TOLD)
def test_every_change_wakes_it_and_so_does_the_attempt(name: str) -> None:
    assert name in botocore.session.get_session().get_service_model("organizations").operation_names
    record = attach() | {"eventName": name}
    assert woken(record) == ["changes"]
    assert woken(record | {"errorCode": "AccessDenied"}) == ["denied"]


def test_nothing_else_wakes_it_but_an_account_that_left_or_joined_which_no_call_here_tells() -> None:
    told = {"AccountDepartedOrganization", "AccountJoinedOrganization"}
    assert {kind.value for kind in ChangeKind} - set(TOLD) == told
    for record in (departed(), joined()):
        assert woken(record, "AWS Service Event via CloudTrail") == ["changes"]


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("attach-policy-to-account-by-root-user", ["changes"]),
        ("attach-policy-to-ou-failed-by-iam-user", []),
        ("create-scp-by-root-user", ["changes"]),
        ("update-scp-by-root-user", ["changes"]),
        ("disable-scp-type-by-root-user", ["changes"]),
        ("leave-organization-denied-by-assumed-role", ["denied"]),
        ("close-account-result-service-event", []),
    ],
)
def test_a_real_record_wakes_it_by_the_right_rule(name: str, rules: list[str]) -> None:
    assert woken(real(name)) == rules


def test_a_real_event_wakes_it() -> None:
    assert woken(real("eventbridge-move-account-by-assumed-role")["detail"]) == ["changes"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("eventName", "CreateOrganizationalUnit"), ("eventSource", "iam.amazonaws.com")],
)
def test_other_calls_wake_nobody(field: str, value: str) -> None:
    assert woken(attach() | {field: value}) == []


def test_a_sweeps_own_read_wakes_it_whether_aws_answered_it_or_not() -> None:
    role, name = proof()["EventPattern"], "ListRoots"
    own = by_role() | {"sessionContext": {"sessionIssuer": {"arn": issuer_in(role)}}}
    record = attach(userIdentity=own) | {"eventName": name, "readOnly": True}
    assert woken(record) == ["proof"]
    assert woken(record | {"errorCode": "TooManyRequestsException"}) == ["proof"]
    assert woken(attach(userIdentity=by_role()) | {"eventName": name}) == []


def issuer_in(pattern: dict[str, Any]) -> Any:
    (issuer,) = pattern["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
    return issuer


def test_only_the_proof_gets_reads_and_only_those_of_the_guards_role() -> None:
    states = [rule["State"] for rule in rules().values()]
    assert sorted(states) == ["ENABLED", "ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]
    assert proof()["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    role, _ = named("AWS::IAM::Role", "GuardRole")
    assert issuer_in(proof()["EventPattern"]) == attribute(role)


def test_the_patterns_are_short_enough_for_eventbridge() -> None:
    for rule in rules().values():
        # "Amazon EventBridge quotas", EventBridge guide: event pattern size.
        assert len(json.dumps(rule["EventPattern"])) <= 2048


def test_no_event_is_given_up_before_eventbridge_must_nor_dropped_without_a_trace() -> None:
    dead_letters, _ = named("AWS::SQS::Queue", "GuardDeadLetters")
    function, _ = guard_function()
    for rule in rules().values():
        (target,) = rule["Targets"]
        assert target["Arn"] == attribute(function)
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
        assert target["DeadLetterConfig"] == {"Arn": attribute(dead_letters)}


def test_each_rule_may_invoke_the_function_and_use_the_dead_letter_queue() -> None:
    each = [attribute(name) for name in rules()]
    invoking = [grant["SourceArn"] for grant in resources("AWS::Lambda::Permission").values()]
    assert invoking == each
    _, queue_policy = named("AWS::SQS::QueuePolicy", "GuardDeadLetters")
    sending = [
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in queue_policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert sending == each
