"""The notice of a lockout that was written: who, what, and that nobody has to get up for it."""

from __future__ import annotations

from dataclasses import replace

from rootguard.domain.drift import ChangeKind
from rootguard.notify.layouts import pagerduty
from rootguard.notify.page import Severity
from rootguard.notify.words import written
from tests.notify.stories import story
from tests.notify.test_every_page import check

CREATED = replace(story().drift, kind=ChangeKind.CREATED, target_id="")


def test_it_names_who_wrote_what_and_wakes_nobody() -> None:
    page = written.page(CREATED)
    check(page)
    assert (page.headline, page.severity) == ("LOCKOUT WRITTEN", Severity.INFO)
    assert page.title == 'SCP "Quarantine" created'
    assert "the root user of account 111122223333. It denies everything to everyone." in page.sentences[0]
    assert page.sentences[1] == "It is safe so far: a new policy is attached nowhere yet."
    assert ['"Deny"' in text for text in page.statements] == [True]
    assert pagerduty.events(page, resolve_when_clean=True) == []


def test_of_an_edit_it_says_that_it_may_be_in_force() -> None:
    page = written.page(replace(CREATED, kind=ChangeKind.UPDATED))
    check(page)
    assert page.title == 'SCP "Quarantine" edited'
    assert page.sentences[1] == "It is in force wherever the policy is attached."
    assert not any("delete-policy" in step for step in page.steps)
