"""The last page of an incident: it is over, or was approved after all; and how long it was in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.layouts import topic
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.story import Story
from rootguard.notify.words import incidents
from tests.domain.records import detach, move
from tests.given import NOW
from tests.notify.stories import ID, changed, found_by_a_sweep, story

CLEAN_AT = NOW + timedelta(minutes=5)


def closed(told: Story, stage: Stage = Stage.OVER) -> Page:
    return incidents.page(replace(told, stage=stage, closed_at=CLEAN_AT))


def facts(page: Page) -> dict[str, tuple[str, ...]]:
    return {field.label: field.lines for field in page.fields}


def test_it_belongs_to_the_page_that_opened_the_incident() -> None:
    page, opened = closed(story()), incidents.page(story())
    assert (page.about, page.origin, page.title) == (opened.about, opened.origin, opened.title)
    assert (page.kind, page.severity, page.safe, page.at) == (Kind.CLEAN, Severity.INFO, True, CLEAN_AT)


def test_it_says_what_is_over_and_since_when() -> None:
    assert topic.body(closed(story())) == (
        'CLEAN. It is over: SCP "Quarantine" attached to Root.\n'
        "It is safe now, and the incident is closed.\n"
        "\n"
        "Policy    Quarantine (p-bvdv3rx3)\n"
        "          service control policy; denies everything to everyone: a lockout\n"
        "Where     Root (r-exam)\n"
        "By        the root user of account 111122223333\n"
        "          arn:aws:iam::111122223333:root\n"
        "          from 192.0.2.10, in the console, with MFA\n"
        "When      2023-04-25 00:33:27 UTC\n"
        "In force  17 s\n"
        "Clean     2023-04-25 00:38:44 UTC\n"
        "\n"
        "What to do next\n"
        "1. Nothing. This drafts the post-mortem:\n"
        "     rootguard incident report i-1f2e3d4c5b6a\n"
        "\n"
        "CloudTrail event 560c4918-6149-4b78-a0c9-7d62d6ec8f86 (AttachPolicy)\n"
        'Protection "root", rule 8 (violation)\n'
    )


@pytest.mark.parametrize(
    ("told", "lasted"),
    [
        (story(), "17 s"),
        (story(result=Result.ALREADY_UNDONE), "at most 17 s"),
        (story(result=Result.NOT_UNDONE), "at most 5 min 17 s"),
        (story(result=Result.WATCHED), "at most 5 min 17 s"),
        (story(result=Result.REFUSED), "not at all"),
        (found_by_a_sweep(story()), "longer than 17 s"),
    ],
    ids=["undone", "by someone else", "not undone", "watched", "refused", "found by a sweep"],
)
def test_how_long_it_was_in_force_is_said_as_well_as_it_is_known(told: Story, lasted: str) -> None:
    page = closed(told)
    assert facts(page)["In force"] == (lasted,)
    assert page.aside == f", in force {lasted}"


def test_what_was_approved_is_put_back_and_nobody_is_blamed() -> None:
    told = changed(found_by_a_sweep(story()), times=1)
    page = closed(told, Stage.PUT_BACK)
    assert topic.body(page) == (
        'PUT BACK. SCP "Quarantine" attached to Root. A sweep undid it before its event came. Its event came '
        "late, and shows that it was approved. Rootguard put it back.\n"
        "It is safe now, and the incident is closed: nobody did anything wrong.\n"
        "\n"
        "Policy    Quarantine (p-bvdv3rx3)\n"
        "          service control policy; denies everything to everyone: a lockout\n"
        "Where     Root (r-exam)\n"
        "When      found at 2023-04-25 00:33:27 UTC\n"
        "Put back  2023-04-25 00:38:44 UTC\n"
        "\n"
        "What to do next\n"
        "1. Nothing. If it happens often, find out why CloudTrail's events come late.\n"
        "\n"
        'Protection "root", rule 8 (violation)\n'
    )
    assert (page.kind, page.severity, page.safe, page.about) == (Kind.PUT_BACK, Severity.INFO, True, ID)


@pytest.mark.parametrize(
    ("told", "again"),
    [
        (story(detach()), "Rootguard put it back."),
        (story(move()), "Rootguard put it back."),
        (story(result=Result.WATCHED), "It stays as it is."),
    ],
)
def test_the_guard_takes_back_only_what_it_did(told: Story, again: str) -> None:
    page = closed(found_by_a_sweep(told), Stage.PUT_BACK)
    assert page.sentences[0].endswith(again)
    assert ("A sweep undid it" in page.sentences[0]) is told.is_undone
