"""What reaches the deployed channels beside incidents: alarms, the end of one, and what nobody worded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.exits import ExitCode
from cli.page.run import run
from drill.run import Theatre
from drill.scenarios import SCENARIOS
from drill.stage import Stage
from rootguard.incidents import notice
from rootguard.notify.page import Page
from rootguard.notify.words import incidents
from tests.given import NOW
from tests.notify.stories import story
from tests.notify.test_alarm_page import ALARM

CLOSED: Page = incidents.page(story(stage=notice.Stage.OVER, closed_at=NOW))


@pytest.fixture(scope="module")
def stage(theatre: Theatre) -> Stage:
    return theatre.stage(SCENARIOS["deny-all-on-root"])


def told(stage: Stage, topic: str, message: str) -> dict[str, dict[str, Any]]:
    """What each channel is told of a message on a topic."""
    sns = stage.aws.client("sns")
    (arn,) = [
        listed["TopicArn"] for listed in sns.list_topics()["Topics"] if f"-{topic}" in listed["TopicArn"]
    ]
    stage.begin()
    sns.publish(TopicArn=arn, Message=message)
    stage.wait_until_quiet()
    return {page["channel"]: page for page in stage.pages()}


def test_a_test_reaches_everyone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in stage.aws.settings().items():
        monkeypatch.setenv(name, value)
    stage.begin()
    assert run(stage.aws.home / "guardrail.yaml", as_json=True) is ExitCode.FINE
    channels = json.loads(capsys.readouterr().out)["channels"]
    assert {(each["protocol"], each["state"]) for each in channels} == {
        ("email", "sent"),
        ("sms", "sent"),
        ("sqs", "delivered"),
    }
    stage.wait_until_quiet()
    pages = {page["channel"]: page for page in stage.pages()}
    assert set(pages) == {"email", "sms", "slack", "pagerduty"}
    assert pages["email"]["subject"].startswith("Rootguard TEST: this is how a page arrives")
    assert json.loads(pages["pagerduty"]["text"])["payload"]["severity"] == "warning"


def test_an_alarm_reaches_everyone(stage: Stage) -> None:
    pages = told(stage, "PagingTopic", json.dumps(ALARM))
    assert set(pages) == {"email", "sms", "slack", "pagerduty"}
    event = json.loads(pages["pagerduty"]["text"])
    assert (event["event_action"], event["payload"]["class"]) == ("trigger", "alarm")


def test_the_end_is_told_to_channels_only(stage: Stage) -> None:
    pages = told(stage, "PagingClosings", json.dumps({"page": CLOSED.as_json()}))
    assert set(pages) == {"slack", "pagerduty"}
    event = json.loads(pages["pagerduty"]["text"])
    assert event == {"event_action": "resolve", "dedup_key": CLOSED.about}
    assert pages["slack"]["subject"].startswith("Rootguard CLEAN. ")


def test_what_is_no_page_is_not_lost(stage: Stage) -> None:
    pages = told(stage, "PagingTopic", "the budget is exceeded")
    for channel in ("slack", "pagerduty"):
        assert "the budget is exceeded" in pages[channel]["text"]
