"""Pinned accounts: where they come back to, whoever moved them, and in whichever order it is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.given import PIPELINE, attach, guardrail, protection
from tests.house import House


@pytest.fixture
def prod(house: House, tree: dict[str, str]) -> str:
    """An account that is pinned to the OU in which sweeps have seen it."""
    pins = protection(pin_accounts=frozenset({tree["prod"]}), trusted_principals=frozenset({PIPELINE}))
    house.rules = guardrail(pins)
    house.first_contact()
    return tree["prod"]


def moved(house: House, account: str, source: str, destination: str, by: str = "") -> dict[str, Any]:
    """Move an account, a second after the last time; the event can come some time."""
    house.wait(seconds=1)
    return house.move(account, source, destination, by=by)


def test_a_pinned_account_is_moved_back_once(house: House, prod: str, tree: dict[str, str]) -> None:
    record = moved(house, prod, tree["workload"], tree["team"])
    house.event(record, record)
    assert house.parent(prod) == tree["workload"]
    assert house.results == ["undone"]


def test_where_it_belongs_is_kept_after_the_move_back(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(pin_accounts=frozenset({tree["prod"]})))
    house.event(moved(house, tree["prod"], tree["workload"], house.root))
    assert house.parent(tree["prod"]) == tree["workload"]
    written = [call for call in house.trace if call.startswith("ledger.") or call in house.writes]
    assert written[: written.index("MoveAccount")] == ["ledger.recall"]


@pytest.mark.parametrize("back_comes_first", [True, False])
def test_who_puts_their_own_mistake_right_is_left_alone(
    house: House, prod: str, tree: dict[str, str], back_comes_first: bool
) -> None:
    there = moved(house, prod, tree["workload"], house.root)
    back = moved(house, prod, house.root, tree["workload"])
    house.wait(seconds=15)
    house.trace.clear()
    house.event(*((back, there) if back_comes_first else (there, back)))
    assert house.parent(prod) == tree["workload"]
    house.sweep(4)
    assert "MoveAccount" not in house.writes


def test_a_fix_by_on_call_is_left_although_the_event_of_the_mistake_was_lost(
    house: House, prod: str, tree: dict[str, str]
) -> None:
    moved(house, prod, tree["workload"], house.root)
    back = moved(house, prod, house.root, tree["workload"])
    house.event(back)
    house.sweep(3)
    assert house.parent(prod) == tree["workload"]
    assert (house.writes, house.pages) == ([], [])


def test_an_account_comes_back_to_where_it_belongs_whatever_its_last_source(
    house: House, prod: str, tree: dict[str, str]
) -> None:
    first = moved(house, prod, tree["workload"], house.root)
    second = moved(house, prod, house.root, tree["team"])
    house.event(second)
    assert house.parent(prod) == tree["workload"]
    house.event(first)
    assert house.parent(prod) == tree["workload"]


def test_an_account_that_moved_on_is_found_where_it_is(house: House, prod: str, tree: dict[str, str]) -> None:
    first = moved(house, prod, tree["workload"], house.root)
    moved(house, prod, house.root, tree["team"])
    house.event(first)
    assert house.parent(prod) == tree["workload"]


def test_an_old_event_does_not_undo_what_a_trusted_principal_did_since(
    house: House, prod: str, tree: dict[str, str]
) -> None:
    old = moved(house, prod, tree["workload"], house.root)
    house.event(old)
    house.event(moved(house, prod, tree["workload"], house.root, by=PIPELINE), old)
    assert house.parent(prod) == house.root
    house.event(moved(house, prod, house.root, tree["team"], by=PIPELINE), old)
    house.sweep(3)
    assert house.parent(prod) == tree["team"]


def test_a_move_that_iam_refused_says_nothing_of_where_an_account_belongs(
    house: House, tree: dict[str, str]
) -> None:
    house.rules = guardrail(protection(pin_accounts=frozenset({tree["prod"]})))
    parameters = {
        "accountId": tree["prod"],
        "sourceParentId": tree["team"],
        "destinationParentId": house.root,
    }
    record = house.record(attach(), eventName="MoveAccount", requestParameters=parameters)
    house.event(record | {"errorCode": "AccessDenied"})
    assert house.results == ["refused"]
    assert tree["prod"] not in house.ledger.placements()


# Moves whose event was lost


@pytest.mark.parametrize("to", ["root", "team", "sandbox"])
def test_a_lost_move_is_undone_by_the_second_sweep_that_sees_it(
    house: House, prod: str, tree: dict[str, str], to: str
) -> None:
    moved(house, prod, tree["workload"], tree.get(to, house.root))
    house.sweep()
    assert house.parent(prod) != tree["workload"]
    house.sweep()
    assert house.parent(prod) == tree["workload"]
    house.sweep(4)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_an_account_that_left_the_organization_is_forgotten(
    house: House, prod: str, tree: dict[str, str]
) -> None:
    del house.wire.organization.tree.accounts[prod]
    house.sweep(4)
    assert house.ledger.placements() == {}
    assert (house.pages, house.telemetry.metrics["SweepCompleted"]) == ([], 4)


def test_a_pinned_ou_keeps_its_accounts_and_takes_no_other(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(pin_accounts=frozenset({tree["workload"]})))
    house.first_contact(2)
    moved(house, tree["prod"], tree["workload"], house.root)
    moved(house, tree["audit"], house.root, tree["workload"])
    house.sweep(2)
    assert house.parent(tree["prod"]) == tree["workload"]
    # Nobody knows where the other one belongs: it is paged, once.
    assert house.parent(tree["audit"]) == tree["workload"]
    house.sweep(5)
    assert sorted(house.results) == ["undone", "watched"]


def test_out_of_a_pinned_ou_and_on_is_put_right_by_the_first_move(house: House, tree: dict[str, str]) -> None:
    house.rules = guardrail(protection(pin_accounts=frozenset({tree["team"]})))
    out = moved(house, tree["lab"], tree["team"], tree["workload"])
    on = moved(house, tree["lab"], tree["workload"], house.root)
    house.event(on, out)
    assert house.parent(tree["lab"]) == tree["team"]
    assert house.results == ["undone"]


def test_what_could_not_be_looked_up_is_a_gap(house: House, prod: str) -> None:
    house.refuse("ListParents")
    house.sweep()
    assert house.telemetry.metrics == {"SweepCompleted": 1, "SweepGaps": 1}
