"""An edit whose event was lost: found by reading policies again, each in its turn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drill.api_error import ApiError
from rootguard.domain.guardrail import Guardrail, Mode
from rootguard.incidents.incident import Result
from rootguard.ports import OrganizationsError
from rootguard.reconcile.contents import READ_A_SWEEP
from rootguard.reconcile.sweep import Sweep
from tests.fakes.wire import standing
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, by_role, guardrail, protection
from tests.house import House, edited

DENY_S3 = DENY_EC2.replace("ec2", "s3")


def sweep(house: House, rules: Guardrail, times: int = 1, minutes: int = 1) -> None:
    for _ in range(times):
        house.now += timedelta(minutes=minutes)
        house.wire.calls.clear()
        Sweep(house.guard(rules)).run()


def edit(house: House, policy_id: str, content: str) -> None:
    house.wire.organization.call(
        "UpdatePolicy", {"PolicyId": policy_id, "Content": content, "Name": "Edited"}
    )


def now(house: House, policy_id: str) -> tuple[str, str]:
    policy = house.wire.organization.call("DescribePolicy", {"PolicyId": policy_id})["Policy"]
    return policy["PolicySummary"]["Name"], policy["Content"]


@pytest.fixture
def rules(tree: dict[str, str]) -> Guardrail:
    """Root, and the OU of the workloads with all below it."""
    work = protection(name="work", targets=frozenset({tree["workload"]}), include_descendants=True)
    return guardrail(protection(), work)


@pytest.mark.parametrize("where", ["root", "workload", "lab"])
def test_a_lost_edit_is_undone_by_the_second_sweep_that_sees_it(
    house: House, root: str, tree: dict[str, str], rules: Guardrail, where: str
) -> None:
    policy_id = house.attached(tree.get(where, root), name="Own", content=DENY_EC2)
    sweep(house, rules, 2)
    edit(house, policy_id, DENY_S3)
    sweep(house, rules)
    assert now(house, policy_id) == ("Edited", DENY_S3)
    sweep(house, rules)
    assert now(house, policy_id) == ("Own", DENY_EC2)
    (page,) = house.pager.pages
    assert (page.result, page.change.actor.kind, page.target_id) == (
        Result.UNDONE,
        "unseen",
        tree.get(where, root),
    )
    sweep(house, rules, 2, minutes=3)
    assert house.ledger.open_incidents() == {}
    assert len(house.pager.pages) == 1


def test_a_lockout_that_was_edited_onto_root_waits_for_no_event(house: House, root: str) -> None:
    policy_id = house.attached(root, name="Own", content=DENY_EC2)
    sweep(house, guardrail())
    edit(house, policy_id, DENY_ALL)
    sweep(house, guardrail())
    assert now(house, policy_id) == ("Own", DENY_EC2)


def test_what_a_pipeline_edited_stands_when_its_event_comes(house: House, root: str) -> None:
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house, trusting)
    edit(house, policy_id, DENY_S3)
    sweep(house, trusting)
    house.guard(trusting).respond(edited(policy_id, DENY_S3, "Edited") | {"userIdentity": by_role()})
    sweep(house, trusting, 3)
    assert now(house, policy_id) == ("Edited", DENY_S3)
    assert house.pager.pages == []


def test_of_many_policies_an_edit_is_found_in_its_turn(house: House, root: str, tree: dict[str, str]) -> None:
    places = [root, tree["workload"]]
    policies = [
        house.attached(place, name=f"{place} {number}", content=DENY_EC2)
        for place in places
        for number in range(3)
    ]
    both = guardrail(protection(), protection(name="work", targets=frozenset({tree["workload"]})))
    sweep(house, both)
    for policy_id in policies:
        edit(house, policy_id, DENY_S3)
        for _ in range(-(-len(policies) // READ_A_SWEEP)):
            sweep(house, both)
            assert house.wire.calls.count("DescribePolicy") <= READ_A_SWEEP + 2
        sweep(house, both)
        assert now(house, policy_id)[1] == DENY_EC2


def test_an_edit_that_is_only_watched_is_told_once_and_stays_open(house: House, root: str) -> None:
    watching = guardrail(mode=Mode.OBSERVE)
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house, watching)
    edit(house, policy_id, DENY_S3)
    sweep(house, watching, 6, minutes=3)
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    assert len(house.ledger.open_incidents()) == 1
    edit(house, policy_id, DENY_EC2)
    house.wire.organization.call("UpdatePolicy", {"PolicyId": policy_id, "Name": "Quarantine"})
    sweep(house, watching)
    assert house.ledger.open_incidents() == {}


def test_what_was_read_is_in_the_catalogue(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house, guardrail())
    edit(house, policy_id, DENY_S3)
    sweep(house, guardrail())
    known = house.ledger.policy(policy_id)
    assert known is not None
    assert (known.name, known.content) == ("Edited", DENY_S3)


def test_first_contact_accepts_what_a_policy_says_now_and_not_what_the_catalogue_remembers(
    house: House, root: str
) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    house.guard(guardrail()).respond(edited(policy_id, DENY_S3, "Quarantine"))  # long ago, and never since
    sweep(house, guardrail(), 3)
    assert (house.ledger.baseline(root) or {})[policy_id].content == DENY_EC2
    assert now(house, policy_id) == ("Quarantine", DENY_EC2)


def test_a_policy_that_cannot_be_read_fails_the_sweep_and_closes_no_edit(house: House, root: str) -> None:
    watching = guardrail(mode=Mode.OBSERVE)
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house, watching)
    edit(house, policy_id, DENY_S3)
    sweep(house, watching, 3, minutes=3)
    house.wire.fail("DescribePolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house, watching, minutes=3)
    assert len(house.ledger.open_incidents()) == 1
    assert policy_id in standing(house.wire, root)


def test_what_left_a_protected_ou_is_read_no_more(
    house: House, root: str, tree: dict[str, str], rules: Guardrail
) -> None:
    house.attached(tree["lab"], content=DENY_EC2)
    sweep(house, rules, 2)
    move = {"AccountId": tree["lab"], "SourceParentId": tree["team"], "DestinationParentId": root}
    house.wire.organization.call("MoveAccount", move)
    sweep(house, rules, minutes=60)
    sweep(house, rules)
    assert "DescribePolicy" not in house.wire.calls


def test_full_access_is_never_read(house: House, root: str) -> None:
    sweep(house, guardrail(), 2)
    assert "DescribePolicy" not in house.wire.calls
