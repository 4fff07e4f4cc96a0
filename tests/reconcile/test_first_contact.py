"""First contact: what is attached is accepted as it is, people hear of it once, and then it is guarded."""

from __future__ import annotations

from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.ports import LedgerError, OrganizationsError, OutboxError
from tests.given import DENY_ALL, DENY_ALL_OF_ANOTHER, DENY_EC2, RCP, SCP, attach, guardrail, protection
from tests.house import FULL, House

RCP_FULL = "p-RCPFullAWSAccess"
DENY_S3 = DENY_EC2.replace("ec2", "s3")
AN_RCP = DENY_EC2.replace("}]", ',"Principal":"*"}]')


def rcp_on(house: House, target_id: str, name: str = "Perimeter") -> str:
    return house.placed(target_id, name, kind=RCP, content=AN_RCP)


# By a sweep


def test_the_first_sweep_accepts_what_is_attached_and_says_so_once(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep(3)
    assert house.writes == []
    assert house.adoptions == {house.root: {FULL: False, policy_id: False}}
    assert len(house.queue.sent) == 1
    assert house.telemetry.metrics["SweepCompleted"] == 3


@pytest.mark.parametrize("content", [DENY_ALL, DENY_ALL_OF_ANOTHER])
def test_a_lockout_found_at_first_contact_is_flagged_and_left(house: House, content: str) -> None:
    policy_id = house.placed(house.root, content=content)
    house.sweep(3)
    assert house.adoptions[house.root][policy_id]
    assert policy_id in house.on(house.root)


def test_a_summary_that_nobody_got_is_sent_by_the_next_sweep(house: House) -> None:
    policy_id = house.placed(house.root)
    house.queue.fail = True
    with pytest.raises(OutboxError):
        house.sweep()
    house.queue.fail = False
    house.sweep(2)
    assert house.adoptions[house.root][policy_id]
    assert house.open == []


def test_a_ledger_that_fails_on_the_way_leaves_nothing_unsaid(house: House) -> None:
    policy_id = house.placed(house.root)
    accept = house.ledger.accept

    class Failing(type(house.ledger)):  # type: ignore[misc]
        fails: bool = True

        def accept_document(self, document: Any) -> None:
            if self.fails:
                raise LedgerError("throttled")
            super().accept_document(document)

    house.ledger = failing = Failing()
    with pytest.raises(LedgerError):
        house.sweep()
    failing.fails = False
    house.sweep(2)
    assert house.adoptions[house.root][policy_id]
    assert accept is not None


def test_an_edit_is_defended_with_what_first_contact_saw(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.sweep()
    house.event(house.edit(policy_id, DENY_ALL))
    assert house.says(policy_id) == DENY_EC2


def test_first_contact_accepts_what_a_policy_says_now_and_not_what_the_catalogue_remembers(
    house: House,
) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.edit(policy_id, DENY_S3)
    house.call("UpdatePolicy", PolicyId=policy_id, Content=DENY_EC2)
    house.event(record)
    house.sweep(3)
    assert house.says(policy_id) == DENY_EC2


def test_a_policy_that_was_adopted_unread_is_flagged_once_it_is_read(house: House) -> None:
    policy_id = house.placed(house.root)
    house.refuse("DescribePolicy", times=2)
    house.sweep()
    assert not house.adoptions[house.root][policy_id]
    house.sweep()
    assert house.adoptions[house.root][policy_id]
    house.sweep(3)
    assert len(house.queue.sent) == 2
    assert house.pages == []


@pytest.mark.parametrize("edit", [DENY_ALL, DENY_S3])
@pytest.mark.parametrize("event", [True, False])
def test_first_contact_elsewhere_accepts_no_edit_of_what_root_holds(
    house: House, tree: dict[str, str], edit: str, event: bool
) -> None:
    house.rules = guardrail(protection(policy_types=frozenset({SCP})))
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=tree["workload"])
    house.sweep(3)
    # Root has a first contact at the same time, for RCPs.
    house.rules = guardrail(protection(), protection(name="work", targets=frozenset({tree["workload"]})))
    record = house.edit(policy_id, edit)
    house.sweep()
    if event:
        house.event(record)
    house.sweep(6)
    assert house.says(policy_id) == DENY_EC2
    assert [stage for stage in house.stages if stage != "attributed"] == ["found", "over"]


def test_a_target_that_cannot_be_listed_is_not_accepted_as_empty(house: House) -> None:
    own = house.placed(house.root, content=DENY_EC2)
    house.refuse("ListPoliciesForTarget")
    with pytest.raises(OrganizationsError):
        house.sweep()
    assert house.accepts(house.root) == set()
    house.sweep()
    assert own in house.accepts(house.root)


# By an event


def test_an_event_before_the_first_sweep_adopts_the_target_first(house: House) -> None:
    own = house.placed(house.root, "Own", content=DENY_EC2)
    policy_id = house.placed(house.root, "New", content=DENY_S3)
    answer = house.event(house.record(attach(house.root, policy_id)))
    assert (answer["verdict"], answer["reason"]) == ("allow", "first-contact")
    assert house.adoptions == {house.root: {FULL: False, own: False, policy_id: False}}
    house.sweep(3)
    assert house.on(house.root) == {FULL, own, policy_id}
    assert len(house.queue.sent) == 1


def test_an_event_before_the_first_sweep_that_locks_root_out_is_undone(house: House) -> None:
    own = house.placed(house.root, "Own", content=DENY_EC2)
    policy_id = house.placed(house.root)
    house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root) == {FULL, own}
    house.sweep(3)
    assert house.accepts(house.root) == {FULL, own}


def test_an_event_of_full_access_taken_off_before_the_first_sweep_puts_it_back(house: House) -> None:
    own = house.placed(house.root, "Own", content=DENY_EC2)
    house.event(house.detach(FULL, house.root))
    assert house.on(house.root) == {FULL, own}


def test_without_a_ledger_nobody_knows_whether_a_target_was_adopted_so_the_attach_is_undone(
    house: House,
) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.ledger.fail = True
    house.event(house.record(attach(house.root, policy_id)))
    assert house.on(house.root) == {FULL}


def test_a_detach_that_came_before_first_contact_is_accepted(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    answer = house.event(house.detach(policy_id, house.root))
    assert answer["reason"] == "first-contact"
    house.sweep(5)
    assert (house.on(house.root), house.pages) == ({FULL}, [])


# Policy types that come under protection


@pytest.mark.parametrize("by", ["protection", "type"])
def test_a_type_has_a_first_contact_of_its_own(house: House, by: str) -> None:
    if by == "protection":
        house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
        perimeter = rcp_on(house, house.root)
        house.rules = guardrail(protection(policy_types=frozenset({SCP})))
    house.sweep(2)
    if by == "type":
        house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
        perimeter = rcp_on(house, house.root)
    house.rules = guardrail()
    stranger = house.placed(house.root, content=DENY_EC2)
    house.sweep(2)
    assert perimeter in house.on(house.root, RCP)
    assert stranger not in house.on(house.root)
    assert house.adoptions[house.root].keys() == {FULL, RCP_FULL, perimeter}


def test_full_access_that_came_with_a_type_is_guarded_from_then_on(house: House) -> None:
    house.sweep()
    assert RCP_FULL not in house.accepts(house.root)
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.sweep()
    assert RCP_FULL in house.accepts(house.root)


def without_rcps(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the listings of RCPs, and of nothing else, refused."""
    call = house.wire.organization.call

    def refusing(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation in {"ListPoliciesForTarget", "ListPolicies"} and parameters["Filter"] == RCP:
            raise ApiError("InvalidInputException", "no such type here")
        return call(operation, parameters)

    monkeypatch.setattr(house.wire.organization, "call", refusing)


def test_first_contact_accepts_what_it_sees_and_the_rest_when_it_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    perimeter, own = rcp_on(house, house.root), house.placed(house.root, "Own", content=DENY_EC2)
    with monkeypatch.context() as patch:
        without_rcps(house, patch)
        for _ in range(2):
            with pytest.raises(OrganizationsError):
                house.sweep()
    house.sweep(3)
    assert house.accepts(house.root) == {FULL, own, RCP_FULL, perimeter}
    assert (house.writes, house.pages) == ([], [])


@pytest.mark.parametrize("below", [True, False])
def test_trouble_with_rcps_keeps_no_scp_from_being_undone(
    house: House, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch, below: bool
) -> None:
    house.call("EnablePolicyType", RootId=house.root, PolicyType=RCP)
    house.rules = guardrail(protection(include_descendants=below))
    perimeter = rcp_on(house, house.root)
    house.placed(tree["team"], "Own", content=DENY_EC2)
    house.first_contact(2)
    place = tree["team"] if below else house.root
    stranger = house.placed(place, content=DENY_EC2)
    with monkeypatch.context() as patch:
        without_rcps(house, patch)
        for _ in range(2):
            with pytest.raises(OrganizationsError, match="no such type here"):
                house.sweep()
    assert stranger not in house.on(place)
    # What was not seen meanwhile is still guarded, and nothing of it was accepted anew.
    rcp_on(house, house.root, "Another")
    house.sweep(2)
    assert house.on(house.root, RCP) == {RCP_FULL, perimeter}


# Targets that guardrail.yaml names, names no more, and names again


@pytest.mark.parametrize("include_descendants", [True, False])
def test_a_target_that_is_named_again_after_a_while_is_accepted_as_it_is_then(
    house: House, tree: dict[str, str], include_descendants: bool
) -> None:
    place = tree["team"]
    named = tree["workload"] if include_descendants else place
    team = protection(name="team", targets=frozenset({named}), include_descendants=include_descendants)
    old, edited = (house.placed(place, name, content=DENY_EC2) for name in ("Old", "Edited"))
    house.rules = guardrail(team)
    house.sweep(2)
    house.rules = guardrail()
    house.sweep(2)
    house.call("DetachPolicy", PolicyId=old, TargetId=place)
    house.call("UpdatePolicy", PolicyId=edited, Content=DENY_S3)
    new = house.placed(place, "New", content=DENY_EC2)
    house.sweep(minutes=60 * 24)
    house.rules = guardrail(team)
    house.sweep(6)
    assert house.on(place) == {FULL, edited, new}
    assert house.says(edited) == DENY_S3
    assert house.accepts(place) >= {edited, new}
    assert old not in house.accepts(place)
    assert (house.writes, house.pages) == ([], [])
    # And it is guarded from then on.
    house.placed(place, "Stranger", content=DENY_EC2)
    house.sweep(2)
    assert house.on(place) == {FULL, edited, new}


def test_an_incident_on_a_target_that_is_protected_no_more_does_not_stay_open(
    house: House, tree: dict[str, str]
) -> None:
    work = protection(name="work", targets=frozenset({tree["workload"]}))
    house.rules = guardrail(protection(), work)
    house.first_contact()
    house.event(house.record(attach(tree["workload"], house.placed(tree["workload"]))))
    house.rules = guardrail()
    house.sweep(6)
    assert house.open == []
