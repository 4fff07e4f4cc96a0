"""The stages of an incident: what each says that is new, and that all of them are one incident."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.notify.page import Kind, Severity
from rootguard.notify.story import Story
from tests.given import NOW, ROOT, attach, by_role
from tests.notify import laid_out
from tests.notify.stories import ID, story

BY_ROLE = attach(userIdentity=by_role())
UNDONE = 'Rootguard detached the SCP "Quarantine" from Root. It denies everything to everyone.'


def at(stage: Stage, result: Result = Result.UNDONE, **changed: Any) -> Story:
    return story(BY_ROLE, result, stage=stage, **changed)


@pytest.mark.parametrize(
    ("told", "headline", "first"),
    [
        (at(Stage.FOUND), "UNDONE", UNDONE),
        (
            at(Stage.ATTRIBUTED),
            "UNDONE, ACTOR KNOWN",
            f"It is known now who did it: build-7 (role scp-deployer). {UNDONE}",
        ),
        (
            at(Stage.AGAIN, times=3),
            "UNDONE, ONCE MORE",
            f"It was done again by build-7 (role scp-deployer), 3 times by now. {UNDONE}",
        ),
        (
            at(
                Stage.NOT_UNDONE,
                Result.NOT_UNDONE,
                error="DetachPolicy failed with AccessDeniedException: no.",
            ),
            "NOT UNDONE",
            (
                'SCP "Quarantine" attached to Root, and this time Rootguard could not undo it: DetachPolicy '
                "failed with AccessDeniedException: no. It denies everything to everyone."
            ),
        ),
        (at(Stage.UNDONE), "UNDONE", f"It is undone after all. {UNDONE}"),
        (
            at(Stage.FIGHT, Result.WATCHED, obstacle=Obstacle.FIGHT),
            "NOT TOUCHED",
            (
                'SCP "Quarantine" attached to Root. Rootguard stopped undoing it: it was undone five times '
                "in ten minutes, and something keeps doing it again. It denies everything to everyone."
            ),
        ),
    ],
    ids=["found", "attributed", "again", "not undone", "undone after all", "fight"],
)
def test_each_stage_says_what_is_new(told: Story, headline: str, first: str) -> None:
    page = laid_out.page(told)
    assert (page.headline, page.sentences[0]) == (headline, first)


@pytest.mark.parametrize("stage", Stage)
def test_all_stages_are_about_the_same_incident(stage: Stage) -> None:
    told = at(stage, closed_at=None if stage in WAKING else NOW)
    assert laid_out.page(told).about == ID


def test_how_often_it_happened_is_a_field_too() -> None:
    assert "How often 3 times\n" in laid_out.body(at(Stage.AGAIN, times=3))
    assert "How often" not in laid_out.body(at(Stage.FOUND))


UNDECIDED = replace(
    at(Stage.FOUND, Result.NOT_UNDONE),
    incident=replace(
        at(Stage.FOUND, Result.NOT_UNDONE).incident,
        verdict=Verdict(Outcome.ALERT, Reason.UNDECIDED, target_id=ROOT),
        error="DescribePolicy failed with ServiceException: busy.",
    ),
)


def test_what_could_not_be_decided_is_treated_as_not_undone() -> None:
    page = laid_out.page(UNDECIDED)
    assert (page.kind, page.severity, page.headline) == (Kind.NOT_UNDONE, Severity.CRITICAL, "UNDECIDED")
    assert page.sentences[0].startswith(
        'Rootguard could not decide about SCP "Quarantine" attached to Root: DescribePolicy failed with '
        "ServiceException: busy; treat it as not undone."
    )
    assert page.sentences[1].startswith("It may NOT be safe")
    assert page.steps[0].startswith("Look at Root now. Unless it is intended, undo it from the management")
    assert page.safe is False


def test_what_was_approved_since_is_safe_and_not_undone() -> None:
    told = at(Stage.FOUND, Result.WATCHED, obstacle=Obstacle.APPROVED_SINCE)
    page = laid_out.page(told)
    assert "because someone approved of it afterwards." in page.sentences[0]
    assert page.sentences[1].startswith("It is safe: ")
    assert "In force  until it was approved\n" in laid_out.body(told)
    assert page.safe is True
