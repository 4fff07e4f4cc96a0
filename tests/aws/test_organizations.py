"""The Organizations adapter against the strict model, through the real SDK: each error of each call."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK, ONE_ATTEMPT, connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.domain.facts import BaselinePolicy, Root
from rootguard.ports import LastPolicyError, NotAttachedError, OrganizationsError
from tests.fakes.http_server import Answer, Fault, HttpServer
from tests.fakes.wire import Wire, create, standing
from tests.given import DENY_ALL, DENY_EC2, RCP, SCP


@pytest.fixture
def aws(wire: Wire, seconds_left: list[float]) -> AwsOrganizations:
    client = connect()
    wire.plug(client)
    return AwsOrganizations(client, lambda: seconds_left.pop(0) if len(seconds_left) > 1 else seconds_left[0])


@pytest.fixture
def seconds_left() -> list[float]:
    return [60.0]


def test_a_policy_is_read_with_its_content(aws: AwsOrganizations, wire: Wire) -> None:
    policy = aws.policy(create(wire))
    assert policy is not None
    assert (policy.name, policy.type, policy.aws_managed) == ("Quarantine", SCP, False)
    assert json.loads(policy.content or "") == json.loads(DENY_ALL)
    assert wire.calls == ["DescribePolicy"]


def test_a_policy_that_is_not_there_is_none(aws: AwsOrganizations) -> None:
    assert aws.policy("p-notthere1") is None


def test_detach_and_attach(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    policy_id = create(wire)
    aws.attach(policy_id, root)
    assert policy_id in standing(wire, root)
    aws.attach(policy_id, root)  # standing already is as good
    aws.detach(policy_id, root)
    assert policy_id not in standing(wire, root)


def test_what_is_not_attached_is_named_so(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    with pytest.raises(NotAttachedError):
        aws.detach(create(wire), root)


def test_the_last_scp_is_named_so(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    policy_id = create(wire)
    aws.attach(policy_id, root)
    aws.detach("p-FullAWSAccess", root)
    with pytest.raises(LastPolicyError):
        aws.detach(policy_id, root)


FATAL = [
    "AccessDeniedException",
    "AWSOrganizationsNotInUseException",
    "InvalidInputException",
    "UnsupportedAPIEndpointException",
    "ConstraintViolationException",
    "PolicyTypeNotEnabledException",
]


@pytest.mark.parametrize("code", ["PolicyNotFoundException", "TargetNotFoundException"])
def test_what_is_gone_stands_nowhere(aws: AwsOrganizations, wire: Wire, root: str, code: str) -> None:
    wire.fail("DetachPolicy", ApiError(code, "no"))
    with pytest.raises(NotAttachedError):
        aws.detach("p-notthere1", root)
    wire.fail("AttachPolicy", ApiError(code, "no"))
    with pytest.raises(OrganizationsError, match=code):
        aws.attach("p-notthere1", root)


def test_a_name_that_was_taken_keeps_nothing_else_from_coming_back(aws: AwsOrganizations, wire: Wire) -> None:
    was = BaselinePolicy("Guardrails", DENY_EC2, description="as agreed")
    policy_id = create(wire, name="Guardrails")
    squatted = {"PolicyId": policy_id, "Name": "Other", "Content": DENY_ALL}
    wire.organization.call("UpdatePolicy", squatted)
    create(wire, name="Guardrails")
    assert aws.restore(policy_id, was) is False
    now = aws.policy(policy_id)
    assert now is not None
    assert (now.name, now.content, now.description) == ("Other", DENY_EC2, "as agreed")


@pytest.mark.parametrize("code", FATAL)
@pytest.mark.parametrize("call", ["AttachPolicy", "DetachPolicy"])
def test_every_other_error_of_a_write_is_final_at_once(
    aws: AwsOrganizations, wire: Wire, root: str, call: str, code: str
) -> None:
    policy_id = create(wire)
    wire.fail(call, ApiError(code, "no", reason="MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"))
    with pytest.raises(OrganizationsError, match=code) as failed:
        (aws.attach if call == "AttachPolicy" else aws.detach)(policy_id, root)
    assert (failed.value.operation, failed.value.code) == (call, code)
    assert type(failed.value) is OrganizationsError
    assert wire.calls == [call]


@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_a_read_that_is_refused_is_final(aws: AwsOrganizations, wire: Wire, code: str) -> None:
    wire.fail("DescribePolicy", ApiError(code, "no"))
    with pytest.raises(OrganizationsError, match=code):
        aws.policy("p-notthere1")


@pytest.mark.parametrize("code", sorted(COME_BACK))
@pytest.mark.parametrize("call", ["AttachPolicy", "DetachPolicy", "DescribePolicy"])
def test_a_busy_organization_is_asked_again(
    aws: AwsOrganizations, wire: Wire, root: str, call: str, code: str
) -> None:
    policy_id = create(wire)
    if call == "DetachPolicy":
        wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    wire.fail(call, ApiError(code, "later"), times=9)
    if call == "DescribePolicy":
        assert aws.policy(policy_id) is not None
    else:
        (aws.attach if call == "AttachPolicy" else aws.detach)(policy_id, root)
    assert wire.calls == [call] * 10
    assert (policy_id in standing(wire, root)) == (call == "AttachPolicy")


@pytest.mark.parametrize("code", sorted(COME_BACK))
def test_a_busy_organization_is_given_up_while_there_is_time_for_the_page(
    aws: AwsOrganizations, wire: Wire, root: str, seconds_left: list[float], code: str
) -> None:
    seconds_left[:] = [40.0, 40.0, 20.0, 14.9]
    wire.fail("DetachPolicy", ApiError(code, "later"), times=99)
    with pytest.raises(OrganizationsError, match=code):
        aws.detach(create(wire), root)
    assert len(wire.calls) == 3


@pytest.mark.parametrize("code", sorted(COME_BACK))
def test_a_busy_organization_is_left_alone_for_a_while_before_each_attempt(
    aws: AwsOrganizations, wire: Wire, root: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    wire.fail("DetachPolicy", ApiError(code, "later"), times=5)
    with pytest.raises(NotAttachedError):
        aws.detach(create(wire), root)
    assert len(waits) == 5
    assert all(
        least <= wait <= least + 0.25 for wait, least in zip(waits, (0.25, 0.5, 1, 2, 3.75), strict=True)
    )


def test_no_wait_eats_up_the_time_for_the_page(
    aws: AwsOrganizations, wire: Wire, root: str, seconds_left: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        seconds_left[0] -= seconds

    monkeypatch.setattr(time, "sleep", sleep)
    seconds_left[:] = [30.0]
    wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "busy"), times=99)
    with pytest.raises(OrganizationsError, match="busy"):
        aws.detach(create(wire), root)
    assert 15.0 < seconds_left[0] < 20.0


def test_a_busy_organization_that_then_refuses_is_final(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "busy"))
    with pytest.raises(NotAttachedError):
        aws.detach(create(wire), root)
    assert len(wire.calls) == 2


@pytest.mark.parametrize("kind", [ConnectTimeoutError, ReadTimeoutError])
def test_a_silent_network_is_tried_again_and_then_final(
    aws: AwsOrganizations, wire: Wire, root: str, kind: type[ConnectTimeoutError]
) -> None:
    policy_id = create(wire)
    aws.attach(policy_id, root)
    wire.fail("DetachPolicy", kind(endpoint_url="https://organizations"), times=3)
    aws.detach(policy_id, root)
    wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "busy"), times=9)
    wire.fail("DetachPolicy", kind(endpoint_url="https://organizations"), times=9)
    wire.calls.clear()
    with pytest.raises(OrganizationsError, match=kind.__name__):
        aws.detach(policy_id, root)
    assert wire.calls == ["DetachPolicy"] * (9 + 4)


HANGS = 0.2


def hanging(server: HttpServer, left: float, monkeypatch: pytest.MonkeyPatch) -> AwsOrganizations:
    """Organizations that never answers, and an invocation of which each hang takes five seconds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", server.url)
    monkeypatch.setattr("rootguard.aws.calls.ONE_ATTEMPT", ONE_ATTEMPT.merge(Config(read_timeout=HANGS)))
    server.answer(Fault.HANG)
    return AwsOrganizations(connect(), lambda: left - 5 * len(server.requests))


@pytest.mark.parametrize(("left", "attempts"), [(60.0, 4), (33.0, 4), (29.0, 3), (16.0, 1), (4.0, 1)])
def test_silence_ends_while_there_is_time_for_the_page(
    credentials: None,
    http_server: HttpServer,
    monkeypatch: pytest.MonkeyPatch,
    left: float,
    attempts: int,
) -> None:
    aws = hanging(http_server, left, monkeypatch)
    with pytest.raises(OrganizationsError, match="ReadTimeoutError"):
        aws.detach("p-bvdv3rx3", "r-exam")
    assert len(http_server.requests) == attempts


def test_one_attempt_ends_within_five_seconds() -> None:
    settings: Any = ONE_ATTEMPT
    assert settings.connect_timeout + settings.read_timeout <= 5
    assert settings.retries["total_max_attempts"] == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_is_asked_again(
    credentials: None, http_server: HttpServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    aws = hanging(http_server, 60.0, monkeypatch)
    http_server.answer(Answer(status, "<html>Oops</html>"), Answer(status, ""), Answer(200, "{}"))
    aws.detach("p-bvdv3rx3", "r-exam")
    assert len(http_server.requests) == 3


def test_ancestors_take_one_read(aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str]) -> None:
    up = {tree["team"]: tree["workload"], tree["workload"]: root}
    assert aws.ancestors(tree["team"]) == up
    assert aws.ancestors(tree["lab"]) == {tree["lab"]: tree["team"], **up}
    assert wire.calls == ["DescribeOrganizationalUnit", "DescribeAccount"]


def test_ancestors_are_walked_where_the_answer_has_no_path(
    aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = wire.organization.call

    def older(operation: str, params: dict[str, object]) -> dict[str, object]:
        answer = call(operation, params)
        answer.get("Account", {}).pop("Paths", None)
        return answer

    monkeypatch.setattr(wire.organization, "call", older)
    expected = {tree["lab"]: tree["team"], tree["team"]: tree["workload"], tree["workload"]: root}
    assert aws.ancestors(tree["lab"]) == expected
    assert wire.calls == ["DescribeAccount", *["ListParents"] * 3]


def test_the_root_is_read_with_the_types_that_are_enabled_in_it(
    aws: AwsOrganizations, wire: Wire, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws.root() == Root(root, frozenset({SCP}))
    answer = wire.organization.call("ListRoots", {})
    answer["Roots"][0]["PolicyTypes"] = [
        {"Type": SCP, "Status": "PENDING_DISABLE"},
        {"Type": RCP, "Status": "PENDING_ENABLE"},
        {"Type": "TAG_POLICY", "Status": "ENABLED"},
    ]
    monkeypatch.setattr(wire.organization, "call", lambda *_: answer)
    assert aws.root() == Root(root, frozenset({"TAG_POLICY"}))


def test_all_policies_of_a_type_are_listed(aws: AwsOrganizations, wire: Wire) -> None:
    made = {create(wire, name=f"Policy {number}") for number in range(45)}
    assert aws.policies(SCP) == {"p-FullAWSAccess", *made}
    assert set(wire.calls) == {"ListPolicies"}
    assert made.isdisjoint(aws.policies(RCP))


def test_rcps_are_read_too(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    content = DENY_ALL.replace('"Effect"', '"Principal":"*","Effect"')
    policy = aws.policy(create(wire, kind=RCP, content=content))
    assert policy is not None
    assert policy.type == RCP
