"""The page of an isolation or a release: who, why, which accounts, from where, and what failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rootguard.incidents.notice import About, Notice, Stage
from rootguard.notify.layouts import pagerduty
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.words.isolation import HEADLINES, Isolation, Moved, page
from tests.given import NOW
from tests.notify.notifying import Bench
from tests.notify.test_every_page import check

SHOP = Moved("444455556666", "shop", "isolated", "", done_before=False, origin="Customers", home="")
LEFT = replace(SHOP, id="555566667777", name="bank", outcome="failed", why="MoveAccount failed with X: no")
ARN = "arn:aws:sts::111122223333:assumed-role/isolator/sara"
ASKED = Isolation(NOW, "isolate", "AROAEXAMPLE:sara", ARN, "ticket 4711", (SHOP,))
BACK = replace(SHOP, outcome="released", home="Customers")


def told(*accounts: Moved, verb: str = "isolate") -> Page:
    made = page(replace(ASKED, verb=verb, accounts=accounts), "isolation/1")
    check(made)
    return made


def lines(made: Page, label: str) -> str:
    return "\n".join(next(field.lines for field in made.fields if field.label == label))


def test_it_says_who_isolated_what_why_and_from_where() -> None:
    made = told(SHOP)
    assert (made.kind, made.headline, made.severity) == (Kind.ISOLATION, "ISOLATED", Severity.WARNING)
    assert made.sentences[0] == "The request of sara (AROAEXAMPLE) isolated account shop (444455556666)."
    assert "Running instances" in made.sentences[1]
    assert lines(made, "Accounts") == "shop (444455556666) isolated, from Customers"
    assert (lines(made, "Reason"), ARN in lines(made, "By")) == ("ticket 4711", True)
    assert made.steps[-1].endswith("\nrootguard release 444455556666 --reason mistake")
    assert pagerduty.events(made, resolve_when_clean=True)[0]["event_action"] == "trigger"


@pytest.mark.parametrize(
    ("accounts", "headline"),
    [((SHOP, LEFT), "NOT ALL ISOLATED"), ((LEFT,), "NOT ISOLATED"), ((LEFT, LEFT), "NOT ISOLATED")],
)
def test_it_says_which_account_is_left_and_why(accounts: tuple[Moved, ...], headline: str) -> None:
    made = told(*accounts)
    assert (made.headline, made.severity) == (headline, Severity.ERROR)
    assert "NOT isolated: bank (555566667777): MoveAccount failed with X: no" in lines(made, "Accounts")
    assert any("run the same command again" in step for step in made.steps)
    assert (made.sentences[1] == "Nothing stopped.") == (SHOP not in accounts)
    assert not any("555566667777" in step for step in made.steps)


def test_a_release_says_to_where_and_offers_no_release() -> None:
    made = told(BACK, replace(BACK, id="555566667777", done_before=True), verb="release")
    assert (made.headline, made.severity) == ("RELEASED", Severity.WARNING)
    assert "shop (444455556666) released, to Customers\n" in lines(made, "Accounts")
    assert lines(made, "Accounts").endswith("before this request")
    assert not any("\n" in step for step in made.steps)
    assert told(replace(LEFT, home=""), verb="release").sentences[1] == "Nothing works again yet."


def test_nothing_in_it_can_forge_a_line() -> None:
    made = told(replace(SHOP, name="a\nb", origin="c\u202ed"), replace(LEFT, why="e\nf"))
    assert all(line.isprintable() for field in made.fields for line in field.lines)


@pytest.mark.parametrize("verb", HEADLINES)
def test_the_notifier_pages_a_notice_once(verb: str) -> None:
    bench = Bench()
    notice = Notice(f"isolation/{verb}/1", About.ISOLATION, Stage.FOUND, replace(ASKED, verb=verb).as_json())
    assert bench.notify(notice) == bench.notify(notice) == []
    assert bench.topic.kinds == ["isolation"]
