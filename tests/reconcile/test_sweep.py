"""The sweep: first contact, what no event told, and what must not be undone too soon."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drill.api_error import ApiError
from rootguard.incidents.adoption import Adoption
from rootguard.incidents.incident import Result
from rootguard.ports import OrganizationsError, PagerError
from rootguard.reconcile.sweep import is_overtaken
from tests.fakes.people import FakePager
from tests.fakes.wire import standing
from tests.given import (
    DENY_ALL,
    DENY_ALL_OF_ANOTHER,
    DENY_EC2,
    NOW,
    PIPELINE,
    RCP,
    SCP,
    attach,
    by_role,
    guardrail,
    protection,
)
from tests.house import House, event, sweep


def test_first_contact_adopts_what_stands_and_says_so_once(house: House, root: str) -> None:
    policy_id = house.attached(root, name="Own", content=DENY_EC2)
    sweep(house)
    sweep(house)
    assert house.writes == []
    (adoption,) = house.pager.adoptions
    assert {policy.id for policy in adoption.policies} == {policy_id, "p-FullAWSAccess"}
    assert adoption.lockouts == ()
    assert house.telemetry.metrics["SweepCompleted"] == 2


def test_a_lockout_found_at_first_contact_is_flagged_and_left(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_ALL)
    sweep(house)
    (adoption,) = house.pager.adoptions
    assert [policy.id for policy in adoption.lockouts] == [policy_id]
    assert policy_id in standing(house.wire, root)


def test_a_quiet_sweep_takes_one_listing_a_type_and_finds_the_root(house: House, root: str) -> None:
    sweep(house)
    sweep(house)
    assert house.wire.calls == ["ListRoots", "ListPoliciesForTarget"]  # RCPs are not enabled
    assert house.pager.pages == []
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    sweep(house)
    sweep(house)
    assert house.wire.calls == ["ListRoots", *["ListPoliciesForTarget"] * 2]


def test_a_lockout_on_root_whose_event_was_lost_is_undone_at_once(house: House, root: str) -> None:
    sweep(house)
    house.attached(root, content=DENY_ALL)
    sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    (page,) = house.pager.pages
    assert (page.result, page.change.actor.kind) == (Result.UNDONE, "unseen")


def test_another_stranger_waits_one_sweep_for_its_event(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house)
    assert policy_id in standing(house.wire, root)
    sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert len(house.pager.pages) == 1


def test_what_a_trusted_pipeline_just_did_is_not_undone_before_its_event_comes(
    house: House, root: str
) -> None:
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    sweep(house, trusting)
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house, trusting)
    house.guard(trusting).respond(attach(root, policy_id, userIdentity=by_role()))
    for _ in range(3):
        sweep(house, trusting)
    assert policy_id in standing(house.wire, root)
    assert house.pager.pages == []


def test_a_stranger_that_went_by_itself_is_forgotten(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    sweep(house)
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    sweep(house)
    # Seen for the first time again.
    assert policy_id in standing(house.wire, root)


def test_what_was_seen_before_hours_of_failed_sweeps_is_seen_anew(house: House, root: str) -> None:
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    sweep(house, trusting)
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house, trusting)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.wire.fail("ListPoliciesForTarget", ApiError("AccessDeniedException", "no"), times=3)
    for _ in range(3):
        with pytest.raises(OrganizationsError):
            sweep(house, trusting, minutes=60)
    # Now by the pipeline, whose event is on its way.
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    sweep(house, trusting)
    assert policy_id in standing(house.wire, root)
    # No event came: it is a stranger, and not forgotten.
    sweep(house, trusting)
    assert policy_id not in standing(house.wire, root)


def test_a_baseline_policy_whose_detach_was_lost_comes_back(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    sweep(house)
    sweep(house)
    assert policy_id in standing(house.wire, root)


def test_an_allow_listed_policy_is_no_stranger(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root, content=DENY_EC2)
    allowing = guardrail(protection(allow=frozenset({policy_id})))
    sweep(house, allowing)
    sweep(house, allowing)
    assert policy_id in standing(house.wire, root)


def test_a_summary_that_nobody_got_is_told_by_the_next_sweep(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_ALL)
    house.pager.refusal = PagerError("SNS is away")
    with pytest.raises(PagerError):
        sweep(house)
    house.pager.refusal = None
    sweep(house)
    sweep(house)
    (adoption,) = house.pager.adoptions
    assert [policy.id for policy in adoption.lockouts] == [policy_id]
    assert house.ledger.open_incidents() == {}


def test_a_summary_told_late_judges_by_the_organization_as_the_first_would_have(
    house: House, root: str
) -> None:
    policy_id = house.attached(root, content=DENY_ALL_OF_ANOTHER)
    house.pager.refusal = PagerError("SNS is away")
    with pytest.raises(PagerError):
        sweep(house)
    house.pager.refusal = None
    sweep(house)
    (adoption,) = house.pager.adoptions
    assert [policy.id for policy in adoption.lockouts] == [policy_id]


def test_a_summary_of_several_pages_goes_on_where_one_was_refused(house: House, tree: dict[str, str]) -> None:
    house.pager = OneAtATime()
    rules = guardrail(*(protection(name=name, targets=frozenset({tree[name]})) for name in tree))
    with pytest.raises(PagerError, match="after two"):
        sweep(house, rules)
    assert len(house.pager.adoptions) == 2
    for _ in range(2):
        sweep(house, rules)
    assert sorted(adoption.target_id for adoption in house.pager.adoptions) == sorted(tree.values())


class OneAtATime(FakePager):
    """A pager whose pages hold one adoption, and which refuses the third one once."""

    def __init__(self) -> None:
        super().__init__()
        self.adoptions_a_page = 1
        self._asked = 0

    def announce(self, adoptions: tuple[Adoption, ...]) -> tuple[Adoption, ...]:
        self._asked += 1
        if self._asked == 3:
            raise PagerError("after two")
        return super().announce(adoptions)


def test_full_access_that_came_with_a_type_is_guarded_from_then_on(house: House, root: str) -> None:
    rcp = {"RootId": root, "PolicyType": RCP}
    sweep(house)
    assert "p-RCPFullAWSAccess" not in (house.ledger.baseline(root) or {})
    house.wire.organization.call("EnablePolicyType", rcp)
    sweep(house)
    assert "p-RCPFullAWSAccess" in (house.ledger.baseline(root) or {})
    assert len(house.pager.adoptions) == 1


def test_a_type_that_someone_trusted_disabled_stays_so(house: House, root: str) -> None:
    house.attached(root, content=DENY_EC2)
    rules = guardrail(protection(trusted_principals=frozenset({PIPELINE}), restore_policy_type=True))
    sweep(house, rules)
    house.wire.organization.call("DisablePolicyType", {"RootId": root, "PolicyType": SCP})
    disabled = {"rootId": root, "policyType": SCP}
    house.now += timedelta(seconds=9)
    at = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
    house.guard(rules).respond(event("DisablePolicyType", disabled, userIdentity=by_role(), eventTime=at))
    for _ in range(3):
        sweep(house, rules)
        assert "EnablePolicyType" not in house.wire.calls
    assert house.pager.pages == []


def test_what_no_sweep_can_see_the_end_of_is_not_called_clean(house: House, root: str) -> None:
    sweep(house)
    house.guard(guardrail()).respond(event("PutResourcePolicy", {"content": "HIDDEN"}))
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    for _ in range(6):
        sweep(house)
    assert house.ledger.open_incidents() == {}
    assert house.pager.closed == []


@pytest.mark.parametrize(
    ("seconds", "every_minutes", "overtaken"),
    [(59, 1, False), (60, 1, True), (130, 1, True), (130, 60, False), (3600, 60, True), (-1, 1, False)],
)
def test_a_sweep_is_overtaken_once_the_next_one_is_due(
    seconds: int, every_minutes: int, overtaken: bool
) -> None:
    order = {"at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "every_minutes": every_minutes}
    assert is_overtaken(order, NOW + timedelta(seconds=seconds)) is overtaken


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"at": "<aws.scheduler.scheduled-time>", "every_minutes": 1},
        {"at": "2020-01-01T00:00:00", "every_minutes": 1},
        {"at": 7, "every_minutes": 1},
        {"at": "2020-01-01T00:00:00Z", "every_minutes": "1"},
    ],
)
def test_a_sweep_of_unknown_time_is_overtaken_by_none(order: dict[str, object]) -> None:
    assert not is_overtaken(order, NOW)
