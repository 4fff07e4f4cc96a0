"""The plan: what the next sweep would find and do, without doing it."""

from __future__ import annotations

import pytest

from cli.plan.findings import Findings
from cli.plan.planned import planned
from rootguard.domain.remedy import Attach, Detach, Restore
from tests.fakes.wire import Wire
from tests.given import DENY_ALL, DENY_EC2, guardrail, protection
from tests.house import House


@pytest.fixture
def house(wire: Wire) -> House:
    return House(wire)


def plan(house: House) -> Findings:
    guard = house.guard
    return planned(guard)


def test_it_names_each_drift_with_its_verdict_and_the_writes_that_it_takes(house: House) -> None:
    gone, edited = house.accepted(house.root, "Gone"), house.accepted(house.root, "Edited")
    house.detach(gone, house.root)
    house.edit(edited, DENY_ALL)
    stranger = house.placed(house.root, "Stranger", content=DENY_EC2)
    found = plan(house)
    actions = {action for finding in found.found for action in finding.actions}
    assert {Detach(stranger, house.root), Attach(gone, house.root)} <= actions
    assert {action.policy_id for action in actions if isinstance(action, Restore)} == {edited}
    assert (found.unseen, found.unadopted) == ((), ())


def test_nothing_is_written_and_nobody_is_told(house: House) -> None:
    house.first_contact()
    house.placed(house.root)
    plan(house)
    ledger = ("recall", "records", "baseline", "adopted", "coverage", "documents", "rounds")
    assert house.writes == []
    assert {call for call in house.trace if "." in call} <= {
        "exceptions.permits",
        *(f"ledger.{method}" for method in ledger),
    }


def test_what_the_next_sweep_would_accept_is_no_drift(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(targets=frozenset({"root", tree["team"]})))
    house.placed(tree["team"])
    found = plan(house)
    assert (found.found, set(found.unadopted)) == ((), {house.root, tree["team"]})


def test_what_cannot_be_looked_at_is_named(house: House) -> None:
    house.accepted(house.root)
    house.refuse("DescribePolicy")
    assert "could not read policy" in plan(house).unseen[0]
    house.refuse("ListPoliciesForTarget")
    assert "ListPoliciesForTarget" in plan(house).unseen[0]


def test_two_sweeps_after_everything_is_quiet_the_plan_is_empty(house: House) -> None:
    gone, edited = house.accepted(house.root, "Gone"), house.accepted(house.root, "Edited")
    house.detach(gone, house.root)
    house.edit(edited, DENY_ALL)
    house.placed(house.root, "Stranger", content=DENY_EC2)
    house.sweep(2)
    assert plan(house) == Findings((), (), ())
