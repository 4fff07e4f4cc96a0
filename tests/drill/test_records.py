"""Records of the local AWS against records captured in live organizations (tests/events)."""

import json
from pathlib import Path
from typing import Any

import pytest

from drill.api_error import ApiError
from drill.caller import Caller
from drill.organization import Organization
from drill.records import Call, envelope, read_only, record

EVENTS = Path(__file__).parents[1] / "events"
ACCOUNT = "111122223333"
BROWSER = "Mozilla/5.0"

ROOT_USER = Caller(
    type="Root",
    arn=f"arn:aws:iam::{ACCOUNT}:root",
    principal_id=ACCOUNT,
    account=ACCOUNT,
    access_key="ASIAIOSFODNN7EXAMPLE",
    session_start=1_682_372_327.0,
    source_ip="192.0.2.10",
    user_agent=BROWSER,
    console=True,
    mfa=True,
)
DIEGO = Caller(
    type="IAMUser",
    arn=f"arn:aws:iam::{ACCOUNT}:user/diego",
    principal_id="AIDAIOSFODNN7EXAMPLE",
    account=ACCOUNT,
    access_key="AKIAIOSFODNN7EXAMPLE",
    user_name="diego",
    source_ip="192.0.2.10",
    user_agent=BROWSER,
)


def role_session(role: str, session: str) -> Caller:
    return Caller(
        type="AssumedRole",
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        principal_id=f"AROAIOSFODNN7EXAMPLE:{session}",
        account=ACCOUNT,
        access_key="ASIAIOSFODNN7EXAMPLE",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
        role_id="AROAIOSFODNN7EXAMPLE",
        session_start=1_595_916_249.0,
        source_ip="192.0.2.10",
        user_agent=BROWSER,
    )


def real(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / f"{name}.json").read_text()))


def called(
    caller: Caller,
    operation: str,
    params: dict[str, Any],
    answer: dict[str, Any] | None = None,
    error: ApiError | None = None,
) -> Call:
    return Call(
        operation=operation,
        params=params,
        caller=caller,
        at=1_682_382_807.5,
        request_id="da8fac12-ec99-429e-8489-7325736422ed",
        event_id="560c4918-6149-4b78-a0c9-7d62d6ec8f86",
        answer=answer,
        error=error,
    )


def shape(value: Any) -> Any:
    """The keys and types of a record, without its values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.fixture
def organization() -> Organization:
    organization = Organization(ACCOUNT)
    organization.call("CreateOrganization", {})
    root = {"RootId": organization.tree.root_id}
    organization.call("EnablePolicyType", root | {"PolicyType": "SERVICE_CONTROL_POLICY"})
    organization.call("EnablePolicyType", root | {"PolicyType": "RESOURCE_CONTROL_POLICY"})
    return organization


POLICY = {
    "Name": "Block service access for root user",
    "Description": "Restricts EC2 for the root user.",
    "Type": "SERVICE_CONTROL_POLICY",
    "Content": '{"Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}',
}


def test_attach_by_a_root_user_in_the_console() -> None:
    expected = real("attach-policy-to-account-by-root-user")
    params = {"TargetId": "444455556666", "PolicyId": "p-bvdv3rx3"}
    written = record(called(ROOT_USER, "AttachPolicy", params, {}))
    assert shape(written) == shape(expected)
    assert written["requestParameters"] == expected["requestParameters"]
    assert written["userIdentity"] == expected["userIdentity"] | {
        "sessionContext": expected["userIdentity"]["sessionContext"]
    }
    assert written["eventTime"] == "2023-04-25T00:33:27Z"


def test_create_policy(organization: Organization) -> None:
    answer = organization.call("CreatePolicy", POLICY)
    written = record(called(ROOT_USER, "CreatePolicy", POLICY, answer))
    expected = real("create-scp-by-root-user")
    assert shape(written) == shape(expected)
    assert written["responseElements"]["policy"]["content"] == POLICY["Content"]


def test_update_policy(organization: Organization) -> None:
    made = organization.call("CreatePolicy", POLICY)["Policy"]["PolicySummary"]["Id"]
    params = {k: POLICY[k] for k in ("Name", "Description", "Content")} | {"PolicyId": made}
    written = record(called(ROOT_USER, "UpdatePolicy", params, organization.call("UpdatePolicy", params)))
    assert shape(written) == shape(real("update-scp-by-root-user"))


def test_disable_policy_type(organization: Organization) -> None:
    params = {"RootId": organization.tree.root_id, "PolicyType": "SERVICE_CONTROL_POLICY"}
    answer = organization.call("DisablePolicyType", params)
    written = record(called(ROOT_USER, "DisablePolicyType", params, answer))
    assert shape(written) == shape(real("disable-scp-type-by-root-user"))


def test_a_call_that_iam_denied() -> None:
    expected = real("leave-organization-denied-by-assumed-role")
    denied = ApiError("AccessDeniedException", expected["errorMessage"])
    caller = role_session("SomeRole", "aws-go-sdk-1688990515440126480")
    written = record(called(caller, "LeaveOrganization", {"Any": "thing"}, error=denied))
    assert shape(written) == shape(expected)
    assert written["errorCode"] == "AccessDenied"
    assert written["requestParameters"] is None


def test_a_call_that_the_service_refused() -> None:
    expected = real("attach-policy-to-ou-failed-by-iam-user")
    params = {"PolicyId": "p-examplepolicyid111", "TargetId": "ou-examplerootid111-exampleouid111"}
    refused = ApiError(expected["errorCode"], expected["errorMessage"])
    written = record(called(DIEGO, "AttachPolicy", params, error=refused))
    # The record from AWS's guide is of 2017, before these keys.
    newer = {"readOnly", "managementEvent", "eventCategory", "tlsDetails"}
    assert shape({k: v for k, v in written.items() if k not in newer}) == shape(expected)
    assert written["errorCode"] == "PolicyTypeNotEnabledException"
    assert written["requestParameters"] == expected["requestParameters"]


def test_the_event_that_carries_a_record() -> None:
    expected = real("eventbridge-move-account-by-assumed-role")
    params = {
        "AccountId": "444455556666",
        "DestinationParentId": "ou-exam-lmdswesj",
        "SourceParentId": "ou-exam-hhd1qqua",
    }
    written = record(called(role_session("Admin", "alice"), "MoveAccount", params, {}))
    event = envelope(written, "579d06ba-c104-8760-5882-bd2a3275791d")
    bare = {"detail": None}
    assert shape(event | bare) == shape(expected | bare)
    assert event["detail-type"] == expected["detail-type"]
    assert event["source"] == expected["source"]
    assert event["time"] == written["eventTime"]
    assert event["detail"]["userIdentity"] == expected["detail"]["userIdentity"]
    assert event["detail"]["requestParameters"] == expected["detail"]["requestParameters"]
    # An old record again; it lacks the newer keys.
    assert shape(expected["detail"]).items() <= shape(event["detail"]).items()


def test_reads_are_told_from_changes() -> None:
    assert read_only("DescribePolicy")
    assert read_only("ListRoots")
    assert not read_only("DetachPolicy")
    assert record(called(DIEGO, "ListRoots", {}, {"Roots": []}))["readOnly"] is True
