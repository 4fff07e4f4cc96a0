"""Subject and SMS: the one thing to know first, and which organization it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.layouts import pagerduty, topic
from rootguard.notify.page import Page
from rootguard.notify.story import Around, Reach, Story
from rootguard.notify.words import incidents
from tests.domain.records import detach, update
from tests.given import ACCOUNT, DENY_EC2, NOW, OU, attach, policy
from tests.notify import laid_out
from tests.notify.stories import on, story

QUARANTINE = policy(name="QuarantineDenyAll")
FIFTEEN = Reach(15)


def locked_out(record: Any = None, result: Result = Result.NOT_UNDONE, **changed: Any) -> Story:
    return story(record, result, **{"known": QUARANTINE, "reach": FIFTEEN} | changed)


def test_a_lockout_in_force_is_said_first_with_what_to_do() -> None:
    assert laid_out.sms(locked_out()) == (
        "Rootguard NOT UNDONE: Root LOCKED OUT, 15 accounts. Detach SCP QuarantineDenyAll now, "
        "command in the e-mail."
    )
    said = "Rootguard NOT UNDONE: Root LOCKED OUT, 15 accounts. Detach SCP QuarantineDenyAll now"
    assert laid_out.subject(locked_out()) == said
    (event,) = pagerduty.events(laid_out.page(locked_out()), resolve_when_clean=True)
    assert event["payload"]["summary"] == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (locked_out(result=Result.WATCHED), "NOT TOUCHED: Root LOCKED OUT, 15 accounts. Detach SCP Quar"),
        (locked_out(attach(OU), target_name="Production"), 'NOT UNDONE: OU "Production" LOCKED OUT, 15 a'),
        (
            locked_out(attach(ACCOUNT), reach=Reach(1)),
            f"account {ACCOUNT} LOCKED OUT, 1 account. Detach SCP Quar",
        ),
        (locked_out(reach=Reach()), "Root LOCKED OUT. Detach SCP QuarantineDenyAll now"),
        (locked_out(reach=Reach(40, complete=False)), "Root LOCKED OUT, more than 40 accounts. Detach SCP Q"),
        (
            locked_out(reason=Reason.UNDECIDED),
            "UNDECIDED: Root may be LOCKED OUT, 15 accounts. Detach SCP Quar",
        ),
        (locked_out(update()), "Root LOCKED OUT, 15 accounts. Detach SCP Quarantine now, "),
        (
            locked_out(detach(), known=policy(DENY_EC2, name="LastAllow"), lockout=True),
            "Root LOCKED OUT, 15 accounts. Attach SCP LastAllow again now, command",
        ),
        (locked_out(known=None, lockout=True), ". Detach policy p-bvdv3rx3 now, "),
    ],
    ids=["watched", "OU", "account", "uncounted", "many", "undecided", "edited", "detached", "unread"],
)
def test_it_says_where_how_many_and_by_what(told: Story, said: str) -> None:
    assert said in laid_out.sms(told)


@pytest.mark.parametrize(
    "told",
    [
        locked_out(result=Result.UNDONE),
        locked_out(result=Result.REFUSED),
        locked_out(known=policy(DENY_EC2)),
        locked_out(result=Result.WATCHED, obstacle=Obstacle.APPROVED_SINCE),
        locked_out(error="DetachPolicy failed with PolicyNotFoundException: gone"),
        replace(locked_out(), around=Around(policy_is_gone=True)),
        locked_out(stage=Stage.OVER, closed_at=NOW),
    ],
    ids=["undone", "refused", "mild", "approved", "policy not found", "policy gone", "over"],
)
def test_nothing_else_is_called_a_lockout_in_force(told: Story) -> None:
    page = laid_out.page(told)
    assert "LOCKED OUT" not in page.title + page.aside
    assert "command in the e-mail" not in topic.sms(page)


def test_what_is_over_keeps_the_title_of_what_happened() -> None:
    assert laid_out.page(locked_out(stage=Stage.OVER, closed_at=NOW)).title == (
        'SCP "QuarantineDenyAll" attached to Root'
    )


# The organization


def fields(page: Page) -> dict[str, tuple[str, ...]]:
    return {field.label: field.lines for field in page.fields}


def test_a_page_names_the_organization_first_among_its_facts() -> None:
    page = laid_out.page(story()).of("Example Corp")
    assert fields(page) == {"Org": ("Example Corp",)} | fields(laid_out.page(story()))
    (event,) = pagerduty.events(page, resolve_when_clean=True)
    assert "Org       Example Corp\n" in topic.body(page)
    assert event["payload"]["custom_details"]["Org"] == "Example Corp"


def test_without_a_name_nothing_changes() -> None:
    page = laid_out.page(story())
    assert page.of("") == page


def test_subject_and_sms_end_with_it() -> None:
    page = laid_out.page(locked_out())
    assert topic.subject(page, "Example Corp").endswith("Detach SCP QuarantineDenyAll now [Example Corp]")
    assert topic.sms(page, "Example Corp").endswith("now, command in the e-mail. [Example Corp]")
    # Rather without a word than with half of one.
    page = laid_out.page(locked_out(attach(OU), target_name="Production and all below"))
    assert topic.sms(page, "The Example Corporation").endswith("DenyAll now [The Example Corpor..]")


@given(st.text(max_size=64), st.text(min_size=1, max_size=128), st.sampled_from(list(Result)))
def test_no_name_breaks_a_limit_or_pushes_out_what_comes_first(
    organization: str, name: str, result: Result
) -> None:
    page = incidents.page(on(OU, known=policy(name=name), target_name=name, result=result))
    for text, limit in ((topic.subject(page, organization), 99), (topic.sms(page, organization), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.startswith(f"Rootguard {page.headline}: ")
        assert ("LOCKED OUT" in text) is (result in (Result.NOT_UNDONE, Result.WATCHED))
