"""The page of a test: it opens an incident as a violation would, and says that nothing happened."""

from __future__ import annotations

from rootguard.notify.layouts import pagerduty
from rootguard.notify.words import test
from tests.given import NOW
from tests.notify.test_every_page import check

ASKED = test.Test(NOW, "arn:aws:iam::111122223333:user/sara")


def test_it_says_who_tests_and_opens_an_incident() -> None:
    page = test.page("test/5f0c1a9e7b42", ASKED)
    check(page)
    assert (page.headline, page.safe) == ("TEST", True)
    assert page.sentences[0] == "This is a test by arn:aws:iam::111122223333:user/sara."
    (event,) = pagerduty.events(page, resolve_when_clean=True)
    assert (event["event_action"], event["dedup_key"]) == ("trigger", "test/5f0c1a9e7b42")


def test_what_the_caller_calls_themselves_is_made_printable() -> None:
    check(test.page("test/5f0c1a9e7b42", test.Test(NOW, "sara\nUNDONE\x1b[2J")))
