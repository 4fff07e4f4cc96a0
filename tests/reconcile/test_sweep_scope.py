"""What comes under protection, and when: policy types, and targets that are named again."""

from __future__ import annotations

from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.domain.facts import BaselinePolicy
from rootguard.ports import OrganizationsError
from tests.fakes.wire import standing
from tests.given import (
    DENY_ALL,
    DENY_EC2,
    RCP,
    SCP,
    attach,
    guardrail,
    protection,
)
from tests.house import House, edited, sweep


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
