"""Whatever comes to the topic becomes a page: worded where it is known, shown as it is where it is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.notify.layouts import topic
from rootguard.notify.layouts.slack import message
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.words import incidents
from tests.notify.laid_out import of_the_topic
from tests.notify.pages import pages
from tests.notify.stories import story
from tests.notify.test_alarm_page import ALARM
from tests.notify.test_tamper_page import NOTICE

RECEIVED = datetime(2026, 11, 20, 9, 16, tzinfo=UTC)


@given(pages)
def test_the_guards_own_page_comes_as_it_went(page: Page) -> None:
    assert of_the_topic(json.loads(json.dumps({"page": page.as_json()})), RECEIVED) == page


def test_the_notice_beside_a_page_does_not_matter() -> None:
    page = incidents.page(story())
    assert of_the_topic({"key": "x", "data": {}, "page": page.as_json()}, RECEIVED) == page


def test_half_a_surrogate_pair_in_a_page_becomes_text_that_can_be_sent() -> None:
    page = replace(incidents.page(story()), title="a\ud83d")
    assert of_the_topic({"page": page.as_json()}, RECEIVED) == replace(page, title="a?")


@pytest.mark.parametrize(("told", "kind"), [(ALARM, Kind.ALARM), (NOTICE, Kind.TAMPERED)])
def test_what_comes_past_our_code_is_worded(told: object, kind: Kind) -> None:
    page = of_the_topic(told, RECEIVED)
    assert page.kind is kind
    assert page.headline != "UNREADABLE"


@pytest.mark.parametrize(
    "told",
    [
        "disk full\non host 7",
        "",
        7,
        None,
        True,
        [],
        ["AlarmName"],
        {},
        {"incident_id": "1"},
        {"page": {"kind": "undone"}},
        {"page": None},
        {"AlarmName": "x"},
        {"AlarmName": None, "NewStateValue": "ALARM"},
        {"detail-type": "Scheduled Event", "detail": {}},
        {"detail-type": "AWS API Call via CloudTrail", "detail": 7},
        {"detail-type": "AWS API Call via CloudTrail"},
    ],
    ids=ascii,
)
def test_the_rest_is_shown_as_it_is(told: object) -> None:
    page = of_the_topic(told, RECEIVED)
    assert (page.headline, page.severity, page.safe, page.at) == (
        "UNREADABLE",
        Severity.ERROR,
        None,
        RECEIVED,
    )
    (shown, _) = page.fields
    text = told if isinstance(told, str) else json.dumps(told)
    assert "\n".join(shown.lines) == (text or "-")


def test_a_long_message_is_cut_and_says_so() -> None:
    (shown, _) = of_the_topic("x" * 5_000, RECEIVED).fields
    assert shown.lines == ("x" * 2_000 + "… (+3000 characters)",)


def nested(levels: int) -> str:
    return '[{"a": ' * levels + '"the end"' + "}]" * levels


@pytest.mark.parametrize("levels", [20, 500, 5_000])
@pytest.mark.parametrize("about", ["%s", '{"AlarmName": %s}', '{"detail-type": "x", "detail": %s}'])
def test_what_is_nested_deeply_is_shown_as_it_begins(about: str, levels: int) -> None:
    page = of_the_topic(about % nested(levels), RECEIVED)
    assert page.headline == "UNREADABLE"
    (shown, _) = page.fields
    (line,) = shown.lines
    assert '[{"a": [{"a": [' in line
    assert ("the end" in line) is (levels == 20)


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _broken(draw: st.DrawFn) -> Any:
    """A message that is known, with something else in one of its places."""
    told = json.loads(json.dumps(draw(st.sampled_from([ALARM, {"page": _PAGE}]))))
    place = told
    while isinstance(place, dict) and place:
        name = draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or draw(st.booleans()):
            place[name] = draw(hostile)
            return told
        place = place[name]
    return told


_PAGE = incidents.page(story()).as_json()


@given(hostile | _broken())
def test_no_message_raises_nor_is_lost(told: object) -> None:
    page = of_the_topic(told, RECEIVED)
    assert Page.from_json(json.loads(json.dumps(page.as_json()))) == page
    assert message(page)["blocks"]
    assert topic.body(page)


@given(st.text())
def test_no_words_break_a_notice(words: str) -> None:
    page = of_the_topic(f"Rootguard TAMPERED: {words}", RECEIVED)
    assert page.kind is Kind.TAMPERED
    assert len(topic.body(page).splitlines()) < 20
