"""From an event to the detach: what is read before the write, and that nothing is written before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drill.api_error import ApiError
from rootguard.domain.policy import Policy
from tests.given import DENY_EC2, OWN_ROLE, RCP, SCP, attach, envelope, guardrail, protection, real
from tests.house import FULL, House

BEFORE_THE_WRITE = {"ledger.recall", "exceptions.permits"}
"""One round trip to the ledger, and the exceptions beside it."""


def before(house: House) -> list[str]:
    return house.trace[: house.trace.index("DetachPolicy")]


def test_an_unknown_scp_on_root_takes_one_recall_one_query_and_one_read(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    house.wait(seconds=17)
    answer = house.event(envelope(house.record(attach(house.root, policy_id))))
    assert answer == {"verdict": "revert", "reason": "violation", "rule": 8, "protection": "root"}
    assert house.on(house.root) == {FULL}
    assert sorted(before(house)) == sorted([*BEFORE_THE_WRITE, "DescribePolicy"])
    assert house.calls == ["DescribePolicy", "DetachPolicy"]


def test_a_policy_in_the_catalogue_is_detached_without_any_read_of_organizations(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    narrow = DENY_EC2.replace("ec2:*", "ec2:RunInstances")
    house.ledger.learn(Policy(policy_id, SCP, "Quarantine", content=narrow), house.now)
    house.event(house.record(attach(house.root, policy_id)))
    assert set(before(house)) == BEFORE_THE_WRITE
    assert house.calls[0] == "DetachPolicy"


def test_what_only_people_need_comes_after_the_write_and_the_mark_comes_last(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    house.event(house.record(attach(house.root, policy_id)))
    after = house.trace[house.trace.index("DetachPolicy") + 1 :]
    assert after[-1] == "ledger.mark"
    assert after.index("notices.send") < after.index("ledger.keep_record") < after.index("ledger.mark")


def test_the_page_says_what_was_undone_and_how_long_it_was_in_force(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.wait(seconds=17)
    house.event(record)
    (incident,) = house.incidents
    assert (incident.result.value, incident.lockout) == ("undone", True)
    assert incident.exposure == timedelta(seconds=17)
    assert incident.drift.policy is not None
    assert incident.drift.policy.name == "Quarantine"
    counted = {"Violations": 1, "Reverted": 1, "ExposureSeconds": 17.0, "EventLatencySeconds": 17.0}
    counted |= {"DeliverySeconds": 17.0, "DecisionSeconds": 0.0, "WriteSeconds": 0.0}
    assert house.telemetry.metrics == counted


@pytest.mark.parametrize("code", ["TooManyRequestsException", "AccessDeniedException"])
@pytest.mark.parametrize("last", [True, False])
def test_if_a_policy_cannot_be_read_the_targets_listing_tells_its_type(
    house: House, code: str, last: bool
) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    if last:
        house.call("DetachPolicy", PolicyId=FULL, TargetId=house.root)
    house.refuse("DescribePolicy", code, times=99)
    house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root) == {FULL}
    assert house.calls[:3] == ["DescribePolicy", "ListPoliciesForTarget", "DetachPolicy"]


def test_a_policy_of_which_nothing_can_be_read_is_paged_and_raised_and_nothing_written(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    house.refuse("DescribePolicy", times=9)
    house.refuse("ListPoliciesForTarget", times=9)
    with pytest.raises(Exception, match="AccessDeniedException"):
        house.event(record)
    assert (house.writes, house.results) == ([], ["not-undone"])
    house.wire.faults.clear()
    house.event(record)
    assert house.on(house.root) == {FULL}
    assert house.stages == ["found", "undone"]


def test_an_rcp_on_root_is_detached(house: House) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.first_contact()
    content = DENY_EC2.replace('"Effect"', '"Principal":"*","Effect"').replace("ec2:*", "s3:*")
    policy_id = house.placed(house.root, kind=RCP, content=content)
    house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root, RCP) == {"p-RCPFullAWSAccess"}


def test_a_tag_policy_on_root_is_left_alone(house: House) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType="TAG_POLICY")
    house.first_contact()
    policy_id = house.placed(house.root, kind="TAG_POLICY", content='{"tags":{}}')
    answer = house.event(house.record(attach(house.root, policy_id)))
    assert (answer["verdict"], answer["reason"]) == ("ignore", "policy-type-not-covered")
    assert (house.writes, house.notices) == ([], [])


def test_an_account_below_a_protected_ou_is_guarded_by_descent(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(targets=frozenset({tree["workload"]}), include_descendants=True))
    house.first_contact(2)
    policy_id = house.placed(tree["lab"])
    house.event(house.record(attach(tree["lab"], policy_id)))
    assert house.on(tree["lab"]) == {FULL}
    assert house.calls == ["DescribeAccount", "DescribePolicy", "DetachPolicy"]


@pytest.mark.parametrize(
    "record", [real("create-scp-by-root-user"), attach("ou-exam-workload", "p-notthere1")]
)
def test_what_touches_nothing_protected_takes_no_call_and_no_notice(
    house: House, record: dict[str, object]
) -> None:
    assert house.event(record)["verdict"] == "ignore"
    assert (house.calls, house.notices, set(house.telemetry.metrics)) == ([], [], {"EventLatencySeconds"})


def test_an_event_of_a_policy_that_was_deleted_since_is_paged(house: House) -> None:
    house.first_contact()
    answer = house.event(house.record(attach(house.root, "p-deletedsince")))
    assert answer["reason"] == "violation"
    assert [notice.data["result"] for notice in house.notices] == ["already-undone"]


def test_the_guards_own_changes_come_back_as_nothing(house: House) -> None:
    answer = house.event(house.record(attach(house.root, FULL), by=OWN_ROLE))
    assert answer["reason"] == "own-change"
    assert house.trace == []


def test_a_refused_attempt_is_paged_and_is_no_violation(house: House) -> None:
    house.event(house.record(attach(house.root, errorCode="AccessDenied")))
    assert (house.calls, house.results) == ([], ["refused"])
    assert set(house.telemetry.metrics) == {"EventLatencySeconds"}


def test_a_policy_is_known_from_its_create_record(house: House) -> None:
    house.event(real("create-scp-by-root-user"))
    _, known = house.ledger.catalogue["p-bvdv3rx3"]
    assert known.name == "Block service access for root user"


def test_a_time_to_come_counts_as_now(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    house.event(house.record(attach(house.root, policy_id), eventTime="9999-01-01T00:00:00Z"))
    (incident,) = house.incidents
    assert incident.drift.at == house.now


def test_a_busy_organization_only_takes_longer(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root)
    house.wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "later"), times=3)
    house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root) == {FULL}
    assert house.results == ["undone"]
