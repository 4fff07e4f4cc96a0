"""What a sweep costs: its calls are bounded, whatever the size of the organization, and it comes round."""

from __future__ import annotations

import contextlib

import pytest

from drill.organization_policies import Policy
from rootguard.domain.guardrail import Mode
from rootguard.domain.inventory import Located
from rootguard.ports import LedgerError, OrganizationsError
from rootguard.reconcile.below import CALLS, CALLS_AT_FIRST_CONTACT
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire, account, create, unit
from tests.given import DENY_EC2, PIPELINE, SCP, attach, guardrail, protection
from tests.house import FULL, House, KilledError


@pytest.fixture(autouse=True)
def _below(house: House, tree: dict[str, str]) -> None:
    below(house, tree)


def below(house: House, tree: dict[str, str], mode: Mode = Mode.ENFORCE, **changed: object) -> None:
    fields = {"name": "work", "targets": frozenset({tree["workload"]}), "include_descendants": True}
    house.rules = guardrail(protection(**fields | changed), mode=mode)


def filled(house: House, policies: int) -> list[str]:
    """Have that many policies in the organization, without asking for each name whether it is free."""
    ids = [f"p-{number:08}" for number in range(policies)]
    made = {name: Policy(name, name, "-", SCP, DENY_EC2) for name in ids}
    house.wire.organization.policies._policies.update(made)  # noqa: SLF001
    return ids


def everywhere(house: House, tree: dict[str, str], number: int) -> tuple[str, list[str]]:
    """A policy that is attached to so many accounts below the workloads, and these accounts."""
    policy_id = create(house.wire, name="Everywhere", content=DENY_EC2)
    accounts = [account(house.wire, f"more-{number}", tree["workload"]) for number in range(number)]
    for target in accounts:
        house.call("AttachPolicy", PolicyId=policy_id, TargetId=target)
    return policy_id, accounts


@pytest.mark.parametrize("seconds", [2.0, 4.0])
def test_first_contact_ends_even_if_each_policy_takes_long_to_read(
    house: House, tree: dict[str, str], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [unit(house.wire, tree["workload"], f"unit-{number}") for number in range(15)]
    for number in range(40):
        house.placed(units[number % 15], f"Policy {number}", content=DENY_EC2)
    trip = type(house.wire)._trip  # noqa: SLF001

    def slowly(wire: Wire, operation: str) -> None:
        if operation == "DescribePolicy":
            house.seconds_left -= seconds
            if house.seconds_left <= 0:
                raise KilledError
        trip(wire, operation)

    monkeypatch.setattr(type(house.wire), "_trip", slowly)
    for _ in range(8):
        house.seconds_left = 60.0
        house.sweep()
    assert set(units) < set(house.adoptions)


def test_a_round_does_not_pass_a_policy_that_could_not_be_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(house, 60)
    house.sweep(12)
    policy_id = house.placed(house.root, content=DENY_EC2)  # where nothing protects, so nothing is suspected
    keep, refused = type(house.ledger).locate, list[str]()

    def locate(ledger: FakeLedger, policy_type: str, key: str, located: Located) -> None:
        if key == policy_id and not refused:
            refused.append(key)
            raise LedgerError("throttled")
        keep(ledger, policy_type, key, located)

    monkeypatch.setattr(type(house.ledger), "locate", locate)
    house.wait(minutes=61)  # Then the policies are listed again.
    while not refused:
        with contextlib.suppress(LedgerError):
            house.sweep()
    house.sweep()
    assert house.ledger.located(SCP, (policy_id,))


def test_calls_do_not_grow_with_the_accounts(house: House, tree: dict[str, str]) -> None:
    house.placed(tree["team"], content=DENY_EC2)
    house.sweep(3)
    before = len(house.calls)
    for number in range(40):
        account(house.wire, f"more-{number}", tree["team"])
    house.sweep()
    assert len(house.calls) == before


def test_5000_policies_are_listed_over_several_sweeps_each_of_which_completes(
    house: House, tree: dict[str, str]
) -> None:
    ids = filled(house, 5000)
    for sweeps in range(1, 20):
        house.sweep()
        assert len(house.calls) <= 2 * CALLS + CALLS_AT_FIRST_CONTACT + 5
        assert house.calls.count("ListPolicies") <= CALLS
        assert house.telemetry.metrics["SweepCompleted"] == sweeps
    assert house.ledger.listing(SCP).policies == set(ids)
    # Meanwhile the named target is looked at each time.
    house.placed(tree["workload"], content=DENY_EC2)
    house.sweep(2)
    assert house.on(tree["workload"]) == {FULL}
    # And an event of a policy that the listing does not have yet is answered.
    late = house.placed(tree["lab"], "Late", content=DENY_EC2)
    house.first_contact()
    house.event(house.record(attach(tree["lab"], late)))
    assert len(house.calls) <= 5


def test_a_listing_whose_token_aws_takes_no_more_begins_anew(house: House, tree: dict[str, str]) -> None:
    ids = filled(house, 600)
    house.sweep()
    assert house.ledger.listing(SCP).token
    house.wire.fail("ListPolicies", _invalid_token())
    house.sweep(4)
    assert house.ledger.listing(SCP).policies >= set(ids)
    assert house.telemetry.metrics["SweepCompleted"] == 5


def _invalid_token() -> Exception:
    from drill.api_error import ApiError  # noqa: PLC0415

    return ApiError("InvalidInputException", "You provided an invalid NextToken.")


def test_a_sweep_with_little_time_stops_in_time_and_the_next_goes_on(
    house: House, tree: dict[str, str]
) -> None:
    for number in range(30):
        house.placed(
            unit(house.wire, tree["workload"], f"Unit {number}"), f"Policy {number}", content=DENY_EC2
        )
    house.seconds_left = 19.0
    house.sweep()
    assert house.calls.count("ListTargetsForPolicy") == 0
    assert house.telemetry.metrics["SweepCompleted"] == 1
    house.seconds_left = 60.0
    house.sweep(6)
    assert (house.writes, house.pages) == ([], [])
    assert len(house.adoptions) == 31


def test_hundreds_of_policies_are_not_listed_each_minute(house: House, tree: dict[str, str]) -> None:
    filled(house, 250)
    house.sweep(2)
    listing = 250 // 20 + 1
    total = 0
    for _ in range(6):
        house.sweep()
        total += house.calls.count("ListPolicies")
    assert total <= 3 * listing


def test_first_contact_with_many_policies_reads_a_few_of_them_a_sweep(
    house: House, tree: dict[str, str]
) -> None:
    units = [unit(house.wire, tree["workload"], f"Unit {number}") for number in range(12)]
    for number in range(9 * len(units)):
        house.placed(units[number // 9], f"Policy {number}", content=DENY_EC2)
    for _ in range(10):
        house.sweep()
        assert house.calls.count("DescribePolicy") <= CALLS_AT_FIRST_CONTACT / 2 + 10
        assert len(house.calls) <= CALLS_AT_FIRST_CONTACT + CALLS + 10
    assert house.adoptions.keys() == {tree["workload"], *units}
    assert (house.writes, house.pages) == ([], [])


def test_a_policy_on_300_accounts_keeps_no_stranger_from_being_found(
    house: House, tree: dict[str, str]
) -> None:
    _, accounts = everywhere(house, tree, 300)
    for _ in range(25):
        house.sweep()
        assert len(house.calls) <= 16 + CALLS_AT_FIRST_CONTACT + 10
    assert house.adoptions.keys() == {tree["workload"], *accounts}
    # Soon after, and when what lies above an account was looked up more than an hour ago.
    for name, minutes in [("Soon", 1), ("Later", 61)]:
        stranger = house.placed(accounts[-1], name)
        house.sweep(minutes=minutes)
        house.sweep(2)
        assert stranger not in house.on(accounts[-1])
        assert house.calls.count("DescribeAccount") <= CALLS + 2
    assert house.results == ["undone"] * 2


def test_what_cannot_be_put_right_keeps_the_round_from_no_other_policy(
    house: House, tree: dict[str, str]
) -> None:
    policy_id, _ = everywhere(house, tree, 60)
    house.sweep(15)
    house.forget()
    house.call("AttachPolicy", PolicyId=policy_id, TargetId=tree["dev"])
    strangers = {house.placed(tree["lab"], f"Stranger {number}", content=DENY_EC2) for number in range(3)}
    house.refuse("DetachPolicy", times=30)
    for _ in range(10):
        with contextlib.suppress(OrganizationsError):
            house.sweep()
    assert {incident.drift.policy_id for incident in house.incidents} == {policy_id, *strangers}


def test_many_drifts_of_many_policies_are_undone_a_few_a_sweep(house: House, tree: dict[str, str]) -> None:
    house.first_contact(2)
    for place in ("lab", "team"):
        for number in range(9):
            house.placed(tree[place], f"{place} {number}", content=DENY_EC2)
    for _ in range(8):
        house.sweep()
        # What is suspected is asked first, and the round goes on by one at least.
        assert house.calls.count("ListTargetsForPolicy") <= 2 * CALLS
    assert house.on(tree["lab"]) == house.on(tree["team"]) == {FULL}


def test_what_is_only_paged_keeps_the_round_from_no_other_policy(house: House, tree: dict[str, str]) -> None:
    below(house, tree, Mode.OBSERVE)
    house.first_contact(2)
    targets = [unit(house.wire, tree["workload"], f"Unit {number}") for number in range(4)]
    for number in range(2 * CALLS):
        house.placed(targets[number % 4], f"Policy {number:02}", content=DENY_EC2)
    house.sweep(2 * CALLS + 2)
    assert len({incident.drift.policy_id for incident in house.incidents}) == 2 * CALLS


def test_the_round_goes_on_from_a_policy_on_many_accounts_that_were_never_seen(
    house: House, tree: dict[str, str]
) -> None:
    below(house, tree, trusted_principals=frozenset({PIPELINE}))
    house.first_contact(2)
    policy_id, accounts = everywhere(house, tree, 60)
    for target in accounts:
        house.event(house.record(attach(target, policy_id), by=PIPELINE))
    strangers = {place: house.placed(tree[place], place, content=DENY_EC2) for place in ("dev", "lab")}
    house.sweep(12)
    for place, stranger in strangers.items():
        assert stranger not in house.on(tree[place])
    assert all(policy_id in house.on(target) for target in accounts)
    assert len(house.pages) == 2
