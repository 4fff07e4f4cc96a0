"""What a sweep tells: what nobody was paged of, what is over, and who did what it undid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from rootguard.incidents.incident import Result
from rootguard.ports import PagerError
from tests.fakes.wire import standing
from tests.given import (
    DENY_ALL,
    DENY_EC2,
    PIPELINE,
    attach,
    by_role,
    guardrail,
    protection,
)
from tests.house import House, accepted_on, event, refused, sweep
from tests.notify import words


def test_an_incident_is_closed_when_it_is_clean_and_quiet(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    sweep(house)
    assert len(house.ledger.open_incidents()) == 1
    # The event comes once more, late: still the same episode.
    house.guard(guardrail()).respond(attach(root, policy_id))
    assert len(house.pager.pages) == 1
    sweep(house, minutes=3)
    assert house.ledger.open_incidents() == {}
    assert house.pager.closed == [(house.pager.pages[0].id, house.now)]
    # Another episode is paged anew.
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.guard(guardrail()).respond(
        attach(root, policy_id, eventID="another", eventTime="2023-04-25T00:40:00Z")
    )
    assert len(house.pager.pages) == 2


def refused_everywhere(house: House) -> None:
    house.pager.refusal = PagerError("SNS is away")


def test_what_a_sweep_undid_and_could_not_page_is_paged_by_the_next(house: House, root: str) -> None:
    sweep(house)
    house.attached(root, content=DENY_ALL)
    refused_everywhere(house)
    with pytest.raises(PagerError):
        sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    # For however long: nothing is closed before someone was told.
    for _ in range(5):
        with pytest.raises(PagerError):
            sweep(house)
    assert len(house.ledger.open_incidents()) == 1
    house.pager.refusal = None
    sweep(house)
    (late,) = house.pager.late
    assert (late["result"], late["policy"]["content"]) == ("undone", DENY_ALL)
    sweep(house, minutes=4)
    assert house.ledger.open_incidents() == {}
    assert (house.pager.pages, len(house.pager.late), len(house.pager.closed)) == ([], 1, 1)


def test_an_event_whose_page_was_refused_three_times_is_paged_by_a_sweep(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    refused_everywhere(house)
    for _ in range(3):
        with pytest.raises(PagerError):
            house.guard(guardrail()).respond(attach(root, policy_id))
        house.now += timedelta(minutes=1)
    house.pager.refusal = None
    sweep(house, minutes=10)
    sweep(house)
    assert [late["incident_id"] for late in house.pager.late] == [attach()["eventID"]]
    assert [incident.was_paged for incident in house.ledger.incidents()] == [True]


def test_a_page_under_way_is_not_doubled_and_what_it_is_of_not_closed(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    refused_everywhere(house)
    with pytest.raises(PagerError):
        house.guard(guardrail()).respond(attach(root, policy_id))
    house.pager.refusal = None
    (key,) = house.ledger.open_incidents()
    house.now += timedelta(minutes=5)
    assert house.ledger.claim(key, house.now)
    sweep(house, minutes=0)
    assert (house.pager.late, list(house.ledger.open_incidents())) == ([], [key])
    sweep(house)
    assert len(house.pager.late) == 1


def test_one_page_that_is_refused_keeps_no_other_from_going_out(house: House, root: str) -> None:
    sweep(house)
    policies = [house.attached(root, name=f"Policy {number}") for number in range(2)]
    refused_everywhere(house)
    for number, policy_id in enumerate(policies):
        with pytest.raises(PagerError):
            house.guard(guardrail()).respond(attach(root, policy_id, eventID=f"event-{number}"))
    house.pager.refusal = None
    house.pager.page_late = refuse_the_first(house)  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="not this one"):
        sweep(house)
    assert len(house.pager.late) == 1


def refuse_the_first(house: House) -> Callable[[Mapping[str, Any]], None]:
    asked: list[object] = []

    def page_late(record: Mapping[str, Any]) -> None:
        asked.append(record)
        if len(asked) == 1:
            raise PagerError("not this one")
        house.pager.late.append(record)

    return page_late


def test_what_is_told_as_over_stays_open_until_it_could_be_told(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    house.pager.close = refused  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="no closing"):
        sweep(house, minutes=4)
    assert len(house.ledger.open_incidents()) == 1
    del house.pager.close
    sweep(house)
    sweep(house)
    assert (len(house.pager.closed), house.ledger.open_incidents()) == (1, {})


def test_what_was_seen_again_since_is_not_told_as_over(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    (key,) = house.ledger.open_incidents()
    # As by an event that comes while the sweep looks, or a forged one of tomorrow.
    house.ledger.open_incident(key, {}, house.now + timedelta(minutes=30))
    sweep(house, minutes=4)
    sweep(house)
    assert (house.pager.closed, list(house.ledger.open_incidents())) == ([], [key])
    sweep(house, minutes=30)
    assert (len(house.pager.closed), house.ledger.open_incidents()) == (1, {})
    assert (len(house.pager.pages), house.pager.late) == (1, [])


def test_an_incident_of_what_no_sweep_looks_at_is_closed_by_time(
    house: House, root: str, tree: dict[str, str]
) -> None:
    pinned = guardrail(protection(pin_accounts=frozenset({tree["prod"]})))
    sweep(house, pinned)
    move = {
        "accountId": tree["prod"],
        "sourceParentId": tree["workload"],
        "destinationParentId": tree["team"],
    }
    for number in range(2):
        names = {key[:1].upper() + key[1:]: value for key, value in move.items()}
        house.wire.organization.call("MoveAccount", names)
        at = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
        house.guard(pinned).respond(
            attach()
            | {"eventName": "MoveAccount", "requestParameters": move}
            | {"eventTime": at, "eventID": f"move-{number}"}
        )
        sweep(house, pinned, minutes=4)
        assert house.ledger.open_incidents() == {}
    assert len(house.pager.pages) == 2


def test_a_baseline_policy_that_was_deleted_is_given_up(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    sweep(house)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.wire.organization.call("DeletePolicy", {"PolicyId": policy_id})
    for _ in range(3):
        sweep(house)
    assert policy_id not in (house.ledger.baseline(root) or {})
    assert house.telemetry.metrics["SweepCompleted"] == 4


def test_a_detach_of_what_was_never_accepted_is_closed(house: House, root: str) -> None:
    policy_id = house.attached(root, content=DENY_EC2)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.guard(guardrail()).respond(event("DetachPolicy", {"policyId": policy_id, "targetId": root}))
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    sweep(house)
    sweep(house, minutes=4)
    assert house.ledger.open_incidents() == {}


# Who did it, where the sweep was faster than the event


def late_event(house: House, root: str, policy_id: str, attached_at: datetime) -> None:
    at = f"{attached_at:%Y-%m-%dT%H:%M:%SZ}"
    house.guard(guardrail()).respond(attach(root, policy_id, userIdentity=by_role(), eventTime=at))


def test_who_did_what_a_sweep_undid_is_paged_once_when_its_event_comes(house: House, root: str) -> None:
    sweep(house)
    attached_at, policy_id = house.now, house.attached(root)
    sweep(house)
    (unseen,) = house.pager.pages
    assert unseen.reach.accounts == 0  # the management account is no member
    house.now += timedelta(seconds=20)
    for _ in range(2):
        late_event(house, root, policy_id, attached_at)
    assert len(house.pager.pages) == 2
    named = house.pager.pages[1]
    assert named.change.actor.arn == PIPELINE
    # One incident, for those who are paged by its id: and now it is known how long it stood.
    assert (named.id, named.result) == (unseen.id, Result.UNDONE)
    assert named.exposure == timedelta(minutes=1)
    assert named.change.event_id in words.body(named)
    assert unseen.id not in words.body(named)
    for _ in range(5):
        sweep(house)
    assert [incident_id for incident_id, _ in house.pager.closed] == [unseen.id]


def test_who_did_it_is_paged_by_the_retry_where_the_page_failed(house: House, root: str) -> None:
    sweep(house)
    attached_at, policy_id = house.now, house.attached(root)
    sweep(house)
    house.now += timedelta(seconds=20)
    house.pager.refusal = PagerError("KMS says no")
    with pytest.raises(PagerError, match="KMS"):
        late_event(house, root, policy_id, attached_at)
    house.pager.refusal = None
    house.now += timedelta(minutes=1)
    late_event(house, root, policy_id, attached_at)
    unseen, named = house.pager.pages
    assert (named.change.actor.arn, named.id) == (PIPELINE, unseen.id)


@pytest.mark.parametrize("way", ["trusted", "allow-listed"])
def test_an_incident_is_closed_when_what_was_undone_is_approved_of_at_last(
    house: House, root: str, way: str
) -> None:
    accepted_on(house, root)
    policy_id = house.attached(root, content=DENY_EC2)
    house.guard(guardrail()).respond(attach(root, policy_id))
    rules = guardrail(
        protection(trusted_principals=frozenset({PIPELINE}))
        if way == "trusted"
        else protection(allow=frozenset({policy_id}))
    )
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    house.now += timedelta(minutes=1)
    again = attach(root, policy_id, eventID="again", eventTime=f"{house.now:%Y-%m-%dT%H:%M:%SZ}")
    house.guard(rules).respond(again | {"userIdentity": by_role()})
    for _ in range(5):
        sweep(house, rules)
    assert policy_id in standing(house.wire, root)
    assert (house.ledger.open_incidents(), len(house.pager.closed)) == ({}, 1)
