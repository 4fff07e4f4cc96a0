"""The drill's Slack and PagerDuty: they keep what the real ones would take, and refuse the rest."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from drill.receivers import channels, take

CHANNELS = channels("http://127.0.0.1:4566")
SLACK = urlsplit(CHANNELS["slack"].value).path
PAGERDUTY = urlsplit(CHANNELS["pagerduty"].keys["events_url"]).path + "/v2/enqueue"
EVENT = {"routing_key": CHANNELS["pagerduty"].value, "event_action": "trigger", "dedup_key": "1"}


def taken(path: str, sent: object) -> tuple[int, str, list[tuple[str, ...]]]:
    """The answer, and the pages that were kept."""
    pages: list[tuple[str, ...]] = []
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return *take(path, body, lambda *page: pages.append(page)), pages


def test_a_message_is_kept_as_it_came() -> None:
    status, text, pages = taken(SLACK, {"text": "Rootguard UNDONE.", "blocks": []})
    assert (status, text) == (200, "ok")
    ((channel, _, subject, kept),) = pages
    assert (channel, subject) == ("slack", "Rootguard UNDONE.")
    assert json.loads(kept) == {"text": "Rootguard UNDONE.", "blocks": []}


def test_an_event_is_kept_without_its_key() -> None:
    status, text, pages = taken(PAGERDUTY, EVENT | {"payload": {"summary": "UNDONE"}})
    assert (status, json.loads(text)["dedup_key"]) == (202, "1")
    ((channel, _, subject, kept),) = pages
    assert (channel, subject) == ("pagerduty", "UNDONE")
    assert CHANNELS["pagerduty"].value not in kept


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (SLACK, b"not JSON", 400),
        (SLACK, {}, 400),
        (SLACK, [], 400),
        (f"{SLACK}x", {"text": "a"}, 404),
        (PAGERDUTY, {**EVENT, "routing_key": "another"}, 400),
        (PAGERDUTY, {**EVENT, "event_action": "open"}, 400),
    ],
)
def test_what_is_none_of_theirs_is_refused(path: str, sent: Any, status: int) -> None:
    answered, _, pages = taken(path, sent)
    assert (answered, pages) == (status, [])
