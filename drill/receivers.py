"""Slack and PagerDuty as a drill has them: they take what the deployed channels send, and keep it as a page.

They listen where the local AWS does, and refuse what is no message of theirs in the words of the real ones
("Sending messages using incoming webhooks", Slack API docs; "Send an alert event", PagerDuty Events API v2
docs).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PREFIX = "/_outside/"
_SLACK = f"{PREFIX}slack/services/T0DRILL/B0DRILL/of-nobody"
_PAGERDUTY = f"{PREFIX}pagerduty"
_ROUTING_KEY = "R0DRILL0000000000000000000000000"
_ACTIONS = ("trigger", "acknowledge", "resolve")

Page = Callable[[str, str, str, str], None]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as a drill sets it up: its secret, by name and value, and the keys of guardrail.yaml."""

    secret: str
    value: str
    keys: dict[str, str]


def channels(endpoint: str) -> dict[str, Channel]:
    """Return the channels to deploy, by their keys under `pages`; the local AWS listens on `endpoint`."""
    slack, pagerduty = "rootguard/slack", "rootguard/pagerduty"
    return {
        "slack": Channel(slack, endpoint + _SLACK, {"webhook_secret": slack}),
        "pagerduty": Channel(
            pagerduty, _ROUTING_KEY, {"routing_key_secret": pagerduty, "events_url": endpoint + _PAGERDUTY}
        ),
    }


def take(path: str, body: bytes, page: Page) -> tuple[int, str]:
    """Answer a request, with status and text. `page` gets what is taken: channel, endpoint, subject, text."""
    try:
        sent = json.loads(body)
    except ValueError:
        sent = None
    sent = sent if isinstance(sent, dict) else {}
    if path == _SLACK:
        return _slack(sent, page)
    if path == f"{_PAGERDUTY}/v2/enqueue":
        return _pagerduty(sent, page)
    return 404, "no_service"


def _slack(message: dict[str, Any], page: Page) -> tuple[int, str]:
    if not message.get("text") and not message.get("blocks"):
        return 400, "invalid_payload"
    page("slack", "#incidents", message.get("text", ""), _as_text(message))
    return 200, "ok"


def _pagerduty(event: dict[str, Any], page: Page) -> tuple[int, str]:
    if event.pop("routing_key", None) != _ROUTING_KEY or event.get("event_action") not in _ACTIONS:
        return 400, json.dumps(
            {"status": "invalid event", "message": "Event object is invalid", "errors": []}
        )
    summary = event.get("payload", {}).get("summary", event["event_action"])
    page("pagerduty", "Rootguard", summary, _as_text(event))
    accepted = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
    return 202, json.dumps(accepted)


def _as_text(sent: dict[str, Any]) -> str:
    return json.dumps(sent, indent=2, ensure_ascii=False)
