"""Isolation's calls to Organizations: what each answer and each error comes to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError

from drill.api_error import ApiError
from rootguard.aws.calls import connect
from rootguard.aws.quarantine import Quarantine
from rootguard.isolation.ports import MovedError
from rootguard.isolation.records import TAG, Tag
from rootguard.ports import OrganizationsError, TargetGoneError
from tests.fakes.wire import Wire, account, unit

VALUE = Tag("ou-exam-12345678", datetime(2026, 11, 27, 9, tzinfo=UTC), "request-1")


@pytest.fixture
def quarantine(wire: Wire) -> Quarantine:
    client = connect()
    wire.plug(client)
    return Quarantine(client, lambda: 60.0)


def parent(wire: Wire, account_id: str) -> str:
    return wire.organization.tree.parent_of(account_id)


def test_an_account_is_read_with_its_place_and_its_tag(quarantine: Quarantine, tree: dict[str, str]) -> None:
    quarantine.tag(tree["prod"], VALUE.text)
    found = quarantine.account(tree["prod"])
    assert found is not None
    assert (found.name, found.email, found.state) == ("prod", "prod@example.com", "ACTIVE")
    assert (found.parent_id, found.tag, found.has_tag) == (tree["workload"], VALUE, True)
    quarantine.untag(tree["prod"])
    quarantine.untag(tree["prod"])
    found = quarantine.account(tree["prod"])
    assert found is not None
    assert (found.tag, found.has_tag) == (None, False)


def test_a_tag_that_somebody_else_wrote_is_there_and_says_nothing(
    quarantine: Quarantine, wire: Wire, tree: dict[str, str]
) -> None:
    tags = [{"Key": TAG, "Value": "yes"}, {"Key": "team", "Value": "finance"}]
    wire.organization.call("TagResource", {"ResourceId": tree["prod"], "Tags": tags})
    found = quarantine.account(tree["prod"])
    assert found is not None
    assert (found.tag, found.has_tag) == (None, True)


def test_what_does_not_exist_is_none(quarantine: Quarantine, root: str) -> None:
    assert quarantine.account("210987654321") is None
    assert quarantine.place_name("ou-exam-12345678") is None
    assert quarantine.place_name(root) == "Root"


def test_listings_are_read_to_their_end(quarantine: Quarantine, wire: Wire, root: str) -> None:
    place = unit(wire, root, "Full")
    accounts = [account(wire, f"a{number}", place) for number in range(25)]
    assert quarantine.accounts_in(place) == tuple(sorted(accounts))
    for each in accounts:
        service = {"AccountId": each, "ServicePrincipal": "config.amazonaws.com"}
        wire.organization.call("RegisterDelegatedAdministrator", service)
    assert quarantine.administrators() == set(accounts)


@pytest.mark.parametrize("code", ["ConcurrentModificationException", "TooManyRequestsException"])
def test_a_busy_organization_is_asked_again(
    quarantine: Quarantine, wire: Wire, tree: dict[str, str], code: str
) -> None:
    wire.fail("MoveAccount", ApiError(code, "busy"), times=3)
    quarantine.move(tree["prod"], tree["workload"], tree["team"])
    assert parent(wire, tree["prod"]) == tree["team"]


def test_a_move_whose_answer_was_lost_is_done(
    quarantine: Quarantine, wire: Wire, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = wire.organization.call

    def call(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = real(operation, parameters)
        if operation == "MoveAccount" and wire.calls.count(operation) == 1:
            raise ConnectionClosedError(endpoint_url="https://organizations")
        return answer

    monkeypatch.setattr(wire.organization, "call", call)
    quarantine.move(tree["prod"], tree["workload"], tree["team"])
    assert wire.calls.count("MoveAccount") == 2
    assert parent(wire, tree["prod"]) == tree["team"]


def test_one_that_is_there_already_is_fine(quarantine: Quarantine, wire: Wire, tree: dict[str, str]) -> None:
    quarantine.move(tree["prod"], tree["team"], tree["workload"])
    assert parent(wire, tree["prod"]) == tree["workload"]


def test_one_that_is_elsewhere_is_left_there(
    quarantine: Quarantine, wire: Wire, tree: dict[str, str]
) -> None:
    with pytest.raises(MovedError, match=tree["workload"]):
        quarantine.move(tree["prod"], tree["team"], wire.organization.tree.root_id)
    assert parent(wire, tree["prod"]) == tree["workload"]


def test_a_move_into_nowhere_says_so(quarantine: Quarantine, tree: dict[str, str]) -> None:
    with pytest.raises(TargetGoneError, match="DestinationParentNotFoundException"):
        quarantine.move(tree["prod"], tree["workload"], "ou-exam-12345678")


@pytest.mark.parametrize(
    "fault", [ApiError("AccessDeniedException", "no"), HTTPClientError(error="the wire is cut")]
)
@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "MoveAccount"])
def test_what_a_write_is_refused_with_is_said(
    quarantine: Quarantine, wire: Wire, tree: dict[str, str], operation: str, fault: Any
) -> None:
    wire.fail(operation, fault, times=9)
    write = {
        "TagResource": lambda: quarantine.tag(tree["prod"], VALUE.text),
        "UntagResource": lambda: quarantine.untag(tree["prod"]),
        "MoveAccount": lambda: quarantine.move(tree["prod"], tree["workload"], tree["team"]),
    }[operation]
    with pytest.raises(OrganizationsError, match=operation):
        write()
