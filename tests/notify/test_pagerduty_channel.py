"""PagerDuty's Events API, on a local server that answers as PagerDuty is known to, or does not."""

from __future__ import annotations

import json
import logging
import time
import traceback
from dataclasses import replace

import pytest

from rootguard.notify.channels.pagerduty import PagerDutySender
from rootguard.notify.delivery import SenderError
from rootguard.notify.layouts import pagerduty
from rootguard.notify.page import Kind, Severity
from rootguard.notify.words import incidents
from tests.fakes.http_server import Answer, Fault, HttpServer
from tests.notify.stories import story

KEY = "R0EXAMPLE0123456789abcdefghiSECR"
PAGE = incidents.page(story())
ACCEPTED = Answer(
    202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": PAGE.about})
)
INVALID = Answer(
    400,
    json.dumps(
        {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"],
        }
    ),
)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have waited, each time."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


@pytest.fixture
def sender(http_server: HttpServer) -> PagerDutySender:
    http_server.answer(ACCEPTED)
    return PagerDutySender(KEY, events_url=http_server.url, seconds=0.2)


def test_the_event_arrives_as_it_was_rendered_with_the_key(
    sender: PagerDutySender, http_server: HttpServer
) -> None:
    sender.send(PAGE)
    (request,) = http_server.requests
    assert (request.method, request.path) == ("POST", "/v2/enqueue")
    (event,) = pagerduty.events(PAGE, resolve_when_clean=True)
    assert request.json() == event | {"routing_key": KEY}


def test_below_a_path_it_is_found_too(http_server: HttpServer) -> None:
    http_server.answer(ACCEPTED)
    PagerDutySender(KEY, events_url=f"{http_server.url}/proxy").send(PAGE)
    assert http_server.requests[0].path == "/proxy/v2/enqueue"


def test_first_contact_shows_that_the_key_is_right_and_wakes_nobody(
    sender: PagerDutySender, http_server: HttpServer
) -> None:
    http_server.answer(ACCEPTED, ACCEPTED)
    sender.send(replace(PAGE, severity=Severity.INFO, kind=Kind.ADOPTED))
    sent = [request.json() for request in http_server.requests]
    assert [event["event_action"] for event in sent] == ["trigger", "acknowledge"]
    assert {(event["routing_key"], event["dedup_key"]) for event in sent} == {(KEY, PAGE.about)}


def test_a_wrong_key_fails_on_the_first_page_of_all(sender: PagerDutySender, http_server: HttpServer) -> None:
    http_server.answer(INVALID)
    with pytest.raises(SenderError, match="PagerDuty answered 400"):
        sender.send(replace(PAGE, severity=Severity.INFO, kind=Kind.ADOPTED))


def test_what_opens_nothing_is_not_sent(sender: PagerDutySender, http_server: HttpServer) -> None:
    sender.send(replace(PAGE, severity=Severity.INFO))
    assert http_server.requests == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (INVALID, r"PagerDuty answered 400: .*Length of 'routing_key' is incorrect"),
        (Answer(401, "Unauthorized"), "PagerDuty answered 401: Unauthorized"),
        (Answer(403, "Forbidden"), "PagerDuty answered 403: Forbidden"),
        (Answer(302, "", {"Location": "/elsewhere"}), "PagerDuty answered 302"),
        (Answer(200, "<html>Welcome</html>"), "PagerDuty answered 200: <html>Welcome"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else "",
)
def test_a_refusal_is_told_in_pagerdutys_words_and_not_tried_again(
    sender: PagerDutySender, http_server: HttpServer, answer: Answer, said: str
) -> None:
    http_server.answer(answer)
    with pytest.raises(SenderError, match=said):
        sender.send(PAGE)
    assert len(http_server.requests) == 1


@pytest.mark.parametrize(
    "first",
    [
        (Answer(429, ""),),
        (Answer(500, ""),),
        (Answer(503, ""), Answer(429, "")),
        (Fault.RESET,),
        (Fault.HANG,),
    ],
    ids=str,
)
def test_a_passing_failure_is_tried_again(
    sender: PagerDutySender, http_server: HttpServer, slept: list[float], first: tuple[Answer | Fault, ...]
) -> None:
    http_server.answer(*first, ACCEPTED)
    sender.send(PAGE)
    assert len(http_server.requests) == len(first) + 1
    assert len(slept) == len(first)


@pytest.mark.parametrize(
    ("script", "attempts", "said"),
    [
        ((Answer(429, "Too many"),), 3, "PagerDuty answered 429: Too many"),
        ((Answer(500, "Oops"),), 3, "PagerDuty answered 500: Oops"),
        ((Fault.RESET,), 2, "PagerDuty does not answer: ReadError"),
        ((Fault.HANG,), 2, "PagerDuty does not answer: ReadTimeout"),
        # Whatever comes together, in whatever order.
        ((Fault.RESET, Answer(500), Answer(502), Answer(503), ACCEPTED), 4, "PagerDuty answered 503"),
        ((Answer(429), Answer(504), Fault.RESET, Fault.RESET, ACCEPTED), 4, "PagerDuty does not answer"),
    ],
    ids=str,
)
def test_a_failure_that_does_not_pass_ends_in_time(
    sender: PagerDutySender,
    http_server: HttpServer,
    slept: list[float],
    script: tuple[Answer | Fault, ...],
    attempts: int,
    said: str,
) -> None:
    http_server.answer(*script)
    with pytest.raises(SenderError, match=said):
        sender.send(PAGE)
    assert len(http_server.requests) == attempts
    # With the three seconds that each of four attempts may take, under the fifteen that `ports` promises.
    assert sum(slept) <= 3


def test_nobody_there_is_told(slept: list[float]) -> None:
    with pytest.raises(SenderError, match="PagerDuty does not answer: ConnectError"):
        PagerDutySender(KEY, events_url="http://127.0.0.1:9").send(PAGE)


@pytest.mark.parametrize(
    "script",
    [(ACCEPTED,), (INVALID,), (Answer(401, f"no such key: {KEY}"),), (Answer(500, KEY),), (Fault.RESET,)],
    ids=["202", "400", "401", "500", "reset"],
)
def test_the_key_is_never_told(
    sender: PagerDutySender,
    http_server: HttpServer,
    slept: list[float],
    script: tuple[Answer | Fault, ...],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    http_server.answer(*script)
    said = ""
    try:
        sender.send(PAGE)
    except SenderError as error:
        # As Lambda's log would have it, with what it came from.
        said = "".join(traceback.format_exception(error))
    assert "SECR" not in said + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("key", ["", "SECR", KEY + "x", KEY[:-1] + "!", KEY[:-1] + "\n"])
def test_what_is_no_key_is_refused_unseen(key: str) -> None:
    with pytest.raises(ValueError, match="32 letters and digits") as refused:
        PagerDutySender(key, events_url="https://events.pagerduty.com")
    assert "SECR" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["http://events.pagerduty.com", "http://127.0.0.1.example.com:80", "events.pagerduty.com", "https://"],
)
def test_the_key_goes_nowhere_in_the_open(url: str) -> None:
    with pytest.raises(ValueError, match="not an https URL"):
        PagerDutySender(KEY, events_url=url)
