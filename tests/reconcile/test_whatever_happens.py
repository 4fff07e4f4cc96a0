"""What no input, no order of events and no order of failures may lead to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK
from rootguard.domain.remedy import Attach
from rootguard.ports import LedgerError, OrganizationsError, OutboxError
from tests.cloudtrail.test_malformed import json_values
from tests.fakes.wire import account, create, new_wire, unit
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, attach, guardrail, protection
from tests.house import FULL, House, KilledError

in_time = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)


@given(event=json_values)
@in_time
def test_no_malformed_event_leads_to_a_call(house: House, event: object) -> None:
    house.rules = guardrail(protection(include_descendants=True))
    house.event(event)
    assert (house.trace, house.notices) == ([], [])


faults = st.lists(
    st.tuples(
        st.sampled_from(["DescribePolicy", "DetachPolicy", "AttachPolicy", "ListPoliciesForTarget"]),
        st.sampled_from(sorted({*COME_BACK, "AccessDeniedException", "InvalidInputException"})),
        st.integers(1, 6),
    ),
    max_size=4,
)
silences = st.sets(st.sampled_from(["ledger", "exceptions", "queue", "last_resort"]))


@given(faults=faults, silent=silences, last=st.booleans(), copies=st.integers(1, 3))
@in_time
def test_whatever_fails_how_often_root_ends_clean_and_people_hear_of_it(
    credentials: None, faults: list[tuple[str, str, int]], silent: set[str], last: bool, copies: int
) -> None:
    house = House(new_wire())
    house.first_contact()
    policy_id = house.placed(house.root)
    if last:
        house.call("DetachPolicy", PolicyId=FULL, TargetId=house.root)
    for call, code, times in faults:
        house.wire.fail(call, ApiError(code, "no"), times)
    record = house.record(attach(house.root, policy_id))
    for part in silent:
        getattr(house, part).fail = True
    _attempt(house, record)
    for part in silent:
        getattr(house, part).fail = False
    # Lambda's own attempts, copies, and then a redelivery when AWS is well again.
    for _ in range(copies):
        _until_it_succeeds(lambda: house.event(record))
    house.wire.faults.clear()
    assert house.on(house.root) == {FULL}
    assert house.results[-1] in ("undone", "already-undone")
    assert len({incident.id for incident in house.incidents}) == 1
    attached = {a.policy_id for i in house.incidents for a in i.done if isinstance(a, Attach)}
    assert policy_id not in attached
    house.sweep(6)
    assert house.open == []


@given(faults=faults, killed=st.sampled_from(["", "ledger.keep_record", "notices.send", "ledger.keep_fight"]))
@in_time
def test_whatever_fails_two_good_sweeps_leave_only_what_is_accepted(
    credentials: None, faults: list[tuple[str, str, int]], killed: str
) -> None:
    house = House(new_wire())
    accepted = house.accepted(house.root)
    house.detach(accepted, house.root)
    for name, content in (("Stranger", DENY_EC2), ("Lockout", DENY_ALL)):
        house.placed(house.root, name, content=content)
    for call, code, times in faults:
        house.wire.fail(call, ApiError(code, "no"), times)
    house.killed_at = killed
    for _ in range(3):
        _attempt_sweep(house)
    house.wire.faults.clear()
    house.killed_at = ""
    house.sweep(2)
    assert house.on(house.root) == {FULL, accepted}
    assert len(house.pages) >= 3
    house.sweep(6)
    assert house.open == []


def _attempt(house: House, record: dict[str, Any]) -> None:
    try:
        house.event(record)
    except (OrganizationsError, OutboxError, LedgerError):
        return


def _attempt_sweep(house: House) -> None:
    try:
        house.sweep()
    except (OrganizationsError, OutboxError, LedgerError, KilledError):
        return


def _until_it_succeeds(attempt: Callable[[], object]) -> None:
    for _ in range(40):
        try:
            attempt()
        except (OrganizationsError, OutboxError, LedgerError):
            continue
        return
    pytest.fail("the faults never ended")


# Whatever is done below a protected OU, with or without events

PLACES = ("workload", "team", "prod", "dev", "lab")
deeds = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["attach", "detach"]), st.integers(0, 3), st.sampled_from(PLACES)),
        st.tuples(st.just("sweep"), st.just(0), st.just("")),
    ),
    max_size=12,
)


@given(deeds=deeds, is_told=st.lists(st.booleans(), min_size=12, max_size=12))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_the_end_only_what_was_accepted_is_attached_below(
    credentials: None, deeds: list[tuple[str, int, str]], is_told: list[bool]
) -> None:
    house = House(new_wire())
    workload = unit(house.wire, house.root, "Workload")
    tree = {"workload": workload, "team": unit(house.wire, workload, "Team")}
    for name, parent in (("prod", "workload"), ("dev", "workload"), ("lab", "team")):
        tree[name] = account(house.wire, name, tree[parent])
    policies = [create(house.wire, f"Policy {number}", content=DENY_EC2) for number in range(3)]
    policies.append(create(house.wire, "Lockout"))
    for policy_id, place in zip(policies, ("team", "prod"), strict=False):
        house.call("AttachPolicy", PolicyId=policy_id, TargetId=tree[place])
    trusted = frozenset({PIPELINE})
    work = protection(targets=frozenset({workload}), include_descendants=True, trusted_principals=trusted)
    house.rules = guardrail(work)
    house.first_contact(2)
    before = {place: house.on(tree[place]) for place in PLACES}
    for (deed, number, where), told in zip(deeds, is_told, strict=False):
        house.wait(seconds=5)
        if deed == "sweep":
            house.sweep()
            continue
        try:
            record = getattr(house, deed)(policies[number], tree[where])
        except ApiError as error:
            if error.code not in {"DuplicatePolicyAttachmentException", "PolicyNotAttachedException"}:
                raise
            continue
        if told:
            house.event(record)
    house.sweep(3, minutes=12)  # also after a fight
    house.sweep(3)
    assert {place: house.on(tree[place]) for place in PLACES} == before
    house.trace.clear()
    house.sweep(2, minutes=5)
    assert (house.writes, house.open) == ([], [])
