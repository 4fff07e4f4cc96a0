"""The page of a lockout beside the rules: accepted or unprotected, and it reaches many accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Result
from rootguard.notify.page import Page, Severity
from rootguard.notify.story import Around, Reach
from rootguard.notify.words.incidents import page
from tests.domain.records import detach, update
from tests.given import OU, attach
from tests.notify.stories import story


def beside(record: Any, obstacle: Obstacle, **changed: Any) -> Page:
    reason = Reason.TRUSTED_PRINCIPAL if obstacle is Obstacle.APPROVED else Reason.LOCKOUT_ELSEWHERE
    told = story(record, Result.WATCHED, obstacle=obstacle, reason=reason, lockout=True, **changed)
    return page(replace(told, around=Around("Workloads", reach=Reach(40))))


def test_an_approved_lockout_is_critical_and_says_who_may_undo_it() -> None:
    found = beside(attach(OU), Obstacle.APPROVED)
    assert found.severity is Severity.CRITICAL
    assert found.title == 'OU "Workloads" LOCKED OUT, 40 accounts'
    assert found.aside.startswith(". By "), "to detach it at once would bring it back"
    assert "Rootguard left it so, because it was approved there." in found.sentences[0]
    assert any("as a trusted principal or by an exception" in step for step in found.steps)


def test_full_access_that_went_elsewhere_says_that_everything_is_denied() -> None:
    found = beside(detach(OU, "p-FullAWSAccess"), Obstacle.NOT_PROTECTED)
    assert found.title == 'OU "Workloads" LOCKED OUT, 40 accounts'
    assert found.aside.endswith("again now")
    assert "Without it, everything is denied to everyone." in found.sentences[0]


def test_an_edit_of_a_policy_on_many_targets_says_on_how_many() -> None:
    told = story(update(), Result.WATCHED, obstacle=Obstacle.NOT_PROTECTED, lockout=True)
    also = tuple(f"{number:012}" for number in range(39))
    verdict = replace(told.incident.verdict, target_id="100000000001", also=also)
    told = replace(told, incident=replace(told.incident, verdict=verdict), around=Around(reach=Reach(40)))
    found = page(told)
    assert found.title == "40 targets LOCKED OUT, 40 accounts"
    (where,) = [field.lines for field in found.fields if field.label == "Where"]
    assert where[1] == "and 39 more targets of the policy"
