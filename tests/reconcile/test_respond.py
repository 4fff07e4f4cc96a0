"""The path of one event against the strict model: what is read, written and paged, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK, connect
from rootguard.aws.surroundings import AwsSurroundings
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation
from rootguard.domain.remedy import Attach, Detach, as_json
from rootguard.domain.verdict import Outcome
from rootguard.incidents.incident import Incident, Reach, Result
from rootguard.ports import LastPolicyError, OrganizationsError
from rootguard.reconcile.respond import Guard
from tests.cloudtrail.test_read import json_values
from tests.fakes.people import FakePager, FakeTelemetry
from tests.fakes.wire import new_wire, standing
from tests.given import (
    DENY_EC2,
    NOW,
    OWN_ROLE,
    PIPELINE,
    RCP,
    attach,
    by_role,
    envelope,
    guardrail,
    protection,
    real,
)
from tests.house import House


def test_an_scp_on_root_is_detached_after_one_read_and_paged_after_the_detach(
    house: House, root: str, tree: dict[str, str]
) -> None:
    policy_id = house.attached(root)
    verdict = house.guard(guardrail()).respond(envelope(attach(root, policy_id)))
    assert verdict.outcome is Outcome.REVERT
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert house.wire.calls == ["DescribePolicy", "DetachPolicy", "ListAccounts"]
    (page,) = house.pager.pages
    assert (page.result, page.is_lockout, page.reach) == (Result.UNDONE, True, Reach(4))
    assert page.exposure == timedelta(seconds=17)
    assert house.telemetry.metrics == {"Violations": 1, "Reverted": 1, "ExposureSeconds": 17.0}


def test_an_ou_is_named_in_the_page(house: House, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["team"])
    teams = guardrail(protection(targets=frozenset({tree["team"]})))
    house.guard(teams).respond(attach(tree["team"], policy_id))
    (page,) = house.pager.pages
    assert (page.target_name, page.reach) == ("Team", Reach(1))


def test_an_account_below_a_protected_ou_is_guarded(house: House, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["lab"])
    below = guardrail(protection(targets=frozenset({tree["workload"]}), include_descendants=True))
    house.guard(below).respond(attach(tree["lab"], policy_id))
    assert standing(house.wire, tree["lab"]) == ["p-FullAWSAccess"]
    assert house.wire.calls[:3] == ["DescribeAccount", "DescribePolicy", "DetachPolicy"]


@pytest.mark.parametrize("answer", [None, "p-notthere1"])
def test_what_is_nothing_to_it_takes_no_call_and_no_page(house: House, answer: str | None) -> None:
    event = real("create-scp-by-root-user") if answer is None else attach("ou-exam-workload", answer)
    assert house.guard(guardrail()).respond(event).outcome is Outcome.IGNORE
    assert (house.wire.calls, house.pager.pages, house.telemetry.metrics) == ([], [], {})


def test_a_tag_policy_on_root_is_left_alone(house: House, root: str) -> None:
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": "TAG_POLICY"})
    policy_id = house.attached(root, kind="TAG_POLICY", content='{"tags":{}}')
    verdict = house.guard(guardrail()).respond(attach(root, policy_id))
    assert (verdict.outcome, verdict.reason.code) == (Outcome.IGNORE, "policy-type-not-covered")
    assert (house.writes, house.pager.pages) == ([], [])


def test_an_rcp_on_root_is_detached(house: House, root: str) -> None:
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    content = DENY_EC2.replace('"Effect"', '"Principal":"*","Effect"').replace("ec2:*", "s3:*")
    policy_id = house.attached(root, kind=RCP, content=content)
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert standing(house.wire, root, RCP) == ["p-RCPFullAWSAccess"]


def test_the_last_scp_comes_off_after_full_access_is_on(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.wire.organization.call("DetachPolicy", {"PolicyId": "p-FullAWSAccess", "TargetId": root})
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert house.writes == ["DetachPolicy", "AttachPolicy", "DetachPolicy"]
    assert [as_json(action)["action"] for action in house.pager.pages[0].done] == ["attach", "detach"]


def test_the_last_policy_of_a_type_without_full_access_fails_loudly(house: House, root: str) -> None:
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": "TAG_POLICY"})
    policy_id = house.attached(root, kind="TAG_POLICY", content='{"tags":{}}')
    refusal = ApiError("ConstraintViolationException", "no", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    house.wire.fail("DetachPolicy", refusal)
    tags = guardrail(protection(policy_types=frozenset({"TAG_POLICY"})))
    with pytest.raises(LastPolicyError):
        house.guard(tags).respond(attach(root, policy_id))
    assert house.writes == ["DetachPolicy"]


def test_a_doubled_event_finds_it_done_and_is_paged_once(house: House, root: str) -> None:
    policy_id = house.attached(root)
    guard = house.guard(guardrail())
    for _ in range(2):
        guard.respond(envelope(attach(root, policy_id)))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert [page.result for page in house.pager.pages] == [Result.UNDONE]
    assert house.telemetry.metrics["Reverted"] == 1
    assert "paged before" in [message for message, _ in house.telemetry.lines]


def test_an_event_of_a_policy_that_was_deleted_since_is_nothing(house: House, root: str) -> None:
    verdict = house.guard(guardrail()).respond(attach(root, "p-deletedsince"))
    assert (verdict.reason.code, house.pager.pages) == ("policy-gone", [])


def test_the_guards_own_attach_of_full_access_comes_back_as_nothing(house: House, root: str) -> None:
    event = attach(root, "p-FullAWSAccess", userIdentity=by_role(OWN_ROLE))
    assert house.guard(guardrail()).respond(event).reason.code == "own-change"
    assert house.wire.calls == []


@pytest.mark.parametrize(
    "policy",
    [guardrail(mode=Mode.OBSERVE), guardrail(protection(on_violation=OnViolation.ALERT))],
    ids=["observe", "alert"],
)
def test_watching_pages_and_writes_nothing(house: House, root: str, policy: Guardrail) -> None:
    policy_id = house.attached(root)
    house.guard(policy).respond(attach(root, policy_id))
    assert policy_id in standing(house.wire, root)
    assert (house.writes, [page.result for page in house.pager.pages]) == ([], [Result.WATCHED])


def test_a_trusted_pipeline_is_left_in_peace(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.guard(trusting).respond(attach(root, policy_id, userIdentity=by_role()))
    assert policy_id in standing(house.wire, root)
    assert (house.writes, house.pager.pages) == ([], [])


def test_a_trusted_pipeline_that_locks_everyone_out_is_undone(house: House, root: str) -> None:
    policy_id = house.attached(root)
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.guard(trusting).respond(attach(root, policy_id, userIdentity=by_role()))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert house.pager.pages[0].verdict.reason.code == "lockout-on-root"


def test_a_refused_attempt_is_paged_and_is_no_violation(house: House, root: str) -> None:
    house.guard(guardrail()).respond(attach(root, errorCode="AccessDenied"))
    assert house.wire.calls == []
    assert [page.result for page in house.pager.pages] == [Result.REFUSED]
    assert house.telemetry.metrics == {}


# When something fails


def test_a_detach_that_is_refused_is_paged_as_not_undone_and_fails_the_invocation(
    house: House, root: str
) -> None:
    policy_id = house.attached(root)
    house.wire.fail("DetachPolicy", ApiError("AccessDeniedException", "not authorized"))
    with pytest.raises(OrganizationsError, match="AccessDeniedException"):
        house.guard(guardrail()).respond(attach(root, policy_id))
    (page,) = house.pager.pages
    assert page.result is Result.NOT_UNDONE
    assert "AccessDeniedException: not authorized" in (page.error or "")
    assert house.telemetry.metrics == {"Violations": 1, "RevertFailed": 1}
    # The next attempt, a minute later, finds AWS willing.
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert house.pager.pages[1].result is Result.UNDONE


def test_a_full_access_that_cannot_be_attached_leaves_the_offender_and_fails(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.wire.organization.call("DetachPolicy", {"PolicyId": "p-FullAWSAccess", "TargetId": root})
    house.wire.fail("AttachPolicy", ApiError("AccessDeniedException", "not authorized"))
    with pytest.raises(OrganizationsError, match="AttachPolicy failed with AccessDenied"):
        house.guard(guardrail()).respond(attach(root, policy_id))
    assert standing(house.wire, root) == [policy_id]


def test_a_page_that_sns_refuses_fails_the_invocation_but_not_the_detach(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.pager.refusal = RuntimeError("KMS says no")
    with pytest.raises(RuntimeError, match="KMS says no"):
        house.guard(guardrail()).respond(attach(root, policy_id))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    # The retry has nothing to detach, and pages what the first attempt did.
    house.pager.refusal = None
    house.now += timedelta(minutes=1)
    house.guard(guardrail()).respond(attach(root, policy_id))
    (page,) = house.pager.pages
    assert (page.result, page.exposure) == (Result.UNDONE, timedelta(seconds=17))
    assert page.done == (Detach(policy_id, root),)
    assert house.telemetry.metrics["Reverted"] == 1


def test_what_someone_else_undid_first_is_told_so_even_where_the_guard_undid_it_before(
    house: House, root: str
) -> None:
    policy_id = house.attached(root)
    guard = house.guard(guardrail())
    guard.respond(attach(root, policy_id))
    house.ledger.close_incident(house.pager.pages[0].key, NOW)
    # Attached anew, and taken off by a person before the event came.
    house.now += timedelta(minutes=5)
    again = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
    guard.respond(attach(root, policy_id, eventID="event-2", eventTime=again))
    assert [page.result for page in house.pager.pages] == [Result.UNDONE, Result.ALREADY_UNDONE]
    # Nobody knows how long it stood: at most until now.
    assert house.telemetry.metrics["ExposureSeconds"] == 17.0


def test_when_neither_detach_nor_page_works_the_detach_is_what_is_told(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.wire.fail("DetachPolicy", ApiError("AccessDeniedException", "not authorized"))
    house.pager.refusal = RuntimeError("KMS says no")
    with pytest.raises(OrganizationsError, match="AccessDeniedException") as failed:
        house.guard(guardrail()).respond(attach(root, policy_id))
    assert isinstance(failed.value.__context__, RuntimeError)


@pytest.mark.parametrize("call", ["ListAccountsForParent", "DescribeOrganizationalUnit"])
def test_a_page_goes_out_with_what_is_known(house: House, tree: dict[str, str], call: str) -> None:
    policy_id = house.attached(tree["team"])
    house.wire.fail(call, ApiError("AccessDeniedException", "no"))
    house.guard(guardrail(protection(targets=frozenset({tree["team"]})))).respond(
        attach(tree["team"], policy_id)
    )
    (page,) = house.pager.pages
    assert page.result is Result.UNDONE
    assert page.reach == Reach()


def test_a_policy_that_cannot_be_read_fails_loudly_and_writes_nothing(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.wire.fail("DescribePolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError, match="DescribePolicy"):
        house.guard(guardrail()).respond(attach(root, policy_id))
    assert house.writes == []


def test_a_busy_organization_only_takes_longer(house: House, root: str) -> None:
    policy_id = house.attached(root)
    for code in COME_BACK:
        house.wire.fail("DetachPolicy", ApiError(code, "later"), times=3)
        house.wire.fail("DescribePolicy", ApiError(code, "later"), times=3)
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


def test_of_two_deliveries_at_the_same_moment_the_slower_pages_what_the_faster_did(
    house: House, root: str
) -> None:
    policy_id = house.attached(root)
    faster, slower = house.guard(guardrail()), house.guard(guardrail())

    class Stalling(AwsSurroundings):
        """Once it has detached, it is overtaken by the event's other delivery."""

        def reach(self, target_id: str, management_account_id: str | None) -> Reach:
            slower.respond(attach(root, policy_id))
            return super().reach(target_id, management_account_id)

    client = connect()
    house.wire.plug(client)
    replace(faster, surroundings=Stalling(client)).respond(attach(root, policy_id))
    assert house.writes == ["DetachPolicy", "DetachPolicy"]
    assert [page.result for page in house.pager.pages] == [Result.UNDONE]


def test_two_deliveries_at_the_same_moment_page_once(house: House, root: str) -> None:
    policy_id = house.attached(root)

    class Meanwhile(FakePager):
        """While the page is on its way, the event's other delivery is answered."""

        def page(self, incident: Incident) -> None:
            if not self.pages:
                self.pages.append(incident)
                house.guard(guardrail()).respond(attach(root, policy_id))

    house.pager = Meanwhile()
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert len(house.pager.pages) == 1


# What no input and no order of failures may lead to


@given(event=json_values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_malformed_event_leads_to_a_call(house: House, event: object) -> None:
    house.guard(guardrail(protection(include_descendants=True))).respond(event)
    assert (house.wire.calls, house.pager.pages) == ([], [])


faults = st.lists(
    st.tuples(
        st.sampled_from(["DescribePolicy", "DetachPolicy", "AttachPolicy", "ListAccounts"]),
        st.sampled_from(sorted({*COME_BACK, "AccessDeniedException", "InvalidInputException"})),
        st.integers(1, 6),
    ),
    max_size=4,
)


@given(faults=faults, last=st.booleans(), copies=st.integers(1, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_whatever_fails_how_often_root_ends_clean_and_paged_once_aws_answers_again(
    credentials: None, faults: list[tuple[str, str, int]], last: bool, copies: int
) -> None:
    house = House(new_wire(), FakePager(), FakeTelemetry())
    root = house.wire.organization.tree.root_id
    policy_id = house.attached(root)
    if last:
        house.wire.organization.call("DetachPolicy", {"PolicyId": "p-FullAWSAccess", "TargetId": root})
    for call, code, times in faults:
        house.wire.fail(call, ApiError(code, "no"), times)
    event = envelope(attach(root, policy_id))
    for _ in range(copies):
        # Lambda's own attempts, and then a redelivery when AWS is well again.
        attempts_until_success(house.guard(guardrail()), event)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert house.pager.pages[-1].result in (Result.UNDONE, Result.ALREADY_UNDONE)
    assert [page.result for page in house.pager.pages].count(house.pager.pages[-1].result) == 1
    attached = {a.policy_id for page in house.pager.pages for a in page.done if isinstance(a, Attach)}
    assert policy_id not in attached


def attempts_until_success(guard: Guard, event: object) -> None:
    for _ in range(40):
        try:
            guard.respond(event)
        except OrganizationsError:
            continue
        return
    pytest.fail("the faults never ended")
