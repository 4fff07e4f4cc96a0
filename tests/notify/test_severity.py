"""Severity by danger: what is in force now counts, not why Rootguard left it so."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.page import Severity
from rootguard.notify.words.exceptions import Exempted
from tests.domain.records import detach, disable
from tests.given import DENY_EC2, OU, attach, policy
from tests.notify import laid_out
from tests.notify.stories import RECORDS, story
from tests.notify.test_exception_page import IN_EACH_STATE

MILD = policy(DENY_EC2)
LEAVES_IT = [Obstacle.OBSERVED, Obstacle.ALERT_ONLY, Obstacle.NOTHING_ACCEPTED, Obstacle.NOT_PROTECTED]
OUT_OF_ORGANIZATION = ChangeKind.ACCOUNT_LEFT


def severity(*given: Any, **changed: Any) -> Severity:
    return laid_out.page(story(*given, **changed)).severity


@pytest.mark.parametrize("obstacle", [*LEAVES_IT, Obstacle.FIGHT])
@pytest.mark.parametrize("record", [attach(), attach(OU), RECORDS[ChangeKind.UPDATED]])
def test_a_lockout_in_force_is_critical_whatever_kept_rootguard_from_undoing_it(
    record: dict[str, Any], obstacle: Obstacle
) -> None:
    assert severity(record, Result.WATCHED, obstacle=obstacle) is Severity.CRITICAL


def test_so_is_one_that_a_detachment_puts_in_force() -> None:
    assert severity(detach(), Result.WATCHED, known=MILD, lockout=True) is Severity.CRITICAL
    assert severity(detach(), Result.WATCHED, known=MILD, lockout=False) is Severity.ERROR


@pytest.mark.parametrize("known", [MILD, policy(), None], ids=["mild", "lockout", "unread"])
def test_what_rootguard_failed_to_undo_or_to_judge_is_critical(known: Any) -> None:
    assert severity(result=Result.NOT_UNDONE, known=known) is Severity.CRITICAL
    undecided = story(result=Result.WATCHED, known=known, reason=Reason.UNDECIDED)
    assert laid_out.page(undecided).severity is Severity.CRITICAL


@pytest.mark.parametrize("obstacle", LEAVES_IT)
def test_another_change_in_force_is_more_urgent_than_one_that_is_undone(obstacle: Obstacle) -> None:
    assert severity(result=Result.WATCHED, obstacle=obstacle, known=MILD) is Severity.ERROR
    assert severity(RECORDS[OUT_OF_ORGANIZATION], Result.WATCHED) is Severity.ERROR
    assert severity(known=MILD) is Severity.WARNING


def test_a_type_whose_attachments_are_not_back_is_not_safe_although_it_is_undone() -> None:
    assert severity(disable()) is Severity.ERROR


@pytest.mark.parametrize("obstacle", [Obstacle.APPROVED_SINCE, Obstacle.LOCKOUT_ACCEPTED])
def test_what_is_safe_is_a_warning_although_nothing_was_undone(obstacle: Obstacle) -> None:
    assert severity(result=Result.WATCHED, obstacle=obstacle) is Severity.WARNING


@pytest.mark.parametrize("known", [MILD, policy()], ids=["mild", "lockout"])
def test_what_is_undone_is_a_warning_however_bad_it_was(known: Any) -> None:
    assert severity(known=known) is Severity.WARNING
    assert severity(result=Result.ALREADY_UNDONE, known=known) is Severity.WARNING
    assert severity(known=known, stage=Stage.AGAIN, times=2) is Severity.WARNING


def test_a_refused_attempt_is_for_the_record() -> None:
    assert severity(result=Result.REFUSED) is Severity.INFO


@pytest.mark.parametrize("told", IN_EACH_STATE.values(), ids=IN_EACH_STATE)
def test_so_is_an_exception(told: Exempted) -> None:
    assert laid_out.page(told).severity is Severity.INFO
