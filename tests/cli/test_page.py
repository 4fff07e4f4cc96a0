"""`rootguard page --test`: how far a page came, by the subscriptions and the channels' logs."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from cli.page.arrival import Arrival, State, by_subscription, in_log
from cli.page.look import show
from cli.page.run import waited
from rootguard.notify import subscribers
from rootguard.notify.subscribers import Address, Subscriber
from tests.cli.conftest import Rootguard

KEY = "test/5f0c1a9e7b42"
SLACK = Subscriber(Address("sqs", "Slack"), subscribers.State.CONFIRMED)
STARTED = "INIT_START Runtime Version: python:3.14"
DELIVERED = json.dumps({"level": "INFO", "message": "delivered", "about": KEY})
ANOTHER = json.dumps({"level": "INFO", "message": "delivered", "about": "i-e8945bfa2221"})
REFUSED = json.dumps(
    {"level": "WARNING", "message": "not delivered", "error": "SenderError: Slack answered 404"}
)
RAISED = '[ERROR] SecretError: the secret "rootguard/slack" holds no text\nTraceback (most recent call last):'


@pytest.mark.parametrize(
    ("protocol", "state", "expected"),
    [
        ("email", subscribers.State.CONFIRMED, State.SENT),
        ("sms", subscribers.State.CONFIRMED, State.SENT),
        ("sqs", subscribers.State.CONFIRMED, State.UNKNOWN),
        ("email", subscribers.State.PENDING, State.PENDING),
        ("sqs", subscribers.State.GONE, State.GONE),
    ],
)
def test_a_subscription_tells_how_far_sns_can_send(
    protocol: str, state: subscribers.State, expected: State
) -> None:
    assert by_subscription(Subscriber(Address(protocol, "x"), state)).state is expected


@pytest.mark.parametrize(
    ("lines", "state", "detail"),
    [
        ([STARTED, DELIVERED], State.DELIVERED, ""),
        ([STARTED, REFUSED], State.FAILED, "SenderError: Slack answered 404"),
        ([STARTED, RAISED], State.FAILED, 'SecretError: the secret "rootguard/slack" holds no text'),
        ([REFUSED, DELIVERED], State.DELIVERED, ""),
    ],
)
def test_a_log_tells_whether_the_channel_took_it(lines: list[str], state: State, detail: str) -> None:
    assert in_log(SLACK, lines, KEY) == Arrival(SLACK, state, detail)


@pytest.mark.parametrize("lines", [[], [STARTED], [ANOTHER], ["null", '"delivered"', "[]", "{}"]])
def test_a_log_without_the_page_tells_nothing(lines: list[str]) -> None:
    assert in_log(SLACK, lines, KEY) is None


def test_it_waits_for_a_minute_and_not_longer() -> None:
    slept: list[float] = []
    asked: list[float] = []
    assert waited(lambda: asked.append(sum(slept)), lambda: sum(slept), slept.append) is None
    assert (asked[0], asked[-1], len(asked)) == (0, 60, 61)
    assert waited(lambda: "told", lambda: sum(slept), slept.append) == "told"
    assert sum(slept) == 60


def test_who_did_not_get_it_is_shown_with_the_reason_and_the_fix() -> None:
    text = io.StringIO()
    gone = Subscriber(Address("sms", "+12065550100"), subscribers.State.GONE)
    arrivals = [
        Arrival(SLACK, State.FAILED, "SenderError: Slack answered 404"),
        Arrival(gone, State.GONE),
        Arrival(Subscriber(Address("email", "a@example.com"), subscribers.State.CONFIRMED), State.SENT),
    ]
    show(arrivals, "arn:aws:sns:us-east-1:111122223333:Pages", KEY, Console(file=text, width=80))
    lines = text.getvalue().splitlines()
    assert lines[0] == f"1 of 3 took the page {KEY}"
    assert "✗  queue   Slack          did not take it" in text.getvalue()
    assert "Slack: SenderError: Slack answered 404" in lines
    assert any(line.startswith("aws sns subscribe") for line in lines)


def test_nothing_is_sent_unless_it_is_said_to_be_a_test(rootguard: Rootguard) -> None:
    refused = rootguard("page")
    assert refused.exit_code == 2
    assert "add --test" in refused.stderr
