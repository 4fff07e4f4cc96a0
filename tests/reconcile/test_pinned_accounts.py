"""Pinned accounts: where they come back to, whoever moved them, and in whichever order it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from rootguard.domain.facts import Place
from rootguard.domain.guardrail import Guardrail
from rootguard.incidents.incident import Result
from rootguard.ports import OrganizationsError
from tests.fakes.ledger import FakeLedger
from tests.given import (
    PIPELINE,
    by_role,
    guardrail,
    protection,
)
from tests.house import House, event
from tests.notify import words


@dataclass
class Pinned:
    """An account that is pinned, and who moves it where."""

    house: House
    account: str
    rules: Guardrail
    number: int = 0

    @property
    def parent(self) -> str:
        listed = self.house.wire.organization.call("ListParents", {"ChildId": self.account})
        return str(listed["Parents"][0]["Id"])

    def move(self, source: str, destination: str, **by: Any) -> dict[str, Any]:
        """Move it, a second after the last time, and return the event, to be delivered some time."""
        parameters = {"AccountId": self.account, "SourceParentId": source, "DestinationParentId": destination}
        self.house.wire.organization.call("MoveAccount", parameters)
        self.house.now += timedelta(seconds=1)
        self.number += 1
        told = {key[0].lower() + key[1:]: value for key, value in parameters.items()}
        at = f"{self.house.now:%Y-%m-%dT%H:%M:%SZ}"
        return event("MoveAccount", told, eventTime=at, eventID=f"move-{self.number}", **by)

    def deliver(self, *events: dict[str, Any]) -> None:
        for each in events:
            self.house.guard(self.rules).respond(each)


@pytest.fixture
def pinned(house: House, tree: dict[str, str]) -> Pinned:
    pins = protection(pin_accounts=frozenset({tree["prod"]}), trusted_principals=frozenset({PIPELINE}))
    return Pinned(house, tree["prod"], guardrail(pins))


@pytest.mark.parametrize("late", [False, True])
def test_who_puts_their_own_mistake_right_is_left_alone(
    pinned: Pinned, root: str, tree: dict[str, str], late: bool
) -> None:
    there = pinned.move(tree["workload"], root)
    if not late:
        pinned.deliver(there)
        assert pinned.parent == tree["workload"]
        return
    back = pinned.move(root, tree["workload"])
    for order in ((there, back), (back, there)):
        pinned.deliver(*order)
        assert pinned.parent == tree["workload"]


def test_an_account_comes_back_to_where_it_was_accepted_whatever_its_last_source(
    pinned: Pinned, root: str, tree: dict[str, str]
) -> None:
    moves = [pinned.move(tree["workload"], root), pinned.move(root, tree["team"])]
    pinned.deliver(moves[1])
    assert pinned.parent == root  # all that is known so far
    pinned.deliver(moves[0])
    assert pinned.parent == tree["workload"]


def test_an_account_that_moved_on_is_tried_again_and_comes_back_by_its_next_event(
    pinned: Pinned, root: str, tree: dict[str, str]
) -> None:
    first, second = pinned.move(tree["workload"], root), pinned.move(root, tree["team"])
    # Someone trusted may have moved it on: whose event is on its way.
    with pytest.raises(OrganizationsError, match="SourceParentNotFoundException"):
        pinned.deliver(first)
    pinned.deliver(second, first)
    assert pinned.parent == tree["workload"]
    told = words.body(pinned.house.pager.pages[1])
    assert f"back to {tree['workload']}." in told


def test_an_old_event_does_not_undo_what_a_trusted_principal_did_since(
    pinned: Pinned, root: str, tree: dict[str, str]
) -> None:
    old = pinned.move(tree["workload"], root)
    pinned.deliver(old)
    pinned.deliver(pinned.move(tree["workload"], root, userIdentity=by_role()))
    pinned.deliver(old)
    assert pinned.parent == root
    pinned.deliver(pinned.move(root, tree["team"], userIdentity=by_role()))
    pinned.deliver(old)
    assert pinned.parent == tree["team"]


def test_what_the_ledger_keeps_of_a_move_does_not_delay_the_move_back(
    pinned: Pinned, root: str, tree: dict[str, str]
) -> None:
    calls_before: list[list[str]] = []

    class Noting(FakeLedger):
        def placed(self, account_id: str, place: Place) -> None:
            calls_before.append(list(pinned.house.wire.calls))
            super().placed(account_id, place)

    pinned.house.ledger = Noting()
    moved = pinned.move(tree["workload"], root)
    pinned.house.wire.calls.clear()
    pinned.deliver(moved)
    assert calls_before == [["MoveAccount"]]


def test_a_move_that_iam_refused_says_nothing_of_where_an_account_belongs(
    pinned: Pinned, root: str, tree: dict[str, str]
) -> None:
    parameters = {
        "accountId": pinned.account,
        "sourceParentId": tree["workload"],
        "destinationParentId": root,
    }
    pinned.deliver(event("MoveAccount", parameters, errorCode="AccessDenied"))
    assert pinned.house.ledger.place(pinned.account) is None
    assert len(pinned.house.pager.pages) == 1


@pytest.mark.parametrize("first_comes_first", [True, False])
def test_an_account_comes_back_to_its_pinned_ou_although_it_went_on_before_anyone_was_told(
    house: House, root: str, tree: dict[str, str], first_comes_first: bool
) -> None:
    """Out of the pinned OU, and then to where no pin is: the second move alone is nobody's business."""
    rules = guardrail(protection(pin_accounts=frozenset({tree["team"]})))
    pinned = Pinned(house, tree["lab"], rules)
    out, on = pinned.move(tree["team"], tree["workload"]), pinned.move(tree["workload"], root)
    house.now += timedelta(seconds=20)
    if first_comes_first:
        with pytest.raises(OrganizationsError, match="SourceParentNotFoundException"):
            pinned.deliver(out)
    pinned.deliver(on, out)
    assert pinned.parent == tree["team"]
    assert house.pager.pages[-1].result is Result.UNDONE
    # And from then on it belongs there, whatever comes again or goes wrong.
    house.now += timedelta(minutes=1)
    pinned.deliver(on, out)
    pinned.deliver(pinned.move(tree["team"], root))
    assert pinned.parent == tree["team"]
