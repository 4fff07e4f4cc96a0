"""From queue to channel: each message is sent or comes again, whatever it is and whatever is beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import UnexpectedBatchTypeError
from hypothesis import given
from hypothesis import strategies as st

from rootguard.notify.delivery import deliver
from rootguard.notify.page import Kind, Page
from rootguard.notify.words import incidents
from tests.fakes.channels import FakeSender, queue_event
from tests.fakes.people import FakeTelemetry
from tests.notify.stories import story

RECEIVED = datetime(2026, 11, 23, 10, 0, 0, 250_000, tzinfo=UTC)
RUNBOOKS = "https://example.com/runbooks/"
PAGES = [replace(incidents.page(story()), about=about).with_runbook(RUNBOOKS) for about in "abc"]
ALARM = {"AlarmName": "Rootguard-GuardErrors", "NewStateValue": "ALARM", "NewStateReason": "1 error"}
ALARM |= {"StateChangeTime": "2026-11-23T10:00:00.000+0000"}


def message(page: Page) -> str:
    """What the guard puts on the topic."""
    return json.dumps({"incident_id": page.about, "page": page.as_json()})


def delivered(
    *bodies: str, sender: FakeSender, telemetry: FakeTelemetry | None = None
) -> list[dict[str, str]]:
    """Deliver messages, and return those that come again."""
    event = queue_event(*bodies, at=RECEIVED)
    answer = deliver(event, sender, telemetry or FakeTelemetry(), "docs/runbooks/")
    return list(answer["batchItemFailures"])


def test_each_page_is_sent_as_it_is() -> None:
    sender = FakeSender()
    assert delivered(*map(message, PAGES), sender=sender) == []
    assert sender.pages == PAGES


def test_one_that_fails_comes_again_alone() -> None:
    sender, telemetry = FakeSender("b"), FakeTelemetry()
    failed = delivered(*map(message, PAGES), sender=sender, telemetry=telemetry)
    assert failed == [{"itemIdentifier": "message-1"}]
    assert [page.about for page in sender.pages] == ["a", "c"]
    assert ("not delivered", {"message_id": "message-1", "error": "SenderError: it answered 500"}) in (
        telemetry.lines
    )


def test_all_of_them_can_fail() -> None:
    failed = delivered(*map(message, PAGES), sender=FakeSender("a", "b", "c"))
    assert [item["itemIdentifier"] for item in failed] == ["message-0", "message-1", "message-2"]


def test_a_mistake_of_our_own_is_no_end_either() -> None:
    sender = FakeSender("a", refusal=KeyError("blocks"))
    telemetry = FakeTelemetry()
    assert delivered(*map(message, PAGES), sender=sender, telemetry=telemetry) == [
        {"itemIdentifier": "message-0"}
    ]
    assert telemetry.lines[-1][1]["error"] == "KeyError: 'blocks'"


def test_an_alarm_gets_its_runbook_here() -> None:
    sender = FakeSender()
    delivered(json.dumps(ALARM), sender=sender)
    (page,) = sender.pages
    assert (page.kind, page.runbook) == (Kind.ALARM, "docs/runbooks/alarm.md")


@pytest.mark.parametrize("body", ["", "not JSON", '{"page":', "[1, 2]", '{"page": {}}', '"\\ud800"', "\x00"])
def test_what_nobody_worded_is_shown_and_not_lost(body: str) -> None:
    sender = FakeSender()
    assert delivered(body, sender=sender) == []
    (page,) = sender.pages
    assert page.headline == "UNREADABLE"
    assert page.at == RECEIVED


def test_text_that_is_no_json_is_shown_whole() -> None:
    sender = FakeSender()
    delivered("the budget is exceeded", sender=sender)
    assert "the budget is exceeded" in sender.pages[0].fields[0].lines


def test_an_event_of_no_queue_fails_the_invocation() -> None:
    event: Any = {"source": "rootguard.sweep"}
    with pytest.raises(UnexpectedBatchTypeError):
        deliver(event, FakeSender(), FakeTelemetry(), RUNBOOKS)


@given(
    st.lists(
        st.text(max_size=30) | st.sampled_from([message(page) for page in PAGES]), min_size=1, max_size=6
    )
)
def test_every_message_is_either_sent_or_comes_again(bodies: list[str]) -> None:
    sender = FakeSender("b")
    failed = delivered(*bodies, sender=sender)
    assert len(sender.pages) + len(failed) == len(bodies)
    assert len(failed) == bodies.count(message(PAGES[1]))
