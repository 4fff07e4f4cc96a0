"""Fights: other automation that makes the same change again and again, and a lockout that is no fight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rootguard.domain.hindrances import FIGHT_LIMIT
from rootguard.domain.verdict import Hindrance
from tests.fakes.wire import create, standing
from tests.given import (
    DENY_EC2,
    NOW,
    attach,
    by_role,
    guardrail,
)
from tests.house import House
from tests.notify import words


def attached_again(house: House, root: str, policy_id: str, number: int) -> dict[str, Any]:
    house.now = NOW + timedelta(seconds=30 * number)
    if policy_id not in standing(house.wire, root):
        house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    at = f"{house.now:%Y-%m-%dT%H:%M:%SZ}"
    return attach(root, policy_id, eventID=f"event-{number}", eventTime=at, userIdentity=by_role())


def test_a_fight_ends_after_a_bound_and_says_so_once(house: House, root: str) -> None:
    policy_id = create(house.wire, content=DENY_EC2)
    guard = house.guard(guardrail())
    for number in range(9):
        guard.respond(attached_again(house, root, policy_id, number))
    assert house.writes.count("DetachPolicy") == FIGHT_LIMIT
    assert policy_id in standing(house.wire, root)
    fights = [page for page in house.pager.pages if page.verdict.hindrance is Hindrance.FIGHT]
    assert len(fights) == 1
    assert house.telemetry.metrics["Fights"] == 9 - FIGHT_LIMIT
    assert "Rootguard is fighting with role " in words.body(fights[0])
    # When the window is empty, it tries again.
    guard.respond(attached_again(house, root, policy_id, 60))
    assert policy_id not in standing(house.wire, root)


def test_a_fight_is_over_only_when_ten_minutes_went_by_without_a_revert(house: House, root: str) -> None:
    policy_id = create(house.wire, content=DENY_EC2)
    guard = house.guard(guardrail())
    undone = []
    for number in range(60):
        guard.respond(attached_again(house, root, policy_id, number))
        undone.append(policy_id not in standing(house.wire, root))
    # Every half minute for half an hour: five undone, ten minutes left alone, five undone …
    assert undone == ([True] * 5 + [False] * 19) * 2 + [True] * 5 + [False] * 7


def test_a_lockout_on_root_is_undone_each_time(house: House, root: str) -> None:
    policy_id = create(house.wire)
    guard = house.guard(guardrail())
    for number in range(9):
        guard.respond(attached_again(house, root, policy_id, number))
        assert policy_id not in standing(house.wire, root)
