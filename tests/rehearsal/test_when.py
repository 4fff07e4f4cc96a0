"""When a rehearsal begins: weekly, and not in a blocked window or beside an incident."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rootguard.domain.baseline import Acceptance, Approval
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.fights import Fight
from rootguard.domain.guardrail import Mode
from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.incidents.incident import Result
from rootguard.rehearsal.calendar import Calendar
from rootguard.rehearsal.record import Outcome, Record
from rootguard.rehearsal.rehearsal import RefusedError
from rootguard.rehearsal.request import Request, read_request
from tests.rehearsal.conftest import OTHER, OU, SCP, START, World

DAY = timedelta(days=1)


def ended(outcome: Outcome, at: datetime) -> Record:
    return Record("r-0", at, outcome=outcome, ended=at + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("last", "begins"),
    [
        (None, True),
        (ended(Outcome.SUCCEEDED, START - 6 * DAY), False),
        (ended(Outcome.SUCCEEDED, START - 7 * DAY + timedelta(seconds=30)), True),  # a schedule is not exact
        (ended(Outcome.FAILED, START - DAY), True),
        (ended(Outcome.INTERRUPTED, START - DAY), True),
        (Record("r-0", START - DAY), True),  # it was cut off, and nobody tried again
        (Record("r-0", START - timedelta(minutes=19)), False),  # it may go on still
    ],
)
def test_the_schedule_begins_one_a_week_and_the_next_day_if_one_did_not_succeed(
    world: World, last: Record | None, begins: bool
) -> None:
    world.kept = last
    world.then = {20: world.guard_detaches}
    if begins:
        assert world.rehearse().outcome is Outcome.SUCCEEDED
    else:
        with pytest.raises(RefusedError):
            world.rehearse()
        assert (world.calls, world.kept) == ([], last)


def test_a_person_need_not_wait_for_a_week(world: World) -> None:
    world.then = {20: world.guard_detaches}
    world.kept = ended(Outcome.SUCCEEDED, START - timedelta(minutes=2))
    assert world.rehearse(scheduled=False).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("fight", "begins"),
    [
        (Fight(tuple(START - timedelta(minutes=each) for each in (9, 6, 3))), True),
        (Fight(tuple(START - timedelta(minutes=each) for each in (9, 7, 6, 3))), False),
        (Fight(tuple(START - timedelta(minutes=each) for each in (11, 7, 6, 3))), True),
        (Fight(round=1, stopped_at=START - timedelta(minutes=1)), False),
        (Fight(round=1, stopped_at=START - timedelta(minutes=21)), True),
    ],
)
def test_a_rehearsal_never_makes_a_fight(world: World, fight: Fight, begins: bool) -> None:
    subject = Drift(ChangeKind.ATTACHED, START, SCP, OU).subject
    world.fights[subject.key] = fight
    world.then = {20: world.guard_detaches}
    if begins:
        assert world.rehearse(scheduled=False).outcome is Outcome.SUCCEEDED
    else:
        with pytest.raises(RefusedError, match="fight"):
            world.rehearse(scheduled=False)
        assert world.calls == []


@pytest.mark.parametrize(
    ("windows", "dates", "blocked"),
    [
        (("Thu:09:00-Thu:10:01",), (), "Thu:09:00-Thu:10:01"),
        (("Thu:09:00-Thu:10:00",), (), ""),  # its end is not blocked
        (("Thu:10:00-Thu:24:00",), (), "Thu:10:00-Thu:24:00"),
        (("Fri:09:00-Fri:11:00", "Wed:00:00-Wed:24:00"), (), ""),
        ((), ("2026-11-26",), "2026-11-26"),
        ((), ("2026-11-25", "2026-11-27"), ""),
    ],
)
def test_blocked_windows_and_dates(
    world: World, windows: tuple[str, ...], dates: tuple[str, ...], blocked: str
) -> None:
    world.calendar = Calendar(windows, dates)
    world.then = {20: world.guard_detaches}
    if not blocked:
        assert world.rehearse().outcome is Outcome.SUCCEEDED
        return
    for scheduled in (True, False):
        with pytest.raises(RefusedError, match=blocked):
            world.rehearse(scheduled=scheduled)
    assert world.calls == []
    assert world.rehearse(scheduled=False, anyway=True).outcome is Outcome.SUCCEEDED


def test_none_begins_beside_an_open_incident_whoever_asks(world: World) -> None:
    world.happened(OTHER, Result.NOT_UNDONE)
    for anyway in (True, False):
        with pytest.raises(RefusedError, match=r"incident i-[0-9a-f]{12} is open"):
            world.rehearse(scheduled=False, anyway=anyway)
    assert world.calls == []


def test_none_begins_while_someone_elses_attachment_of_the_same_scp_is_open(world: World) -> None:
    # Its page says who did it, and the rehearsal would be one more who does it again: that wakes people.
    world.happened(Drift(ChangeKind.ATTACHED, START, SCP, OU), rehearsal=False)
    with pytest.raises(RefusedError, match=r"incident i-[0-9a-f]{12} is open"):
        world.rehearse(scheduled=False)
    assert world.calls == []


def test_none_begins_if_the_scp_is_accepted_there_since_the_guard_would_put_it_back(world: World) -> None:
    world.accepted = {SCP: Acceptance(True, SERVICE_CONTROL_POLICY, START, Approval.ADOPTED)}
    with pytest.raises(RefusedError, match="is accepted on the rehearsal OU"):
        world.rehearse(scheduled=False)
    assert world.calls == []
    world.accepted = {SCP: Acceptance(False, SERVICE_CONTROL_POLICY, START, Approval.ADOPTED)}
    world.then = {20: world.guard_detaches}
    assert world.rehearse(scheduled=False).outcome is Outcome.SUCCEEDED


def test_none_begins_before_the_first_sweep_since_the_scp_would_be_accepted(world: World) -> None:
    world.types = frozenset({"RESOURCE_CONTROL_POLICY"})
    with pytest.raises(RefusedError, match="No sweep has seen"):
        world.rehearse()
    assert world.calls == []


def test_none_begins_if_the_guard_only_observes(world: World) -> None:
    world.mode = Mode.OBSERVE
    with pytest.raises(RefusedError, match="mode: observe"):
        world.rehearse()
    assert world.calls == []


@pytest.mark.parametrize(
    ("days", "adopted", "overdue"),
    [(14, 100, False), (16, 100, True), (None, 14, False), (None, 16, True), (None, None, False)],
)
def test_it_is_counted_if_something_was_in_the_way_for_long(
    world: World, days: int | None, adopted: int | None, overdue: bool
) -> None:
    success = None if days is None else START - days * DAY
    world.kept = Record("r-0", START - DAY, success=success, outcome=Outcome.INTERRUPTED, ended=START - DAY)
    if adopted is not None:
        world.adopted_since(START - adopted * DAY)
    world.happened(OTHER, Result.NOT_UNDONE)
    with pytest.raises(RefusedError):
        world.rehearse()
    assert world.metrics == ([("RehearsalOverdue", 1)] if overdue else [])


def test_one_that_is_interrupted_each_day_is_counted_too(world: World) -> None:
    world.kept = ended(Outcome.SUCCEEDED, START - 16 * DAY)
    world.then = {10: lambda: world.happened(OTHER)}
    record = world.rehearse()
    assert (record.outcome, record.last_success) == (Outcome.INTERRUPTED, START - 16 * DAY)
    assert world.metrics == [("RehearsalOverdue", 1)]


def test_if_the_guard_only_observes_none_is_overdue(world: World) -> None:
    world.mode = Mode.OBSERVE
    world.adopted_since(START - 100 * DAY)
    with pytest.raises(RefusedError):
        world.rehearse()
    assert world.metrics == []


def test_what_asks_for_one() -> None:
    assert read_request({"scheduled": True}) == Request(scheduled=True)
    assert read_request({"scheduled": False, "anyway": True}) == Request(scheduled=False, anyway=True)


@pytest.mark.parametrize(
    "payload",
    [None, [], "x", {}, {"anyway": True}, {"scheduled": "yes"}, {"scheduled": True, "policy_id": "p-1"}],
)
def test_anything_else_attaches_nothing(payload: object) -> None:
    with pytest.raises(RefusedError, match="rootguard rehearse"):
        read_request(payload)
