"""A rehearsal from its start to its end, and what is left behind: nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rootguard.domain.drift import Actor, Change, ChangeKind, Drift
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import About, Stage
from rootguard.ports import LedgerError, OrganizationsError
from rootguard.rehearsal.record import Outcome, Record
from rootguard.rehearsal.rehearsal import RefusedError
from tests.rehearsal.conftest import OTHER, OU, SCP, START, World, denied, of_event


class CutOffError(BaseException):
    """Lambda ends the function."""


def cut_off() -> None:
    raise CutOffError


def test_it_succeeds_if_the_guard_detaches_in_time(world: World) -> None:
    world.then = {23: world.guard_detaches}
    record = world.rehearse()
    assert (record.outcome, record.seconds, record.why) == (Outcome.SUCCEEDED, 24.0, "")
    assert world.kept == record
    assert world.calls == [f"attach {SCP} {OU}"]
    assert world.metrics == [("RehearsalSecondsToDetach", 24.0)]
    assert world.notices == []  # the guard tells of it


def test_it_fails_if_the_guard_is_late_and_cleans_up_and_wakes_people(world: World) -> None:
    world.then = {400: world.guard_detaches}
    record = world.rehearse()
    assert record.outcome is Outcome.FAILED
    assert record.why == "The guard did not detach the SCP within 300 seconds."
    assert world.calls == [f"attach {SCP} {OU}", f"detach {SCP} {OU}"]
    assert not world.attached_to
    assert world.metrics == [("RehearsalFailed", 1)]
    (notice,) = world.notices
    assert (notice.about, notice.stage) == (About.REHEARSAL, Stage.FOUND)
    assert notice.data["outcome"] == "FAILED"


def test_a_detach_that_failed_at_first_counts_once_it_is_done(world: World) -> None:
    attached = replace(of_event(START), policy_id=SCP, target_id=OU)
    world.then = {
        20: lambda: world.happened(attached, Result.NOT_UNDONE),
        80: world.guard_detaches,
    }
    assert world.rehearse().outcome is Outcome.SUCCEEDED


def test_it_fails_if_only_a_sweep_detached_it_and_no_event_came(world: World) -> None:
    world.then = {110: world.sweep_detaches}
    record = world.rehearse()
    assert (record.outcome, record.seconds) == (Outcome.FAILED, 110.0)
    assert record.why == (
        "Its event did not come within 300 seconds. Without it, the guard detached the SCP after 110 seconds."
    )
    assert ("RehearsalFailed", 1) in world.metrics
    (notice,) = world.notices
    assert (notice.about, notice.stage) == (About.REHEARSAL, Stage.FOUND)


def test_an_event_that_comes_after_a_sweep_but_in_time_is_enough(world: World) -> None:
    world.then = {110: world.sweep_detaches, 150: lambda: world.guard_detaches(Result.ALREADY_UNDONE)}
    record = world.rehearse()
    assert (record.outcome, record.seconds) == (Outcome.SUCCEEDED, 110.0)
    assert record.ended == START + timedelta(seconds=150)


def test_the_late_event_of_an_earlier_rehearsal_does_not_pass_for_its_own(world: World) -> None:
    world.then = {10: lambda: world.guard_detaches(at=START - timedelta(minutes=6))}
    assert world.rehearse().outcome is Outcome.FAILED
    world = World(then={10: lambda: world.guard_detaches(at=START - timedelta(minutes=6))})
    world.then[40] = lambda: world.guard_detaches(Result.ALREADY_UNDONE)
    record = world.rehearse()
    assert (record.outcome, record.ended) == (Outcome.SUCCEEDED, START + timedelta(seconds=40))


def test_a_retry_does_not_take_a_late_detach_for_one_in_time(world: World) -> None:
    world.kept = Record("r-1", START)
    world.now = START + timedelta(seconds=400)
    world.guard_detaches()
    record = world.rehearse()
    assert (record.outcome, record.seconds) == (Outcome.FAILED, 400.0)
    assert record.why == "The guard detached the SCP only after 400 seconds."


def test_nobody_knows_if_someone_else_detached_it(world: World) -> None:
    world.then = {
        10: world.attached_to.clear,
        30: lambda: world.guard_detaches(Result.ALREADY_UNDONE),
    }
    assert world.rehearse().outcome is Outcome.INTERRUPTED
    (notice,) = world.notices
    assert notice.stage is Stage.REHEARSED  # nobody is woken


def test_nobody_knows_if_someone_else_had_attached_it(world: World) -> None:
    mallory = Actor("IAMUser", "arn:aws:iam::111122223333:user/mallory")
    change = Change("their event", "111122223333", None, mallory)
    theirs = Drift(ChangeKind.ATTACHED, START - timedelta(seconds=15), SCP, OU, change=change)
    world.attached_to.add((SCP, OU))

    def guard_detaches() -> None:
        world.attached_to.clear()
        world.happened(theirs, rehearsal=False)

    world.then = {15: guard_detaches}
    record = world.rehearse()
    assert (record.outcome, record.ended) == (Outcome.INTERRUPTED, START + timedelta(seconds=16))
    assert record.why == "Someone else had attached the SCP already: the guard detached theirs."


def test_nobody_knows_if_it_is_gone_without_a_record(world: World) -> None:
    world.then = {10: world.attached_to.clear}
    record = world.rehearse()
    assert record.outcome is Outcome.INTERRUPTED
    assert record.why == "The SCP was detached, and the guard has no record of doing it."


def test_a_real_incident_ends_it_at_once(world: World) -> None:
    world.then = {10: lambda: world.happened(OTHER)}
    record = world.rehearse()
    assert record.outcome is Outcome.INTERRUPTED
    assert record.ended == START + timedelta(seconds=10)
    assert "was opened meanwhile" in record.why
    assert not world.attached_to


def test_it_fails_if_the_guard_only_says_that_it_detached(world: World) -> None:
    attached = replace(of_event(START), policy_id=SCP, target_id=OU)
    world.then = {10: lambda: world.happened(attached)}
    assert world.rehearse().outcome is Outcome.FAILED
    assert not world.attached_to


def test_a_ledger_that_is_silent_for_a_while_ends_nothing(world: World) -> None:
    def down() -> None:
        world.is_ledger_down = True

    def up() -> None:
        world.is_ledger_down = False

    world.then = {4: down, 20: world.guard_detaches, 40: up}
    assert world.rehearse().outcome is Outcome.SUCCEEDED


def test_if_the_ledger_stays_silent_it_cleans_up_and_fails_loudly(world: World) -> None:
    def down() -> None:
        world.is_ledger_down = True

    world.then = {4: down}
    with pytest.raises(LedgerError):
        world.rehearse()
    assert not world.attached_to


@pytest.mark.parametrize("is_attached", [True, False])
def test_a_refused_attach_leaves_nothing_behind_and_is_raised(world: World, is_attached: bool) -> None:
    def fail() -> None:
        if not is_attached:
            world.attached_to.clear()
        denied()

    world.attach_fails = fail
    with pytest.raises(OrganizationsError):
        world.rehearse()
    assert not world.attached_to
    assert world.kept is not None
    assert world.kept.outcome is Outcome.INTERRUPTED
    assert "AccessDeniedException" in world.kept.why


def test_a_retry_of_what_was_cut_off_goes_on(world: World) -> None:
    world.then = {10: cut_off}
    with pytest.raises(CutOffError):
        world.rehearse()
    world.attached_to.add((SCP, OU))  # it was not even cleaned up
    world.then = {90: world.guard_detaches}
    world.now = START + timedelta(seconds=60)
    record = world.rehearse()
    assert (record.outcome, record.seconds) == (Outcome.SUCCEEDED, 90.0)
    assert world.calls.count(f"attach {SCP} {OU}") == 1


def test_a_retry_attaches_if_the_first_attempt_could_not(world: World) -> None:
    world.kept = Record("r-1", START)
    world.now = START + timedelta(seconds=60)
    world.then = {80: world.guard_detaches}
    record = world.rehearse()
    assert (record.outcome, record.seconds) == (Outcome.SUCCEEDED, 20.0)


def test_what_the_guard_undid_meanwhile_counts_for_a_retry(world: World) -> None:
    world.kept = Record("r-1", START)
    world.now = START + timedelta(seconds=20)
    world.guard_detaches()
    world.now = START + timedelta(seconds=60)
    record = world.rehearse()
    assert (record.outcome, record.seconds) == (Outcome.SUCCEEDED, 20.0)
    assert world.calls == []


def test_an_older_rehearsals_incident_says_nothing_of_this_one(world: World) -> None:
    world.now = START - timedelta(days=7)
    world.guard_detaches()
    world.now = START
    assert world.rehearse().outcome is Outcome.FAILED


def test_two_at_once_are_one(world: World) -> None:
    world.begins_meanwhile = Record("r-0", START)
    with pytest.raises(RefusedError, match="at this moment"):
        world.rehearse()
    assert world.calls == []
