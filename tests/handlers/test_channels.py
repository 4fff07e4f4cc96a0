"""The channels' entry points: from an event of the queue to a request, with the secret in between."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from rootguard.aws import secrets
from rootguard.aws.secrets import SecretError
from rootguard.incidents.notice import Stage
from rootguard.notify.layouts import pagerduty, slack
from rootguard.notify.page import Page
from rootguard.notify.words import incidents
from tests.fakes.channels import queue_event
from tests.fakes.http_server import Answer, HttpServer
from tests.given import NOW
from tests.notify.stories import story
from tests.notify.test_alarm_page import ALARM

KEY = "R0EXAMPLE0123456789abcdefghiSECR"
OPENED = incidents.page(story()).with_runbook("docs/runbooks/")
CLOSED = incidents.page(story(stage=Stage.OVER, closed_at=NOW)).with_runbook("docs/runbooks/")
Start = Callable[..., Callable[[object, object], dict[str, Any]]]


@pytest.fixture
def start(http_server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start a channel's function where the secret is what it is said to be, and return its handler."""
    held: dict[str, str] = {}
    manager = SimpleNamespace(get=lambda name, **_: held[name])
    monkeypatch.setattr(secrets, "provider", lambda: manager)

    def start(name: str, secret: str, resolve_when_clean: str = "true") -> Any:
        held[f"rootguard/{name}"] = secret
        monkeypatch.setenv("ROOTGUARD_SECRET", f"rootguard/{name}")
        monkeypatch.setenv("ROOTGUARD_RUNBOOKS", "docs/runbooks/")
        monkeypatch.setenv("ROOTGUARD_EVENTS_URL", http_server.url)
        monkeypatch.setenv("ROOTGUARD_RESOLVE_WHEN_CLEAN", resolve_when_clean)
        module = importlib.import_module(f"rootguard.handlers.{name}")
        return importlib.reload(module).handler

    return start


def event(*pages: Page) -> dict[str, Any]:
    return queue_event(*(json.dumps({"page": page.as_json()}) for page in pages), at=NOW)


def test_slack_gets_each_page(start: Start, http_server: HttpServer) -> None:
    handler = start("slack", f"{http_server.url}/services/T0/B0/x")
    assert handler(event(OPENED, CLOSED), None) == {"batchItemFailures": []}
    sent = [request.json() for request in http_server.requests]
    assert [message["blocks"] for message in sent] == [
        slack.message(page)["blocks"] for page in (OPENED, CLOSED)
    ]


def test_an_alarm_names_the_organization_too(
    start: Start, http_server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOTGUARD_ORGANIZATION", "Example Corp")
    handler = start("slack", f"{http_server.url}/services/T0/B0/x")
    assert handler(queue_event(json.dumps(ALARM), at=NOW), None) == {"batchItemFailures": []}
    assert '"*Org*"' in (sent := json.dumps(http_server.requests[0].json()))
    assert '"Example Corp"' in sent


def test_slack_gets_again_what_it_refused(start: Start, http_server: HttpServer) -> None:
    http_server.answer(Answer(), Answer(404, "no_service"))
    handler = start("slack", f"{http_server.url}/services/T0/B0/x")
    assert handler(event(OPENED, CLOSED), None) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


@pytest.mark.parametrize(
    ("resolve_when_clean", "actions"), [("true", ["trigger", "resolve"]), ("false", ["trigger"])]
)
def test_pagerduty_is_told_the_end_where_that_is_wanted(
    start: Start, http_server: HttpServer, resolve_when_clean: str, actions: list[str]
) -> None:
    http_server.answer(Answer(202, json.dumps({"status": "success", "dedup_key": OPENED.about})))
    handler = start("pagerduty", KEY, resolve_when_clean)
    assert handler(event(OPENED, CLOSED), None) == {"batchItemFailures": []}
    sent = [request.json() for request in http_server.requests]
    assert [told["event_action"] for told in sent] == actions
    (opened,) = pagerduty.events(OPENED, resolve_when_clean=True)
    assert sent[0] == opened | {"routing_key": KEY}


@pytest.mark.parametrize("name", ["slack", "pagerduty"])
def test_a_secret_that_is_none_fails_the_invocation_by_its_name(
    name: str, start: Start, http_server: HttpServer
) -> None:
    with pytest.raises(SecretError, match=f'the secret "rootguard/{name}" cannot be used') as refused:
        start(name, "SECR")(event(OPENED), None)
    assert "SECR" not in str(refused.value)
    assert http_server.requests == []
