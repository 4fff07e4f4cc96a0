"""The sweep: first contact, what no event told, and what must not be undone too soon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.core.adoption import Adoption
from rootguard.core.facts import BaselinePolicy, Permit
from rootguard.core.incident import Result
from rootguard.core.protection import Guardrail, OnViolation
from rootguard.ports import LedgerError, OrganizationsError, PagerError
from rootguard.sweep import Sweep, is_overtaken
from tests.core import words
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
from tests.test_respond import House, edited, event, house

__all__ = ["house"]


def sweep(house: House, rules: Guardrail | None = None, minutes: int = 1) -> None:
    """Sweep once, so many minutes after the last time."""
    house.now += timedelta(minutes=minutes)
    house.wire.calls.clear()
    Sweep(house.guard(rules or guardrail())).run()


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


def test_an_incident_is_closed_when_it_is_clean_and_quiet(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    sweep(house)
    assert len(house.ledger.open_incidents()) == 1
    # The event comes once more, late: still the same episode.
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert len(house.pager.pages) == 1
    sweep(house, minutes=3)
    assert house.ledger.open_incidents() == {}
    assert house.pager.closed == [(house.pager.pages[0].id, house.now)]
    # Another episode is paged anew.
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.guard(guardrail()).respond(
        attach(root, policy_id, eventID="another", eventTime="2023-04-25T00:40:00Z")
    )
    assert len(house.pager.pages) == 2


def refused_everywhere(house: House) -> None:
    house.pager.refusal = PagerError("SNS is away")


def test_what_a_sweep_undid_and_could_not_page_is_paged_by_the_next(house: House, root: str) -> None:
    sweep(house)
    house.attached(root, content=DENY_ALL)
    refused_everywhere(house)
    with pytest.raises(PagerError):
        sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    # For however long: nothing is closed before someone was told.
    for _ in range(5):
        with pytest.raises(PagerError):
            sweep(house)
    assert len(house.ledger.open_incidents()) == 1
    house.pager.refusal = None
    sweep(house)
    (late,) = house.pager.late
    assert (late["result"], late["policy"]["content"]) == ("undone", DENY_ALL)
    sweep(house, minutes=4)
    assert house.ledger.open_incidents() == {}
    assert (house.pager.pages, len(house.pager.late), len(house.pager.closed)) == ([], 1, 1)


def test_an_event_whose_page_was_refused_three_times_is_paged_by_a_sweep(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    refused_everywhere(house)
    for _ in range(3):
        with pytest.raises(PagerError):
            house.guard(guardrail()).respond(attach(root, policy_id))
        house.now += timedelta(minutes=1)
    house.pager.refusal = None
    sweep(house, minutes=10)
    sweep(house)
    assert [late["incident_id"] for late in house.pager.late] == [attach()["eventID"]]
    assert [incident.was_paged for incident in house.ledger.incidents()] == [True]


def test_a_page_under_way_is_not_doubled_and_what_it_is_of_not_closed(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    refused_everywhere(house)
    with pytest.raises(PagerError):
        house.guard(guardrail()).respond(attach(root, policy_id))
    house.pager.refusal = None
    (key,) = house.ledger.open_incidents()
    house.now += timedelta(minutes=5)
    assert house.ledger.claim(key, house.now)
    sweep(house, minutes=0)
    assert (house.pager.late, list(house.ledger.open_incidents())) == ([], [key])
    sweep(house)
    assert len(house.pager.late) == 1


def test_one_page_that_is_refused_keeps_no_other_from_going_out(house: House, root: str) -> None:
    sweep(house)
    policies = [house.attached(root, name=f"Policy {number}") for number in range(2)]
    refused_everywhere(house)
    for number, policy_id in enumerate(policies):
        with pytest.raises(PagerError):
            house.guard(guardrail()).respond(attach(root, policy_id, eventID=f"event-{number}"))
    house.pager.refusal = None
    house.pager.page_late = refuse_the_first(house)  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="not this one"):
        sweep(house)
    assert len(house.pager.late) == 1


def refuse_the_first(house: House) -> Callable[[Mapping[str, Any]], None]:
    asked: list[object] = []

    def page_late(record: Mapping[str, Any]) -> None:
        asked.append(record)
        if len(asked) == 1:
            raise PagerError("not this one")
        house.pager.late.append(record)

    return page_late


def test_what_is_told_as_over_stays_open_until_it_could_be_told(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    house.pager.close = refused  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="no closing"):
        sweep(house, minutes=4)
    assert len(house.ledger.open_incidents()) == 1
    del house.pager.close
    sweep(house)
    sweep(house)
    assert (len(house.pager.closed), house.ledger.open_incidents()) == (1, {})


def test_what_was_seen_again_since_is_not_told_as_over(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    (key,) = house.ledger.open_incidents()
    # As by an event that comes while the sweep looks, or a forged one of tomorrow.
    house.ledger.open_incident(key, {}, house.now + timedelta(minutes=30))
    sweep(house, minutes=4)
    sweep(house)
    assert (house.pager.closed, list(house.ledger.open_incidents())) == ([], [key])
    sweep(house, minutes=30)
    assert (len(house.pager.closed), house.ledger.open_incidents()) == (1, {})
    assert (len(house.pager.pages), house.pager.late) == (1, [])


def test_a_target_that_cannot_be_looked_at_fails_the_sweep_after_the_others(
    house: House, root: str, tree: dict[str, str]
) -> None:
    both = guardrail(protection(), protection(name="workload", targets=frozenset({tree["workload"]})))
    sweep(house, both)
    house.attached(tree["workload"], content=DENY_EC2)
    house.wire.fail("ListPoliciesForTarget", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house, both)
    assert house.telemetry.metrics["SweepCompleted"] == 1
    sweep(house, both)
    assert standing(house.wire, tree["workload"]) == ["p-FullAWSAccess"]


@pytest.mark.parametrize("where", ["workload", "root"])
def test_a_page_that_sns_refuses_keeps_nothing_else_from_being_undone(
    house: House, root: str, tree: dict[str, str], where: str
) -> None:
    watched = protection(on_violation=OnViolation.ALERT)
    both = guardrail(watched, protection(name="workload", targets=frozenset({tree["workload"]})))
    if where == "root":
        first = replace(watched, name="work", targets=frozenset({tree["workload"]}))
        both = guardrail(first, protection())
    sweep(house, both)
    house.attached(tree["workload"] if where == "root" else root, name="Alert only", content=DENY_EC2)
    sweep(house, both)
    lockout = house.attached(tree.get(where, root), content=DENY_ALL)
    also = house.attached(tree.get(where, root), name="Another", content=DENY_EC2)
    house.pager.refusal = PagerError("SNS is away")
    for _ in range(2):
        with pytest.raises(PagerError, match="SNS is away"):
            sweep(house, both)
    assert not {lockout, also} & set(standing(house.wire, tree.get(where, root)))
    assert house.telemetry.metrics["SweepCompleted"] == 2


def test_what_could_not_be_put_right_is_tried_again_by_the_very_next_sweep(house: House, root: str) -> None:
    sweep(house)
    house.attached(root, content=DENY_EC2)
    sweep(house)
    house.wire.fail("DetachPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house)
    sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


def test_root_is_swept_first(house: House, root: str, tree: dict[str, str]) -> None:
    both = guardrail(protection(name="workload", targets=frozenset({tree["workload"]})), protection())
    sweep(house, both)
    place = house.attached(tree["workload"], name="Below", content=DENY_EC2)
    sweep(house, both)
    house.attached(root, content=DENY_ALL)
    sweep(house, both)
    assert [page.target_id for page in house.pager.pages] == [root, tree["workload"]]
    assert place not in standing(house.wire, tree["workload"])


def test_what_cannot_be_told_as_over_keeps_no_exception_untold(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    end = house.now + timedelta(hours=2)
    house.ledger.grant(Permit(policy_id, root, "0" * 64, "AIDAEXAMPLEUSERID0001", end, "-"), house.now)
    house.pager.close = refused  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="no closing"):
        sweep(house, minutes=4)
    assert len(house.pager.news) == 1
    del house.pager.close
    sweep(house)
    assert len(house.pager.closed) == 1


def refused(record: object, at: object) -> None:
    raise PagerError("no closing")


def test_a_sweep_without_a_ledger_fails_loudly_and_writes_nothing(house: House, root: str) -> None:
    house.attached(root, content=DENY_ALL)
    house.ledger.fail = True
    with pytest.raises(LedgerError):
        sweep(house)
    assert house.writes == []


def test_observe_sweeps_and_writes_nothing(house: House, root: str) -> None:
    from rootguard.core.protection import Mode  # noqa: PLC0415

    watching = guardrail(mode=Mode.OBSERVE)
    sweep(house, watching)
    policy_id = house.attached(root, content=DENY_ALL)
    sweep(house, watching)
    sweep(house, watching)
    assert policy_id in standing(house.wire, root)
    assert house.writes == []
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]


def test_a_policy_type_that_is_not_enabled_has_nothing_standing(house: House, root: str) -> None:
    sweep(house)
    assert set(house.ledger.baseline(root) or {}) == {"p-FullAWSAccess"}


def rcp_on(house: House, target: str) -> str:
    """A resource control policy of the company's own, on a target."""
    content = DENY_EC2.replace("}]", ',"Principal":"*"}]')
    return house.attached(target, name="Perimeter", kind=RCP, content=content)


@pytest.mark.parametrize("accepted_before", [True, False])
def test_a_type_that_comes_under_protection_is_adopted_as_found(
    house: House, root: str, accepted_before: bool
) -> None:
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    perimeter = rcp_on(house, root)
    sweep(house, guardrail(protection(policy_types=frozenset({SCP}))))
    if accepted_before:  # by a pipeline's event, which came before the first sweep
        house.ledger.adopt(root, perimeter, BaselinePolicy("Perimeter", None, RCP), house.now)
    sweep(house)
    assert house.ledger.open_incidents() == {}
    stranger = house.attached(root, content=DENY_EC2)
    for _ in range(2):
        sweep(house)
    assert perimeter in standing(house.wire, root, RCP)
    assert stranger not in standing(house.wire, root)
    _, second = house.pager.adoptions
    assert {policy.id for policy in second.policies} == {perimeter, "p-RCPFullAWSAccess"}


@pytest.mark.parametrize("include_descendants", [True, False])
def test_a_target_that_is_named_again_after_a_while_is_accepted_as_it_is_then(
    house: House, tree: dict[str, str], include_descendants: bool
) -> None:
    place = tree["team"]
    named = tree["workload"] if include_descendants else place
    team = guardrail(
        protection(name="team", targets=frozenset({named}), include_descendants=include_descendants)
    )
    old, edited_since = (house.attached(place, name=name, content=DENY_EC2) for name in ("Old", "Edited"))
    sweep(house, team)
    sweep(house, team)
    for _ in range(2):
        sweep(house)
    house.wire.organization.call("DetachPolicy", {"PolicyId": old, "TargetId": place})
    other = DENY_EC2.replace("ec2", "s3")
    house.wire.organization.call("UpdatePolicy", {"PolicyId": edited_since, "Content": other})
    new = house.attached(place, name="New", content=DENY_EC2)
    sweep(house, minutes=60 * 24)
    for _ in range(6):
        sweep(house, team)
    assert set(standing(house.wire, place)) == {"p-FullAWSAccess", edited_since, new}
    baseline = house.ledger.baseline(place) or {}
    assert set(baseline) == {"p-FullAWSAccess", edited_since, new}
    assert baseline[edited_since].content == other
    assert (house.writes, house.pager.pages) == ([], [])
    anew = [adoption for adoption in house.pager.adoptions if adoption.target_id == place][-1]
    assert {policy.id for policy in anew.policies} == {"p-FullAWSAccess", edited_since, new}
    # And is guarded from then on.
    house.attached(place, name="Stranger", content=DENY_EC2)
    for _ in range(2):
        sweep(house, team)
    assert set(standing(house.wire, place)) == {"p-FullAWSAccess", edited_since, new}


def without_rcps(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the listing of RCPs, and of nothing else, refused."""
    call = house.wire.organization.call

    def refusing(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation in {"ListPoliciesForTarget", "ListPolicies"} and parameters["Filter"] == RCP:
            raise ApiError("InvalidInputException", "no such type here")
        return call(operation, parameters)

    monkeypatch.setattr(house.wire.organization, "call", refusing)


@pytest.mark.parametrize("below", [True, False])
def test_trouble_with_rcps_keeps_no_scp_from_being_undone(
    house: House, root: str, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch, below: bool
) -> None:
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    rules = guardrail(protection(include_descendants=below))
    perimeter = rcp_on(house, root)
    house.attached(tree["team"], name="Own", content=DENY_EC2)
    for _ in range(2):
        sweep(house, rules)
    stranger = house.attached(tree["team"] if below else root, content=DENY_EC2)
    with monkeypatch.context() as patch:
        without_rcps(house, patch)
        for _ in range(2):
            with pytest.raises(OrganizationsError, match="no such type here"):
                sweep(house, rules)
    assert stranger not in standing(house.wire, tree["team"] if below else root)
    # What was not seen meanwhile is still guarded, and nothing of it was accepted anew.
    house.attached(root, name="Another", kind=RCP, content=DENY_EC2.replace("}]", ',"Principal":"*"}]'))
    for _ in range(2):
        sweep(house, rules)
    assert set(standing(house.wire, root, RCP)) == {"p-RCPFullAWSAccess", perimeter}
    assert len(house.pager.adoptions) == (2 if below else 1)
    assert perimeter not in {page.change.policy_id for page in house.pager.pages}


def test_first_contact_accepts_what_it_sees_and_the_rest_when_it_does(
    house: House, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    perimeter, own = rcp_on(house, root), house.attached(root, name="Own", content=DENY_EC2)
    with monkeypatch.context() as patch:
        without_rcps(house, patch)
        for _ in range(2):
            with pytest.raises(OrganizationsError):
                sweep(house)
    assert set(house.ledger.baseline(root) or {}) == {"p-FullAWSAccess", own}
    for _ in range(3):
        sweep(house)
    assert set(house.ledger.baseline(root) or {}) == {"p-FullAWSAccess", own, "p-RCPFullAWSAccess", perimeter}
    assert (house.writes, house.pager.pages) == ([], [])


def test_a_target_of_which_nothing_can_be_listed_is_not_accepted_as_empty(house: House, root: str) -> None:
    own = house.attached(root, name="Own", content=DENY_EC2)
    house.wire.fail("ListPoliciesForTarget", ApiError("AccessDeniedException", "no"))
    rules = guardrail(protection(policy_types=frozenset({SCP})))
    with pytest.raises(OrganizationsError):
        sweep(house, rules)
    assert house.ledger.baseline(root) is None
    sweep(house, rules)
    assert own in (house.ledger.baseline(root) or {})


def test_of_a_type_that_is_enabled_nothing_more_is_accepted_than_full_access(house: House, root: str) -> None:
    sweep(house)
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    stranger = rcp_on(house, root)
    sweep(house)
    sweep(house)
    assert standing(house.wire, root, RCP) == ["p-RCPFullAWSAccess"]
    assert stranger not in (house.ledger.baseline(root) or {})
    assert len(house.pager.adoptions) == 1


def test_an_edit_is_defended_with_what_first_contact_saw(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house)
    own = house.wire.organization.tree.organization_id
    accepted = BaselinePolicy("Quarantine", DENY_EC2, SCP, "-", own)
    assert (house.ledger.baseline(root) or {})[policy_id] == accepted
    house.wire.organization.call("UpdatePolicy", {"PolicyId": policy_id, "Content": DENY_ALL})
    house.guard(guardrail()).respond(edited(policy_id, DENY_ALL))
    now = house.wire.organization.call("DescribePolicy", {"PolicyId": policy_id})["Policy"]
    assert now["Content"] == DENY_EC2


def test_an_event_before_first_contact_is_still_answered(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    sweep(house)
    assert set(house.ledger.baseline(root) or {}) == {"p-FullAWSAccess"}


def test_an_incident_of_what_no_sweep_looks_at_is_closed_by_time(
    house: House, root: str, tree: dict[str, str]
) -> None:
    pinned = guardrail(protection(pin_accounts=frozenset({tree["prod"]})))
    sweep(house, pinned)
    move = {
        "accountId": tree["prod"],
        "sourceParentId": tree["workload"],
        "destinationParentId": tree["team"],
    }
    for number in range(2):
        names = {key[:1].upper() + key[1:]: value for key, value in move.items()}
        house.wire.organization.call("MoveAccount", names)
        at = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
        house.guard(pinned).respond(
            attach()
            | {"eventName": "MoveAccount", "requestParameters": move}
            | {"eventTime": at, "eventID": f"move-{number}"}
        )
        sweep(house, pinned, minutes=4)
        assert house.ledger.open_incidents() == {}
    assert len(house.pager.pages) == 2


def test_a_baseline_policy_that_was_deleted_is_given_up(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.wire.organization.call("DeletePolicy", {"PolicyId": policy_id})
    for _ in range(3):
        sweep(house)
    assert policy_id not in (house.ledger.baseline(root) or {})
    assert house.telemetry.metrics["SweepCompleted"] == 4


def test_a_detach_of_what_was_never_accepted_is_closed(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.guard(guardrail()).respond(event("DetachPolicy", {"policyId": policy_id, "targetId": root}))
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    sweep(house)
    sweep(house, minutes=4)
    assert house.ledger.open_incidents() == {}


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


# Who did it, where the sweep was faster than the event


def late_event(house: House, root: str, policy_id: str, attached_at: datetime) -> None:
    at = f"{attached_at:%Y-%m-%dT%H:%M:%SZ}"
    house.guard(guardrail()).respond(attach(root, policy_id, userIdentity=by_role(), eventTime=at))


def test_who_did_what_a_sweep_undid_is_paged_once_when_its_event_comes(house: House, root: str) -> None:
    sweep(house)
    attached_at, policy_id = house.now, house.attached(root)
    sweep(house)
    (unseen,) = house.pager.pages
    assert unseen.reach.accounts == 0  # the management account is no member
    house.now += timedelta(seconds=20)
    for _ in range(2):
        late_event(house, root, policy_id, attached_at)
    assert len(house.pager.pages) == 2
    named = house.pager.pages[1]
    assert named.change.actor.arn == PIPELINE
    # One incident, for those who are paged by its id: and now it is known how long it stood.
    assert (named.id, named.result) == (unseen.id, Result.UNDONE)
    assert named.exposure == timedelta(minutes=1)
    assert named.change.event_id in words.body(named)
    assert unseen.id not in words.body(named)
    for _ in range(5):
        sweep(house)
    assert [incident_id for incident_id, _ in house.pager.closed] == [unseen.id]


def test_who_did_it_is_paged_by_the_retry_where_the_page_failed(house: House, root: str) -> None:
    sweep(house)
    attached_at, policy_id = house.now, house.attached(root)
    sweep(house)
    house.now += timedelta(seconds=20)
    house.pager.refusal = PagerError("KMS says no")
    with pytest.raises(PagerError, match="KMS"):
        late_event(house, root, policy_id, attached_at)
    house.pager.refusal = None
    house.now += timedelta(minutes=1)
    late_event(house, root, policy_id, attached_at)
    unseen, named = house.pager.pages
    assert (named.change.actor.arn, named.id) == (PIPELINE, unseen.id)
