"""One run of the watch, in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from rootguard.domain.watch import Belonging, WatchHint, WatchOrder
from rootguard.ports import OrganizationsError, OutboxError
from rootguard.watch.loop import watch
from tests.fakes.people import FakeTelemetry
from tests.given import NOW, POLICY, RCP, SCP

ROOT, FULL, RCP_FULL, OTHER = "r-exam", "p-FullAWSAccess", "p-RCPFullAWSAccess", "p-other000"


@dataclass
class World:
    """Root as it changes, and the guard as it is woken."""

    now: datetime = NOW
    on_root: dict[str, set[str]] = field(default_factory=lambda: {SCP: {FULL}, RCP: {RCP_FULL}})
    at: dict[float, Any] = field(default_factory=dict)
    looks: list[tuple[float, str]] = field(default_factory=list)
    woken: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    slow: float = 0.0
    failing: frozenset[int] = frozenset()
    deaf_until: float = 0.0

    @property
    def seconds(self) -> float:
        return (self.now - NOW).total_seconds()

    def attached(self, target_id: str, policy_type: str) -> dict[str, str]:
        assert target_id == ROOT
        for due in sorted(due for due in self.at if due <= self.seconds):
            self.at.pop(due)(self.on_root)
        self.looks.append((self.seconds, policy_type))
        self.now += timedelta(seconds=self.slow)
        if len(self.looks) - 1 in self.failing:
            raise OrganizationsError("ListPoliciesForTarget", "TooManyRequestsException", "slow down")
        return dict.fromkeys(self.on_root[policy_type], "name")

    def wake(self, hint: WatchHint) -> None:
        if self.seconds < self.deaf_until:
            raise OutboxError("Lambda does not answer")
        self.woken.append((self.seconds, hint.differs))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def run(self, seconds: float = 20, **changed: Any) -> dict[str, int]:
        belonging = (
            Belonging(SCP, frozenset({FULL}), frozenset({OTHER})),
            Belonging(RCP, frozenset({RCP_FULL}), frozenset({OTHER})),
        )
        order = WatchOrder(ROOT, changed.get("belonging", belonging), NOW + timedelta(seconds=seconds), 5)
        self.telemetry = FakeTelemetry()
        organizations: Any = self
        return watch(
            order,
            organizations=organizations,
            guard=self,
            telemetry=self.telemetry,
            clock=lambda: self.now,
            wait=self.wait,
        )


def attaches(policy_type: str, policy_id: str) -> Any:
    return lambda on_root: on_root[policy_type].add(policy_id)


def detaches(policy_type: str, policy_id: str) -> Any:
    return lambda on_root: on_root[policy_type].discard(policy_id)


def test_it_lists_scps_each_time_and_rcps_every_other_time_until_the_next_sweep() -> None:
    world = World()
    assert world.run() == {"looks": 6, "failed": 0}
    assert world.looks == [(0, SCP), (0, RCP), (5, SCP), (10, SCP), (10, RCP), (15, SCP)]
    assert world.woken == []


@pytest.mark.parametrize(("at", "seen"), [(0.1, 5), (4.9, 5), (5.0, 5), (5.1, 10)])
def test_a_policy_that_does_not_belong_there_is_told_within_one_tick(at: float, seen: float) -> None:
    world = World(at={at: attaches(SCP, POLICY)})
    world.run()
    assert world.woken == [(seen, (POLICY,))]


def test_an_rcp_is_told_within_two_ticks() -> None:
    world = World(at={0.1: attaches(RCP, POLICY)})
    world.run()
    assert world.woken == [(10, (POLICY,))]


def test_what_is_missing_is_told_too() -> None:
    world = World(at={1: detaches(SCP, FULL)})
    world.run()
    assert world.woken == [(5, (FULL,))]


def test_what_may_be_there_is_not_told_and_need_not_be_there() -> None:
    world = World(at={1: attaches(SCP, OTHER), 6: detaches(SCP, OTHER), 11: attaches(SCP, RCP_FULL)})
    world.run()
    assert world.woken == []


def test_what_stays_is_told_once_and_what_comes_back_again() -> None:
    world = World(
        at={1: attaches(SCP, POLICY), 12: detaches(SCP, POLICY), 17: attaches(SCP, POLICY)},
    )
    world.run(40)
    assert world.woken == [(5, (POLICY,)), (20, (POLICY,))]


def test_a_second_stranger_is_told_beside_the_first() -> None:
    world = World(at={1: attaches(SCP, POLICY), 6: attaches(SCP, "p-second00")})
    world.run()
    assert world.woken == [(5, (POLICY,)), (10, (POLICY, "p-second00"))]


def test_a_look_that_fails_costs_that_look() -> None:
    world = World(at={1: attaches(SCP, POLICY)}, failing=frozenset({2}))
    assert world.run() == {"looks": 6, "failed": 1}
    assert world.woken == [(10, (POLICY,))]
    assert world.telemetry.warnings == ["could not look at Root"]


def test_a_run_of_which_every_look_failed_fails() -> None:
    world = World(failing=frozenset(range(20)))
    with pytest.raises(OrganizationsError):
        world.run()


def test_slow_answers_leave_ticks_out_and_let_none_pile_up() -> None:
    world = World(slow=7)
    world.run(40)
    assert [at for at, policy_type in world.looks if policy_type == SCP] == [0, 15, 25]


def test_a_guard_that_takes_no_hint_gets_it_again_at_the_next_look() -> None:
    world = World(at={1: attaches(SCP, POLICY)}, deaf_until=8)
    assert world.run() == {"looks": 6, "failed": 1}
    assert world.woken == [(10, (POLICY,))]
    assert world.telemetry.warnings == ["could not wake the guard"]


def test_a_guard_that_takes_no_hint_in_the_end_fails_the_run() -> None:
    world = World(at={1: attaches(SCP, POLICY)}, deaf_until=99)
    with pytest.raises(OutboxError):
        world.run()
    assert len([policy_type for _, policy_type in world.looks if policy_type == SCP]) == 4


def test_a_run_that_begins_too_late_looks_at_nothing() -> None:
    world = World()
    assert world.run(0) == {"looks": 0, "failed": 0}


def test_an_order_comes_back_from_its_json() -> None:
    belonging = (Belonging(SCP, frozenset({FULL, POLICY}), frozenset()),)
    order = WatchOrder(ROOT, belonging, NOW, 5)
    assert WatchOrder.from_json(order.as_json()) == order
    hint = WatchHint((POLICY,), NOW)
    assert WatchHint.from_json(hint.as_json()) == hint
