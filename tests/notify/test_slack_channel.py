"""Slack's webhook, on a local server that answers as Slack is known to: in its words, late, never, or not."""

from __future__ import annotations

import logging
import time

import pytest

from rootguard.notify.channels.slack import SlackSender
from rootguard.notify.delivery import SenderError
from rootguard.notify.layouts.slack import message
from rootguard.notify.words import incidents
from tests.fakes.http_server import Answer, Fault, HttpServer
from tests.notify.stories import story

SECRET = "/services/T0EXAMPLE/B0EXAMPLE/sEcReT"  # noqa: S105 - of nobody
PAGE = incidents.page(story())


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have waited, each time."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


@pytest.fixture
def sender(http_server: HttpServer) -> SlackSender:
    return SlackSender(http_server.url + SECRET, timeout=0.2)


def test_the_message_arrives_as_it_was_rendered(sender: SlackSender, http_server: HttpServer) -> None:
    sender.send(PAGE)
    (request,) = http_server.requests
    assert (request.method, request.path) == ("POST", SECRET)
    assert request.headers["content-type"] == "application/json;charset=utf-8"
    assert request.json() == message(PAGE) | {"unfurl_links": False, "unfurl_media": False}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "invalid_payload"),
        (400, "invalid_blocks"),
        (403, "action_prohibited"),
        (404, "no_service"),
        (404, "channel_not_found"),
        (410, "channel_is_archived"),
    ],
)
def test_a_refusal_is_told_in_slacks_word_and_not_tried_again(
    sender: SlackSender, http_server: HttpServer, status: int, word: str
) -> None:
    http_server.answer(Answer(status, word))
    with pytest.raises(SenderError, match=f"^Slack answered {status}: {word}$"):
        sender.send(PAGE)
    assert len(http_server.requests) == 1


@pytest.mark.parametrize(
    "answer", [Answer(502, "<html>Bad gateway</html>"), Answer(200, "<html>Welcome</html>")]
)
def test_what_is_not_slacks_own_answer_is_a_failure(
    sender: SlackSender, http_server: HttpServer, answer: Answer
) -> None:
    http_server.answer(answer)
    with pytest.raises(SenderError, match=f"Slack answered {answer.status}: without a word"):
        sender.send(PAGE)


def test_a_webhook_that_leads_elsewhere_is_a_failure(sender: SlackSender, http_server: HttpServer) -> None:
    http_server.answer(
        Answer(302, "", {"Location": "/"}), Answer(200, "<html>Slack is your digital HQ</html>")
    )
    with pytest.raises(SenderError, match="without a word"):
        sender.send(PAGE)


@pytest.mark.parametrize(
    "first", [Answer(500, "rollup_error"), Answer(503, ""), Fault.RESET], ids=["500", "503", "reset"]
)
def test_a_passing_failure_is_tried_again(
    sender: SlackSender, http_server: HttpServer, slept: list[float], first: Answer | Fault
) -> None:
    http_server.answer(first, Answer())
    sender.send(PAGE)
    assert len(http_server.requests) == 2
    assert len(slept) == 1


def test_a_failure_that_does_not_pass_is_told(
    sender: SlackSender, http_server: HttpServer, slept: list[float]
) -> None:
    http_server.answer(Answer(500, "rollup_error"))
    with pytest.raises(SenderError, match="500: rollup_error"):
        sender.send(PAGE)
    assert len(http_server.requests) == 2
    http_server.answer(Fault.RESET)
    with pytest.raises(SenderError, match=r"could not be reached: .*reset by peer"):
        sender.send(PAGE)


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_slack_is_left_alone_for_as_long_as_it_asks(
    sender: SlackSender, http_server: HttpServer, slept: list[float], name: str
) -> None:
    http_server.answer(Answer(429, "rate_limited", {name: "3"}), Answer())
    sender.send(PAGE)
    assert len(http_server.requests) == 2
    (wait,) = slept
    assert 3 <= wait <= 4


@pytest.mark.parametrize("seconds", ["4", "60", "", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_what_must_wait_for_longer_waits_in_the_queue(
    sender: SlackSender, http_server: HttpServer, slept: list[float], seconds: str
) -> None:
    http_server.answer(Answer(429, "rate_limited", {"Retry-After": seconds}))
    with pytest.raises(SenderError, match="429: rate_limited"):
        sender.send(PAGE)
    assert len(http_server.requests) == 1
    assert slept == []


def test_silence_is_not_waited_out(sender: SlackSender, http_server: HttpServer) -> None:
    http_server.answer(Fault.HANG)
    with pytest.raises(SenderError, match="could not be reached: TimeoutError"):
        sender.send(PAGE)


@pytest.mark.parametrize(
    "script",
    [
        (Answer(404, "no_service"),),
        (Answer(429, "rate_limited", {"Retry-After": "0"}),),
        (Answer(500, "rollup_error"),),
        (Fault.RESET,),
        (Fault.HANG,),
        (Answer(),),
    ],
    ids=str,
)
def test_the_webhook_is_never_told(
    sender: SlackSender,
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
        said = f"{error!r} {error.__cause__!r}"
    assert "sEcReT" not in said + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sEcReT",
        "http://hooks.slack.com/services/sEcReT",
        "https://hooks.slack.com/services/sEcReT more",
        "https://hooks.slack.com/services/sEcReT\n",
        "http://127.0.0.1.example.com:80/sEcReT",
        "file:///sEcReT",
    ],
)
def test_what_is_no_webhook_is_refused_unseen(url: str) -> None:
    with pytest.raises(ValueError, match="no https URL") as refused:
        SlackSender(url)
    assert "sEcReT" not in str(refused.value)
