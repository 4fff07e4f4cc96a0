"""The path of one event by what was accepted: what comes back, what is adopted, and what the ledger costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rootguard.domain.facts import Policy
from rootguard.domain.guardrail import Mode, OnViolation
from rootguard.domain.hindrances import FIGHT_LIMIT
from rootguard.domain.verdict import Hindrance, Outcome
from rootguard.incidents.incident import Result
from rootguard.ports import LedgerError
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import standing
from tests.given import (
    DENY_ALL,
    DENY_EC2,
    NOW,
    PIPELINE,
    SCP,
    attach,
    by_role,
    guardrail,
    protection,
    real,
)
from tests.house import House, accepted_on, edited, event


def test_a_policy_in_the_catalogue_is_detached_without_any_read(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.ledger.learn(Policy(policy_id, SCP, "Quarantine", content=DENY_EC2), NOW)
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert house.wire.calls == ["DetachPolicy", "ListAccounts"]


def test_the_guard_learns_a_policy_from_its_create_record(house: House) -> None:
    house.guard(guardrail()).respond(real("create-scp-by-root-user"))
    learnt = house.ledger.policy("p-bvdv3rx3")
    assert learnt is not None
    assert learnt.name == "Block service access for root user"
    assert house.wire.calls == []


def test_a_baseline_policy_that_is_detached_is_attached_again(house: House, root: str) -> None:
    policy_id = accepted_on(house, root)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.guard(guardrail()).respond(event("DetachPolicy", {"policyId": policy_id, "targetId": root}))
    assert policy_id in standing(house.wire, root)
    assert house.pager.pages[0].result is Result.UNDONE


def test_full_access_that_is_taken_off_is_put_on_again(house: House, root: str) -> None:
    accepted_on(house, root)
    house.wire.organization.call("DetachPolicy", {"PolicyId": "p-FullAWSAccess", "TargetId": root})
    house.guard(guardrail()).respond(event("DetachPolicy", {"policyId": "p-FullAWSAccess", "targetId": root}))
    assert "p-FullAWSAccess" in standing(house.wire, root)


def test_a_policy_on_root_that_is_rewritten_and_renamed_is_restored(house: House, root: str) -> None:
    policy_id = accepted_on(house, root)
    change = {"PolicyId": policy_id, "Name": "Harmless", "Content": DENY_ALL}
    house.wire.organization.call("UpdatePolicy", change)
    house.guard(guardrail()).respond(edited(policy_id, DENY_ALL))
    now = house.wire.organization.call("DescribePolicy", {"PolicyId": policy_id})["Policy"]
    assert (now["PolicySummary"]["Name"], now["Content"]) == ("Accepted", DENY_EC2)
    assert house.pager.pages[0].is_lockout


def test_a_trusted_edit_is_adopted_and_then_defended(house: House, root: str) -> None:
    policy_id = accepted_on(house, root)
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    narrower = DENY_EC2.replace("ec2:*", "ec2:Run*")
    house.guard(trusting).respond(edited(policy_id, narrower, "Accepted") | {"userIdentity": by_role()})
    baseline = house.ledger.baseline(root)
    assert baseline is not None
    assert baseline[policy_id].content == narrower
    assert house.pager.pages == []


def test_a_trusted_attach_is_adopted_and_a_trusted_detach_forgotten(house: House, root: str) -> None:
    accepted_on(house, root)
    policy_id = house.attached(root, name="New", content=DENY_EC2)
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    guard = house.guard(trusting)
    guard.respond(attach(root, policy_id, userIdentity=by_role()))
    assert policy_id in (house.ledger.baseline(root) or {})
    later = {"eventTime": "2023-04-25T00:34:00Z", "userIdentity": by_role()}
    guard.respond(event("DetachPolicy", {"policyId": policy_id, "targetId": root}, **later))
    assert policy_id not in (house.ledger.baseline(root) or {})
    assert (house.writes, house.pager.pages) == ([], [])


def test_a_pinned_account_is_moved_back(house: House, root: str, tree: dict[str, str]) -> None:
    move = {
        "AccountId": tree["prod"],
        "SourceParentId": tree["workload"],
        "DestinationParentId": tree["team"],
    }
    house.wire.organization.call("MoveAccount", move)
    pinned = guardrail(protection(pin_accounts=frozenset({tree["prod"]})))
    parameters = {key[:1].lower() + key[1:]: value for key, value in move.items()}
    house.guard(pinned).respond(event("MoveAccount", parameters))
    parent = house.wire.organization.call("ListParents", {"ChildId": tree["prod"]})["Parents"][0]["Id"]
    assert parent == tree["workload"]
    # A doubled event finds it moved.
    house.guard(pinned).respond(event("MoveAccount", parameters))
    assert len(house.pager.pages) == 1


def test_other_automation_that_moves_an_account_again_and_again_wins_in_the_end(
    house: House, root: str, tree: dict[str, str]
) -> None:
    names = {
        "accountId": tree["prod"],
        "sourceParentId": tree["workload"],
        "destinationParentId": tree["team"],
    }
    move = {key[:1].upper() + key[1:]: value for key, value in names.items()}
    guard = house.guard(guardrail(protection(pin_accounts=frozenset({tree["prod"]}))))
    for number in range(FIGHT_LIMIT + 2):
        house.now = NOW + timedelta(seconds=20 * number)
        at = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
        if number <= FIGHT_LIMIT:
            house.wire.organization.call("MoveAccount", move)
        guard.respond(event("MoveAccount", names, eventID=f"event-{number}", eventTime=at))
    assert house.telemetry.metrics["Reverted"] == FIGHT_LIMIT
    assert house.telemetry.metrics["Fights"] == 2


def test_a_disabled_policy_type_is_enabled_again_where_asked(house: House, root: str) -> None:
    house.wire.organization.call("DisablePolicyType", {"RootId": root, "PolicyType": SCP})
    disabled = event("DisablePolicyType", {"rootId": root, "policyType": SCP})
    house.guard(guardrail()).respond(disabled)
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    house.ledger = FakeLedger()
    house.guard(guardrail(protection(restore_policy_type=True))).respond(disabled)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


@pytest.mark.parametrize(
    "name",
    ["PutResourcePolicy", "DeleteResourcePolicy", "RegisterDelegatedAdministrator", "DeleteOrganization"],
)
def test_what_touches_the_whole_organization_is_paged_and_nothing_written(house: House, name: str) -> None:
    house.guard(guardrail()).respond(event(name, {}))
    assert house.writes == []
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]


def test_without_a_ledger_it_still_detaches_and_pages_each_delivery(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.ledger.fail = True
    guard = house.guard(guardrail())
    for _ in range(2):
        guard.respond(attach(root, policy_id))
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert [page.result for page in house.pager.pages] == [Result.UNDONE, Result.ALREADY_UNDONE]


def test_without_a_ledger_an_edit_on_root_is_paged_and_left_but_a_lockout_comes_off(
    house: House, root: str
) -> None:
    policy_id = accepted_on(house, root)
    house.ledger.fail = True
    house.guard(guardrail()).respond(edited(policy_id, DENY_EC2.replace("ec2:*", "ec2:Run*")))
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    assert house.writes == []
    house.guard(guardrail()).respond(edited(policy_id, DENY_ALL))
    assert house.writes == ["DetachPolicy"]
    assert policy_id not in standing(house.wire, root)


def test_a_listed_policy_whose_edit_was_mended_before_its_event_came_stays(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    house.ledger.adopt_all(root, {}, NOW - timedelta(days=1))
    listing = guardrail(protection(allow=frozenset({policy_id})))
    assert house.guard(listing).respond(edited(policy_id, DENY_ALL)).reason.code == "allow-listed"
    assert policy_id in standing(house.wire, root)
    house.wire.organization.call("UpdatePolicy", {"PolicyId": policy_id, "Content": DENY_ALL})
    house.guard(listing).respond(edited(policy_id, DENY_ALL))
    assert policy_id not in standing(house.wire, root)


def test_an_accepted_lockout_that_was_mended_may_not_be_edited_back(house: House, root: str) -> None:
    policy_id = accepted_on(house, root, DENY_ALL)
    house.guard(guardrail()).respond(edited(policy_id, DENY_EC2))
    (page,) = house.pager.pages
    assert page.verdict.hindrance is Hindrance.LOCKOUT_ACCEPTED
    house.wire.organization.call("UpdatePolicy", {"PolicyId": policy_id, "Content": DENY_ALL})
    house.now += timedelta(minutes=5)
    again = edited(policy_id, DENY_ALL) | {"eventTime": f"{house.now:%Y-%m-%dT%H:%M:%SZ}"}
    assert house.guard(guardrail()).respond(again).outcome is Outcome.REVERT
    described = house.wire.organization.call("DescribePolicy", {"PolicyId": policy_id})
    assert described["Policy"]["Content"] == DENY_EC2


def test_a_time_to_come_counts_as_now(house: House, root: str) -> None:
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id, eventTime="9999-01-01T00:00:00Z"))
    (page,) = house.pager.pages
    assert page.change.at == NOW
    # So it does not outweigh what really comes.
    house.ledger.close_incident(page.key, NOW + timedelta(minutes=4))
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.now += timedelta(minutes=9)
    later = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
    house.guard(guardrail()).respond(attach(root, policy_id, eventID="event-2", eventTime=later))
    assert len(house.pager.pages) == 2


def test_what_was_only_watched_is_told_again_when_it_is_undone(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    watching = guardrail(mode=Mode.OBSERVE)
    for policy_of in (watching, watching, guardrail()):
        house.guard(policy_of).respond(attach(root, policy_id))
    assert [page.result for page in house.pager.pages] == [Result.WATCHED, Result.UNDONE]


def test_a_second_edit_that_says_something_else_is_told_too(house: House, root: str) -> None:
    policy_id = accepted_on(house, root)
    telling = guardrail(protection(on_violation=OnViolation.ALERT))
    worse = DENY_EC2.replace("ec2:*", "ec2:Run*"), DENY_ALL, DENY_ALL
    for content in worse:
        house.guard(telling).respond(edited(policy_id, content))
    assert [page.is_lockout for page in house.pager.pages] == [False, True]


def test_a_policy_that_became_a_lockout_is_told_although_it_was_undone_a_minute_ago(
    house: House, root: str
) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    guard = house.guard(guardrail())
    guard.respond(attach(root, policy_id))
    house.wire.organization.call("UpdatePolicy", {"PolicyId": policy_id, "Content": DENY_ALL})
    house.now += timedelta(minutes=1)
    guard.respond(edited(policy_id, DENY_ALL) | {"eventTime": f"{house.now:%Y-%m-%dT%H:%M:%SZ}"})
    for _ in range(2):
        house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
        guard.respond(attach(root, policy_id))
    assert [page.is_lockout for page in house.pager.pages] == [False, True]


ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
BY_PIPELINE = guardrail(protection(trusted_principals=frozenset({PIPELINE})))


def full_access_taken(house: House, root: str) -> dict[str, Any]:
    parameters = {"policyId": "p-FullAWSAccess", "targetId": root}
    house.wire.organization.call("DetachPolicy", {k[0].upper() + k[1:]: v for k, v in parameters.items()})
    return event("DetachPolicy", parameters, userIdentity=by_role())


def test_nobodys_pipeline_leaves_root_with_nothing_that_allows(house: House, root: str) -> None:
    accepted_on(house, root, DENY_EC2)
    house.guard(BY_PIPELINE).respond(full_access_taken(house, root))
    assert "p-FullAWSAccess" in standing(house.wire, root)
    assert house.wire.calls[:2] == ["ListPoliciesForTarget", "AttachPolicy"]
    assert [page.verdict.reason.code for page in house.pager.pages] == ["lockout-on-root"]


@pytest.mark.parametrize("adopted", [True, False])
def test_a_pipeline_may_put_an_allow_list_in_the_place_of_full_access(
    house: House, root: str, adopted: bool
) -> None:
    accepted_on(house, root, DENY_EC2)
    allowing = house.attached(root, name="Allowing", content=ALLOW)
    if adopted:
        house.guard(BY_PIPELINE).respond(attach(root, allowing, userIdentity=by_role()))
    verdict = house.guard(BY_PIPELINE).respond(full_access_taken(house, root))
    assert verdict.reason.code == "trusted-principal"
    assert "p-FullAWSAccess" not in standing(house.wire, root)


def test_nobodys_pipeline_edits_the_one_that_allows_into_nothing(house: House, root: str) -> None:
    allowing = accepted_on(house, root, ALLOW)
    house.ledger.adopt(root, "p-FullAWSAccess", None, NOW)
    house.wire.organization.call("DetachPolicy", {"PolicyId": "p-FullAWSAccess", "TargetId": root})
    little = ALLOW.replace('"*","R', '"sts:GetCallerIdentity","R')
    house.wire.organization.call("UpdatePolicy", {"PolicyId": allowing, "Content": little})
    edit = edited(allowing, little) | {"userIdentity": by_role(), "eventTime": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}
    assert house.guard(BY_PIPELINE).respond(edit).outcome is Outcome.REVERT
    described = house.wire.organization.call("DescribePolicy", {"PolicyId": allowing})
    assert described["Policy"]["Content"] == ALLOW


class Forgetful(FakeLedger):
    """A ledger that refuses to adopt, as long as it is told to."""

    refuses: bool = True

    def adopt(self, *word: Any) -> None:
        if self.refuses:
            raise LedgerError("throttled")
        super().adopt(*word)


def test_what_was_approved_and_not_adopted_fails_so_that_it_is_tried_again(house: House, root: str) -> None:
    trusting = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.ledger = ledger = Forgetful()
    assert ledger.adopt_all(root, {}, NOW - timedelta(days=1))
    policy_id = house.attached(root, content=DENY_EC2)
    event = attach(root, policy_id, userIdentity=by_role())
    with pytest.raises(LedgerError, match="throttled"):
        house.guard(trusting).respond(event)
    ledger.refuses = False
    house.guard(trusting).respond(event)
    assert policy_id in (ledger.baseline(root) or {})
    # A ledger that does not answer at all is no reason to let the sweep undo it either.
    ledger.fail = True
    with pytest.raises(LedgerError):
        house.guard(trusting).respond(event)
    assert (house.writes, house.pager.pages) == ([], [])
