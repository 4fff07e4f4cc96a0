"""The page of many changes at once, and that of those who get no pages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rootguard.incidents.incident import Result
from rootguard.notify.layouts import topic
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.story import Reach
from rootguard.notify.subscribers import Address, State, Subscriber
from rootguard.notify.words import digest, exceptions, subscriptions
from rootguard.notify.words.exceptions import Exempted
from rootguard.notify.words.subscriptions import Check
from tests.domain.records import detach
from tests.given import DENY_EC2, NOW, OU, policy
from tests.notify import laid_out
from tests.notify.stories import on, story
from tests.notify.test_exception_page import PERMIT

LOCKOUT = laid_out.page(story(result=Result.NOT_UNDONE, known=policy(name="DenyAll"), reach=Reach(15)))
UNDONE = [
    replace(
        laid_out.page(story(detach(policy=f"p-{number}2345678"), Result.UNDONE, known=policy(DENY_EC2))),
        about=f"i-{number}",
    )
    for number in range(8)
]
WATCHED = laid_out.page(on(OU, result=Result.WATCHED, known=policy(DENY_EC2)))


def lines(page: Page) -> dict[str, tuple[str, ...]]:
    return {field.label: field.lines for field in page.fields}


def test_the_most_severe_comes_first_wherever_it_is_read() -> None:
    page = digest.page([*UNDONE, WATCHED, LOCKOUT])
    assert (page.kind, page.severity, page.headline, page.safe) == (
        Kind.DIGEST,
        Severity.CRITICAL,
        "NOT UNDONE",
        False,
    )
    first = "Rootguard NOT UNDONE: Root LOCKED OUT, 15 accounts, and 9 more. Detach SCP DenyAll now"
    assert topic.subject(page) == first
    assert topic.sms(page) == f"{first}, command in the e-mail."
    assert page.sentences == (
        "10 changes within a few seconds: 1 NOT UNDONE, 1 NOT TOUCHED, 8 UNDONE.",
        "2 of them are NOT safe. Begin with the first one.",
    )
    assert list(lines(page)) == ["Critical", "Error", "Warning"]
    assert lines(page)["Critical"] == (
        f"NOT UNDONE: Root LOCKED OUT, 15 accounts. Detach SCP DenyAll now ({LOCKOUT.about})",
    )
    assert [f"i-{number}" in line for number, line in enumerate(lines(page)["Warning"])] == [True] * 8


def test_it_has_the_command_of_each_change_that_is_in_force() -> None:
    page = digest.page([*UNDONE, WATCHED, LOCKOUT])
    commands = [step.partition("\n")[2] for step in page.steps]
    assert [command.split()[2:3] for command in commands[:2]] == [["detach-policy"], ["detach-policy"]]
    assert commands[2:] == ["rootguard incident list"]


def test_if_all_is_undone_it_says_so() -> None:
    page = digest.page(UNDONE)
    assert (page.severity, page.safe, page.sentences[1]) == (Severity.WARNING, True, "All of it is safe now.")
    assert topic.subject(page).endswith(", and 7 more")


def test_an_exception_is_neither_safe_nor_unsafe() -> None:
    granted = [exceptions.page(Exempted(PERMIT, NOW))] * 3
    page = digest.page([*granted, *UNDONE])
    assert (page.safe, page.sentences[1]) == (None, "What is undone is safe now. Read the others.")


def test_names_as_long_as_they_can_be_still_fit() -> None:
    named = policy(DENY_EC2, name="界" * 128)
    pages = [laid_out.page(on(OU, result=Result.WATCHED, known=named, target_name="界" * 128))] * 10
    page = digest.page(pages)
    assert len(json.dumps(page.as_json(), ensure_ascii=False).encode()) < 20_000
    assert ", and 9 more" in topic.subject(page)


ONCALL, PHONE = Address("email", "oncall@example.com"), Address("sms", "+81312345678")
CHECK = Check(NOW, (ONCALL, PHONE))


def states(oncall: State, phone: State) -> list[Subscriber]:
    return [Subscriber(ONCALL, oncall), Subscriber(PHONE, phone)]


def test_nothing_is_said_if_all_get_pages() -> None:
    assert subscriptions.page(CHECK, states(State.CONFIRMED, State.CONFIRMED)) is None


@pytest.mark.parametrize(
    ("oncall", "step"), [(State.PENDING, "Have each of them follow"), (State.GONE, "Subscribe again who")]
)
def test_who_gets_no_pages_is_named_with_what_to_do(oncall: State, step: str) -> None:
    page = subscriptions.page(CHECK, states(oncall, State.CONFIRMED))
    assert page is not None
    assert topic.subject(page) == "Rootguard GETS NO PAGES: oncall@example.com"
    assert (page.severity, page.sentences[1]) == (Severity.WARNING, "Pages go to +81312345678.")
    assert lines(page)[oncall.value.capitalize()] == ("oncall@example.com",)
    (only,) = page.steps
    assert only.startswith(step)


def test_that_nobody_gets_pages_is_critical() -> None:
    page = subscriptions.page(CHECK, states(State.GONE, State.PENDING))
    assert page is not None
    assert (page.severity, page.headline, page.title) == (
        Severity.CRITICAL,
        "NOBODY GETS PAGES",
        "2 of 2 subscriptions",
    )
    assert page.sentences[1] == "It is NOT safe: pages go to nobody."
    assert len(page.steps) == 2
