"""The sweep below protected OUs: what it asks, what it accepts, and what it finds that no event told."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drill.api_error import ApiError
from rootguard.domain.guardrail import Guardrail, Mode
from rootguard.domain.snapshot import CALLS
from rootguard.incidents.incident import Result
from rootguard.ports import OrganizationsError
from rootguard.reconcile.descendants import CALLS_AT_FIRST_CONTACT
from rootguard.reconcile.sweep import Sweep
from tests.fakes.people import FakePager, FakeTelemetry
from tests.fakes.wire import account, create, new_wire, standing, unit
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, RCP, SCP, attach, by_role, guardrail, protection
from tests.house import House, event

FULL = "p-FullAWSAccess"


def below(target: str, mode: Mode = Mode.ENFORCE, **changed: Any) -> Guardrail:
    changed = {"targets": frozenset({target}), "include_descendants": True} | changed
    return guardrail(protection(name="work", **changed), mode=mode)


def sweep(house: House, rules: Guardrail, times: int = 1, minutes: int = 1) -> None:
    """Sweep, each time so many minutes after the last."""
    for _ in range(times):
        house.now += timedelta(minutes=minutes)
        house.wire.calls.clear()
        Sweep(house.guard(rules)).run()


def do(house: House, operation: str, **parameters: str) -> None:
    house.wire.organization.call(operation, parameters)


def move(house: House, tree: dict[str, str], name: str, source: str, destination: str) -> None:
    do(
        house,
        "MoveAccount",
        AccountId=tree[name],
        SourceParentId=tree.get(source, source),
        DestinationParentId=tree.get(destination, destination),
    )


# First contact


def test_first_contact_accepts_all_that_stands_below_and_says_so_once(
    house: House, tree: dict[str, str]
) -> None:
    low, lab = house.attached(tree["team"], content=DENY_EC2), house.attached(tree["lab"], name="Lab")
    rules = below(tree["workload"])
    sweep(house, rules, 3)
    assert (house.writes, house.pager.pages) == ([], [])
    found = {a.target_id: {policy.id for policy in a.policies} for a in house.pager.adoptions}
    assert found == {tree["workload"]: {FULL}, tree["team"]: {FULL, low}, tree["lab"]: {FULL, lab}}
    assert len({a.at for a in house.pager.adoptions}) == 1
    (locked,) = [a for a in house.pager.adoptions if a.lockouts]
    assert locked.target_id == tree["lab"]


def test_what_was_accepted_below_is_put_back_when_an_event_tells_of_its_detach(
    house: House, tree: dict[str, str]
) -> None:
    low = house.attached(tree["lab"], content=DENY_EC2)
    rules = below(tree["workload"])
    sweep(house, rules)
    do(house, "DetachPolicy", PolicyId=low, TargetId=tree["lab"])
    house.guard(rules).respond(event("DetachPolicy", {"policyId": low, "targetId": tree["lab"]}))
    assert low in standing(house.wire, tree["lab"])


def test_first_contact_with_many_goes_on_until_all_are_accepted(house: House, tree: dict[str, str]) -> None:
    policies = [house.attached(tree["team"], name="First", content=DENY_EC2)]
    units = [unit(house.wire, tree["workload"], f"Unit {number}") for number in range(50)]
    for target in units:
        do(house, "AttachPolicy", PolicyId=policies[0], TargetId=target)
    rules = below(tree["workload"])
    sweep(house, rules)
    assert len(house.wire.calls) < CALLS_AT_FIRST_CONTACT + 15
    sweep(house, rules, 4)
    assert {a.target_id for a in house.pager.adoptions} == {tree["workload"], tree["team"], *units}
    assert len({a.at for a in house.pager.adoptions}) <= 4
    assert (house.writes, house.pager.pages) == ([], [])


def test_a_first_contact_that_fails_on_the_way_tears_nothing_off_when_it_goes_on(
    house: House, tree: dict[str, str]
) -> None:
    low = house.attached(tree["team"], content=DENY_EC2)
    do(house, "AttachPolicy", PolicyId=low, TargetId=tree["lab"])
    rules = below(tree["workload"])
    house.wire.fail("DescribeAccount", ApiError("AccessDeniedException", "no"), times=2)
    house.wire.fail("DescribeOrganizationalUnit", ApiError("AccessDeniedException", "no"))
    for _ in range(2):
        with pytest.raises(OrganizationsError):
            sweep(house, rules)
    sweep(house, rules, 3)
    assert (house.writes, house.pager.pages) == ([], [])
    assert {a.target_id for a in house.pager.adoptions} == {tree["workload"], tree["team"], tree["lab"]}


def test_a_type_that_the_protection_did_not_cover_before_has_its_own_first_contact(
    house: House, root: str, tree: dict[str, str]
) -> None:
    do(house, "EnablePolicyType", RootId=root, PolicyType=RCP)
    house.attached(tree["team"], content=DENY_EC2)
    rcp = house.attached(
        tree["team"], name="Perimeter", kind=RCP, content=DENY_EC2.replace("}]", ',"Principal":"*"}]')
    )
    sweep(house, below(tree["workload"], policy_types=frozenset({SCP})), 2)
    sweep(house, below(tree["workload"]), 3)
    assert rcp in standing(house.wire, tree["team"], RCP)
    assert house.pager.pages == []


def test_of_a_type_that_is_enabled_later_nothing_is_accepted_below(
    house: House, root: str, tree: dict[str, str]
) -> None:
    house.attached(tree["team"], content=DENY_EC2)
    sweep(house, below(tree["workload"]), 2)
    do(house, "EnablePolicyType", RootId=root, PolicyType=RCP)
    content = DENY_ALL.replace("}]", ',"Principal":"*"}]')
    strangers = {
        place: house.attached(tree[place], name=place, kind=RCP, content=content) for place in ("team", "lab")
    }
    sweep(house, below(tree["workload"]), 2)
    for place, policy_id in strangers.items():
        assert policy_id not in standing(house.wire, tree[place], RCP)
    assert len(house.pager.pages) == 2


# What no event told


@pytest.mark.parametrize("where", ["team", "lab"])
def test_a_stranger_below_is_undone_by_the_second_sweep_that_sees_it(
    house: House, tree: dict[str, str], where: str
) -> None:
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    policy_id = house.attached(tree[where])
    sweep(house, rules)
    assert policy_id in standing(house.wire, tree[where])
    sweep(house, rules)
    assert standing(house.wire, tree[where]) == [FULL]
    (page,) = house.pager.pages
    assert (page.result, page.is_lockout, page.target_id) == (Result.UNDONE, True, tree[where])


def test_below_root_no_place_has_to_be_looked_up(house: House, tree: dict[str, str]) -> None:
    everything = guardrail(protection(include_descendants=True))
    sweep(house, everything)
    house.attached(tree["lab"], content=DENY_EC2)
    sweep(house, everything)
    assert "DescribeAccount" not in house.wire.calls
    sweep(house, everything)
    assert standing(house.wire, tree["lab"]) == [FULL]


def test_what_was_accepted_below_comes_back(house: House, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["team"], content=DENY_EC2)
    rules = below(tree["workload"])
    sweep(house, rules)
    do(house, "DetachPolicy", PolicyId=policy_id, TargetId=tree["team"])
    sweep(house, rules, 2)
    assert policy_id in standing(house.wire, tree["team"])


def test_what_stands_elsewhere_is_let_alone(house: House, root: str, tree: dict[str, str]) -> None:
    rules = below(tree["team"])
    sweep(house, rules, 2)
    for target in (root, tree["workload"], tree["audit"], tree["prod"]):
        house.attached(target, name=target, content=DENY_EC2)
    sweep(house, rules, 3)
    assert (house.writes, house.pager.pages) == ([], [])
    # And is looked up once, but for accounts, which may be moved.
    assert not {"DescribeAccount", "DescribeOrganizationalUnit"} & set(house.wire.calls)


def test_allow_listed_policies_and_other_types_may_stand_below(
    house: House, root: str, tree: dict[str, str]
) -> None:
    do(house, "EnablePolicyType", RootId=root, PolicyType="TAG_POLICY")
    policy_id = create(house.wire, content=DENY_EC2)
    rules = below(tree["workload"], allow=frozenset({policy_id}))
    sweep(house, rules, 2)
    do(house, "AttachPolicy", PolicyId=policy_id, TargetId=tree["team"])
    tags = house.attached(tree["team"], name="Tags", kind="TAG_POLICY", content='{"tags":{}}')
    sweep(house, rules, 3)
    assert policy_id in standing(house.wire, tree["team"])
    assert tags in standing(house.wire, tree["team"], "TAG_POLICY")


def test_a_pipelines_attach_below_stands_when_its_event_comes(house: House, tree: dict[str, str]) -> None:
    rules = below(tree["workload"], trusted_principals=frozenset({PIPELINE}))
    sweep(house, rules, 2)
    policy_id = house.attached(tree["team"], content=DENY_EC2)
    sweep(house, rules)
    house.guard(rules).respond(attach(tree["team"], policy_id, userIdentity=by_role()))
    sweep(house, rules, 3)
    assert policy_id in standing(house.wire, tree["team"])
    assert house.pager.pages == []


def test_of_a_new_ou_full_access_alone_is_accepted(house: House, tree: dict[str, str]) -> None:
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    fresh = unit(house.wire, tree["workload"], "Fresh")
    house.attached(fresh)
    sweep(house, rules, 2)
    assert standing(house.wire, fresh) == [FULL]
    assert set(house.ledger.baseline(fresh) or {}) == {FULL}
    assert fresh not in {a.target_id for a in house.pager.adoptions}


# What comes under protection, and leaves it


def test_what_an_account_brings_along_is_accepted(house: House, root: str, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["audit"])
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    move(house, tree, "audit", root, "team")
    told = {"accountId": tree["audit"], "sourceParentId": root, "destinationParentId": tree["team"]}
    house.guard(rules).respond(event("MoveAccount", told, eventTime=f"{house.now:%Y-%m-%dT%H:%M:%SZ}"))
    sweep(house, rules, 3)
    assert policy_id in standing(house.wire, tree["audit"])
    assert house.pager.pages == []
    (arrival,) = [a for a in house.pager.adoptions if a.target_id == tree["audit"]]
    assert [policy.id for policy in arrival.lockouts] == [policy_id]
    # From then on it is guarded as the others are.
    stranger = house.attached(tree["audit"], name="Stranger", content=DENY_EC2)
    sweep(house, rules, 2)
    assert stranger not in standing(house.wire, tree["audit"])


def test_a_move_whose_event_was_lost_is_found_within_the_hour(
    house: House, root: str, tree: dict[str, str]
) -> None:
    policy_id = house.attached(tree["audit"], content=DENY_EC2)
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    move(house, tree, "audit", root, "team")
    sweep(house, rules)
    assert tree["audit"] not in {a.target_id for a in house.pager.adoptions}
    sweep(house, rules, minutes=60)
    assert policy_id in standing(house.wire, tree["audit"])
    assert tree["audit"] in {a.target_id for a in house.pager.adoptions}


def test_what_left_is_guarded_no_more(house: House, root: str, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["lab"], content=DENY_EC2)
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    move(house, tree, "lab", "team", root)
    do(house, "DetachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    sweep(house, rules)
    sweep(house, rules, 3, minutes=60)
    assert policy_id not in standing(house.wire, tree["lab"])
    assert (house.writes, house.pager.pages) == ([], [])
    assert policy_id not in (house.ledger.baseline(tree["lab"]) or {})


def test_an_ou_that_guardrail_yaml_adds_is_accepted_as_it_is(house: House, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["prod"], content=DENY_EC2)
    sweep(house, below(tree["team"]), 2)
    sweep(house, below(tree["workload"]), 3)
    assert policy_id in standing(house.wire, tree["prod"])
    assert (house.writes, house.pager.pages) == ([], [])


# Incidents below


def test_an_incident_below_stays_open_while_its_policy_stands(house: House, tree: dict[str, str]) -> None:
    watching = below(tree["workload"], Mode.OBSERVE)
    sweep(house, watching, 2)
    policy_id = house.attached(tree["lab"])
    sweep(house, watching, 4, minutes=3)
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    assert len(house.ledger.open_incidents()) == 1
    do(house, "DetachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    sweep(house, watching)
    assert house.ledger.open_incidents() == {}


def test_what_could_not_be_asked_closes_nothing(house: House, tree: dict[str, str]) -> None:
    watching = below(tree["workload"], Mode.OBSERVE)
    sweep(house, watching, 2)
    house.attached(tree["lab"])
    sweep(house, watching, 8)
    house.wire.fail("ListTargetsForPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house, watching)
    assert len(house.ledger.open_incidents()) == 1


def test_a_policy_that_cannot_be_taken_off_keeps_no_other_from_its_turn(
    house: House, tree: dict[str, str]
) -> None:
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    policies = sorted(house.attached(tree["lab"], name=f"Policy {number}") for number in range(2))
    sweep(house, rules)
    house.wire.fail("DetachPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house, rules)
    assert standing(house.wire, tree["lab"]) == [FULL, policies[0]]
    sweep(house, rules, 2)
    assert standing(house.wire, tree["lab"]) == [FULL]


# Calls


def test_calls_do_not_grow_with_the_accounts(house: House, tree: dict[str, str]) -> None:
    policy_id = house.attached(tree["team"], content=DENY_EC2)
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    before = len(house.wire.calls)
    for number in range(40):
        account(house.wire, f"more-{number}", tree["team"])
    sweep(house, rules)
    assert len(house.wire.calls) == before
    assert house.wire.calls.count("ListPolicies") == 1  # RCPs are not enabled
    assert policy_id in standing(house.wire, tree["team"])


def test_many_policies_take_their_turns_and_a_stranger_among_them_is_found(
    house: House, tree: dict[str, str]
) -> None:
    policies = sorted(create(house.wire, name=f"Policy {number}", content=DENY_EC2) for number in range(40))
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    for policy_id in (policies[0], policies[-1]):
        do(house, "AttachPolicy", PolicyId=policy_id, TargetId=tree["lab"])
    for _ in range(1 + -(-40 // CALLS)):
        sweep(house, rules)
        assert house.wire.calls.count("ListTargetsForPolicy") <= CALLS
    assert standing(house.wire, tree["lab"]) == [FULL]


def everywhere(house: House, tree: dict[str, str], number: int) -> tuple[str, list[str]]:
    """A policy that stands on so many accounts below the workloads, and these accounts."""
    policy_id = create(house.wire, name="Everywhere", content=DENY_EC2)
    accounts = [account(house.wire, f"more-{number}", tree["workload"]) for number in range(number)]
    for target in accounts:
        do(house, "AttachPolicy", PolicyId=policy_id, TargetId=target)
    return policy_id, accounts


def test_a_policy_on_300_accounts_keeps_no_stranger_from_being_found(
    house: House, tree: dict[str, str]
) -> None:
    _, accounts = everywhere(house, tree, 300)
    rules = below(tree["workload"])
    for _ in range(15):
        sweep(house, rules)
        assert len(house.wire.calls) <= 16 + CALLS_AT_FIRST_CONTACT + 5
    assert {a.target_id for a in house.pager.adoptions} == {tree["workload"], *accounts}
    # Soon after, and when what lies above an account was looked up more than an hour ago.
    for name, minutes in [("Soon", 1), ("Later", 61)]:
        stranger = house.attached(accounts[-1], name=name)
        sweep(house, rules, minutes=minutes)
        sweep(house, rules)
        assert stranger not in standing(house.wire, accounts[-1])
        assert house.wire.calls.count("DescribeAccount") <= CALLS + 2
    assert [page.result for page in house.pager.pages] == [Result.UNDONE] * 2
    assert house.telemetry.metrics["SweepCompleted"] == 19


def test_an_hour_later_300_accounts_are_compared_by_where_they_were(
    house: House, tree: dict[str, str]
) -> None:
    everywhere(house, tree, 300)
    strangers = [create(house.wire, name=f"Stranger {number}") for number in range(18)]
    rules = below(tree["workload"])
    sweep(house, rules, 15)
    for policy_id, place in zip(strangers, 9 * ("dev", "prod"), strict=True):
        do(house, "AttachPolicy", PolicyId=policy_id, TargetId=tree[place])
    sweep(house, rules, minutes=61)
    sweep(house, rules, 6)
    assert standing(house.wire, tree["dev"]) == standing(house.wire, tree["prod"]) == [FULL]


def test_what_cannot_be_put_right_of_a_policy_on_many_accounts_keeps_the_round_from_no_other(
    house: House, tree: dict[str, str]
) -> None:
    policy_id, _ = everywhere(house, tree, 300)
    rules = below(tree["workload"])
    sweep(house, rules, 15)
    do(house, "AttachPolicy", PolicyId=policy_id, TargetId=tree["dev"])
    sweep(house, rules, 2)
    for number in range(3):
        house.attached(tree["lab"], name=f"Stranger {number}", content=DENY_EC2)
    house.wire.fail("DetachPolicy", ApiError("AccessDeniedException", "no"), times=30)
    do(house, "AttachPolicy", PolicyId=policy_id, TargetId=tree["dev"])
    for _ in range(8):
        with contextlib.suppress(OrganizationsError):
            sweep(house, rules)
    assert len({page.change.policy_id for page in house.pager.pages}) == 4


def test_what_could_not_be_asked_is_undone_by_the_sweep_that_asks_it_again(
    house: House, tree: dict[str, str]
) -> None:
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    stranger = house.attached(tree["lab"])
    sweep(house, rules)
    house.wire.fail("ListTargetsForPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house, rules)
    sweep(house, rules)
    assert stranger not in standing(house.wire, tree["lab"])


def test_the_round_goes_on_from_a_policy_on_many_accounts_that_were_never_seen(
    house: House, tree: dict[str, str]
) -> None:
    rules = below(tree["workload"], trusted_principals=frozenset({PIPELINE}))
    sweep(house, rules, 2)
    policy_id, accounts = everywhere(house, tree, 60)
    for target in accounts:
        at = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
        house.guard(rules).respond(attach(target, policy_id, eventTime=at, userIdentity=by_role()))
    strangers = {place: house.attached(tree[place], name=place) for place in ("dev", "lab")}
    sweep(house, rules, 8)
    assert {page.target_id for page in house.pager.pages} == {tree["dev"], tree["lab"]}
    for place, stranger in strangers.items():
        assert stranger not in standing(house.wire, tree[place])
    assert all(policy_id in standing(house.wire, target) for target in accounts)


def test_many_differences_of_many_policies_are_undone_a_few_a_sweep(
    house: House, tree: dict[str, str]
) -> None:
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    strangers = {house.attached(tree["lab"], name=f"{n}", content=DENY_EC2) for n in range(9)}
    strangers |= {house.attached(tree["team"], name=f"{n} too", content=DENY_EC2) for n in range(9)}
    for _ in range(6):
        sweep(house, rules)
        assert house.wire.calls.count("ListTargetsForPolicy") <= CALLS + 1
    assert standing(house.wire, tree["lab"]) == standing(house.wire, tree["team"]) == [FULL]


def test_what_is_only_told_keeps_the_round_from_no_other_policy(house: House, tree: dict[str, str]) -> None:
    watching = below(tree["workload"], Mode.OBSERVE)
    sweep(house, watching, 2)
    targets = [unit(house.wire, tree["workload"], f"Unit {number}") for number in range(4)]
    for number in range(2 * CALLS):
        house.attached(targets[number % 4], name=f"Policy {number:02}", content=DENY_EC2)
    sweep(house, watching, 2 * CALLS + 2)
    assert len({page.change.policy_id for page in house.pager.pages}) == 2 * CALLS


def test_first_contact_with_many_policies_reads_few_of_them_a_sweep(
    house: House, tree: dict[str, str]
) -> None:
    units = [unit(house.wire, tree["workload"], f"Unit {number}") for number in range(12)]
    for number in range(9 * len(units)):
        house.attached(units[number // 9], name=f"Policy {number}", content=DENY_EC2)
    rules = below(tree["workload"])
    for _ in range(8):
        sweep(house, rules)
        assert house.wire.calls.count("DescribePolicy") <= CALLS_AT_FIRST_CONTACT / 2 + 10
    assert {a.target_id for a in house.pager.adoptions} == {tree["workload"], *units}
    assert (house.writes, house.pager.pages) == ([], [])


def test_hundreds_of_policies_are_not_listed_each_minute(house: House, tree: dict[str, str]) -> None:
    for number in range(300):
        create(house.wire, name=f"Policy {number}", content=DENY_EC2)
    rules = below(tree["workload"])
    sweep(house, rules)
    listing = house.wire.calls.count("ListPolicies")
    total = 0
    for _ in range(6):
        sweep(house, rules)
        total += house.wire.calls.count("ListPolicies")
    assert total == 2 * listing
    stranger = house.attached(tree["lab"])
    sweep(house, rules, 3 + 300 // CALLS + 2)
    assert stranger not in standing(house.wire, tree["lab"])


def test_what_is_newer_than_the_listing_is_not_taken_for_gone(house: House, tree: dict[str, str]) -> None:
    for number in range(600):
        create(house.wire, name=f"Policy {number}", content=DENY_EC2)
    watching = below(tree["workload"], Mode.OBSERVE)
    sweep(house, watching)
    house.guard(watching).respond(attach(tree["lab"], house.attached(tree["lab"])))
    sweep(house, watching, 5)
    assert len(house.ledger.open_incidents()) == 1


def test_nothing_is_asked_where_no_protection_reaches_below(house: House, root: str) -> None:
    house.attached(root, content=DENY_EC2)
    sweep(house, guardrail(), 2)
    assert not {"ListPolicies", "ListTargetsForPolicy"} & set(house.wire.calls)


# Whatever is done without an event

_PLACES = ("workload", "team", "audit", "prod", "dev", "lab")
_ACCOUNTS = {"audit": "root", "prod": "workload", "dev": "workload", "lab": "team"}
_deeds = st.lists(
    st.one_of(
        st.tuples(st.just("attach"), st.integers(0, 3), st.sampled_from(_PLACES)),
        st.tuples(st.just("detach"), st.integers(0, 3), st.sampled_from(_PLACES)),
        st.tuples(st.just("move"), st.sampled_from(sorted(_ACCOUNTS)), st.sampled_from(("workload", "team"))),
        st.tuples(st.just("sweep"), st.just(0), st.just("")),
    ),
    max_size=12,
)


@pytest.mark.usefixtures("credentials")
@given(_deeds)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_the_end_only_what_was_accepted_stands_below(deeds: list[tuple[str, Any, str]]) -> None:
    house, tree, policies = _grown()
    rules = below(tree["workload"])
    sweep(house, rules, 2)
    parents = dict(_ACCOUNTS)
    for deed, what, where in deeds:
        if deed == "sweep":
            sweep(house, rules)
        elif deed == "move":
            if parents[what] != where:
                move(house, tree, what, parents[what], where)
                parents[what] = where
        else:
            _try(house, deed, policies[what], tree[where])
    sweep(house, rules, 3, minutes=60)  # so that lost moves are found, too
    sweep(house, rules, 2)
    for place in _PLACES[1:]:
        if parents.get(place) == "root":
            continue
        accepted = set(house.ledger.baseline(tree[place]) or {FULL: None})
        assert set(standing(house.wire, tree[place])) == accepted | {FULL}
    told = {a.target_id for a in house.pager.adoptions}
    assert told <= {tree["workload"], tree["team"], tree["prod"], tree["audit"]}


def _grown() -> tuple[House, dict[str, str], list[str]]:
    """A house whose tree has a policy on the team's OU, one on prod, and one on audit, which is elsewhere."""
    wire = new_wire()
    root = wire.organization.tree.root_id
    workload = unit(wire, root, "Workload")
    tree = {"root": root, "workload": workload, "team": unit(wire, workload, "Team")}
    tree |= {name: account(wire, name, tree[parent]) for name, parent in _ACCOUNTS.items()}
    policies = [create(wire, name=f"Policy {number}", content=DENY_EC2) for number in range(3)]
    policies.append(create(wire, name="Lockout", content=DENY_ALL))
    house = House(wire, FakePager(), FakeTelemetry())
    for policy_id, place in zip(policies, ("team", "prod", "audit"), strict=False):
        do(house, "AttachPolicy", PolicyId=policy_id, TargetId=tree[place])
    return house, tree, policies


def _try(house: House, deed: str, policy_id: str, target_id: str) -> None:
    operation = "AttachPolicy" if deed == "attach" else "DetachPolicy"
    try:
        do(house, operation, PolicyId=policy_id, TargetId=target_id)
    except ApiError as error:
        if error.code not in {"DuplicatePolicyAttachmentException", "PolicyNotAttachedException"}:
            raise
