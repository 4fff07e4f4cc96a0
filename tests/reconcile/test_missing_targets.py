"""A target that guardrail.yaml names does not exist: one incident, and the sweep of the rest completes."""

from __future__ import annotations

import pytest

from drill.api_error import ApiError
from rootguard.domain.guardrail import Mode
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from tests.given import DENY_EC2, attach, guardrail, protection
from tests.house import FULL, House


@pytest.fixture(autouse=True)
def _both(house: House, tree: dict[str, str]) -> None:
    """Root, an OU and an account."""
    house.rules = guardrail(
        protection(targets=frozenset({"root", tree["team"]})),
        protection(name="audit", targets=frozenset({tree["audit"]})),
    )
    house.first_contact()


def lose(house: House, target_id: str) -> None:
    tree = house.wire.organization.tree
    (tree.units if target_id in tree.units else tree.accounts).pop(target_id, None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["team", "audit"])
@pytest.mark.parametrize("mode", list(Mode))
def test_a_missing_target_is_one_incident_and_every_sweep_completes(
    house: House, tree: dict[str, str], name: str, mode: Mode
) -> None:
    house.rules = guardrail(*house.rules.protections, mode=mode)
    lose(house, tree[name])
    house.sweep(10)
    assert house.telemetry.metrics["SweepCompleted"] == 10
    assert "SweepGaps" not in house.telemetry.metrics
    assert [(incident.target_id, incident.result.value) for incident in house.incidents] == [
        (tree[name], "watched")
    ]


def test_it_is_over_when_guardrail_yaml_names_it_no_more(house: House, tree: dict[str, str]) -> None:
    lose(house, tree["team"])
    house.sweep(5)
    house.rules = guardrail(protection(), house.rules.protections[1])
    house.sweep(2)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_the_rest_is_put_right_meanwhile(house: House, tree: dict[str, str]) -> None:
    lose(house, tree["team"])
    for place in (house.root, tree["audit"]):
        house.placed(place, f"On {place}", content=DENY_EC2)
    house.sweep(2)
    assert house.on(house.root) == house.on(tree["audit"]) == {FULL}


def test_an_ou_whose_deletion_an_event_told_of_is_one_incident_too(
    house: House, tree: dict[str, str]
) -> None:
    lose(house, tree["team"])
    parameters = {"organizationalUnitId": tree["team"]}
    house.event(house.record(attach(), eventName="DeleteOrganizationalUnit", requestParameters=parameters))
    house.sweep(6)
    assert house.stages == ["found"]


def test_an_account_whose_removal_an_event_told_of_is_not_paged_again_by_sweeps(
    house: House, tree: dict[str, str]
) -> None:
    lose(house, tree["audit"])
    parameters = {"accountId": tree["audit"]}
    house.event(
        house.record(attach(), eventName="RemoveAccountFromOrganization", requestParameters=parameters)
    )
    house.sweep(6)
    assert house.stages == ["found"]


def test_an_incident_on_a_target_that_is_gone_is_over(house: House, tree: dict[str, str]) -> None:
    house.event(house.record(attach(tree["team"], house.placed(tree["team"], content=DENY_EC2))))
    lose(house, tree["team"])
    house.sweep(6)
    assert [record.drift.kind.value for record in house.open] == ["DeleteOrganizationalUnit"]


def test_what_was_detached_from_an_ou_that_is_gone_is_paged_once_and_does_not_fail(
    house: House, tree: dict[str, str]
) -> None:
    record = house.detach(house.accepted(tree["team"]), tree["team"])
    lose(house, tree["team"])
    house.event(record)
    (incident,) = house.incidents
    assert (incident.result, incident.verdict.obstacle) == (Result.WATCHED, Obstacle.NO_WAY_BACK)


def test_an_attach_of_a_policy_that_was_deleted_since_is_paged_and_nothing_is_written(house: House) -> None:
    policy_id = house.placed(house.root)
    record = house.record(attach(house.root, policy_id))
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.call("DeletePolicy", PolicyId=policy_id)
    house.event(record)
    assert (house.results, house.writes) == (["already-undone"], [])


def test_a_policy_that_was_deleted_is_given_up_and_paged_once(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.detach(policy_id, house.root)
    house.call("DeletePolicy", PolicyId=policy_id)
    house.sweep(6)
    assert policy_id not in house.accepts(house.root)
    assert house.telemetry.metrics["SweepCompleted"] == 6
    assert (house.results, house.open) == (["watched"], [])


# What could not be seen: a gap, or a failure


def test_a_target_that_cannot_be_listed_fails_the_sweep_after_the_others(
    house: House, tree: dict[str, str]
) -> None:
    house.placed(tree["audit"], content=DENY_EC2)
    house.sweep()
    house.refuse("ListPoliciesForTarget")
    with pytest.raises(Exception, match="ListPoliciesForTarget"):
        house.sweep()
    assert house.on(tree["audit"]) == {FULL}
    assert house.telemetry.metrics["SweepCompleted"] == 1


@pytest.mark.parametrize("code", ["TooManyRequestsException", "AccessDeniedException"])
def test_a_content_that_cannot_be_read_is_a_gap_and_the_sweep_completes(house: House, code: str) -> None:
    house.accepted(house.root)
    house.wire.fail("DescribePolicy", ApiError(code, "no"))
    house.sweep()
    assert house.telemetry.metrics["SweepCompleted"] == 1
    assert house.telemetry.metrics["SweepGaps"] == 1
    assert "not looked at" in house.telemetry.warnings
    house.sweep()
    assert house.telemetry.metrics["SweepGaps"] == 1


def test_a_policy_that_cannot_be_asked_is_a_gap_and_the_sweep_completes(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = guardrail(protection(targets=frozenset({tree["workload"]}), include_descendants=True))
    house.placed(tree["lab"], content=DENY_EC2)
    house.first_contact(2)
    house.refuse("ListTargetsForPolicy")
    house.sweep()
    assert house.telemetry.metrics == {"SweepCompleted": 1, "SweepGaps": 1}
