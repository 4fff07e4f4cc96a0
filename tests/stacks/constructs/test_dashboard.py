"""The dashboard: what one look at it answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.config import GuardrailConfig
from tests.stacks.synthesis import ROOT_ONLY, guardrail, only, resources

EVERYTHING = guardrail(
    {"targets": ["root"], "restore_policy_type": True},
    pages={"slack": {"webhook_secret": "slack"}, "pagerduty": {"routing_key_secret": "pagerduty"}},
)
SLOW = guardrail({"targets": ["root"]}, sweep={"every_minutes": 60})


def widgets(config: GuardrailConfig = ROOT_ONLY) -> list[dict[str, Any]]:
    """The dashboard's widgets; what only CloudFormation knows stands as {its logical id}."""
    _, dashboard = only("AWS::CloudWatch::Dashboard", config)
    _, parts = dashboard["DashboardBody"]["Fn::Join"]
    text = "".join(part if isinstance(part, str) else str(next(iter(_flat(part)))) for part in parts)
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return found


def _flat(reference: dict[str, Any]) -> list[str]:
    (value,) = reference.values()
    return [f"{{{value}}}" if isinstance(value, str) else f"{{{value[0]}}}"]


def shown(config: GuardrailConfig = ROOT_ONLY) -> dict[str, list[list[Any]]]:
    """Each widget's metrics, by its title."""
    return {
        widget["properties"]["title"]: widget["properties"]["metrics"]
        for widget in widgets(config)
        if "metrics" in widget["properties"]
    }


def names(title: str, config: GuardrailConfig = ROOT_ONLY) -> list[str]:
    (metrics,) = [metrics for shown_title, metrics in shown(config).items() if title in shown_title]
    return [metric[1] for metric in metrics]


def test_it_has_the_stacks_name_and_begins_with_how_to_read_it() -> None:
    _, dashboard = only("AWS::CloudWatch::Dashboard")
    assert dashboard["DashboardName"] == "Rootguard"
    text = widgets()[0]["properties"]["markdown"]
    for question in ("Is it alive?", "Is it needed?", "Is it fast?"):
        assert question in text


@pytest.mark.parametrize("config", [ROOT_ONLY, EVERYTHING], ids=["shipped", "everything"])
def test_every_alarm_is_seen_at_once(config: GuardrailConfig) -> None:
    (board,) = [widget for widget in widgets(config) if widget["type"] == "alarm"]
    assert board["properties"]["alarms"] == [
        f"{{{name}}}" for name in resources("AWS::CloudWatch::Alarm", config)
    ]


def test_it_tells_whether_the_guard_is_alive() -> None:
    assert names("sweeps") == ["SweepCompleted"]
    assert names("errors") == ["Errors", "Throttles"] * 2
    assert names("dead letter") == ["ApproximateAgeOfOldestMessage"] * 2


def test_it_tells_whether_it_is_needed_and_whether_it_is_fast() -> None:
    needed = ["Violations", "Reverted", "RevertFailed", "Fights"]
    assert names("in all") == names("when") == needed
    assert set(names("exposure, seconds")) == {"ExposureSeconds"}
    assert names("exposure is made of") == ["DeliverySeconds", "DecisionSeconds", "WriteSeconds"]
    assert set(names("handler")) == {"HandlerMilliseconds"}
    assert set(names("has its event")) == {"EventLatencySeconds"}
    (exposure,) = [
        widget["properties"] for widget in widgets() if "exposure," in widget["properties"].get("title", "")
    ]
    assert [line["value"] for line in exposure["annotations"]["horizontal"]] == [60]


def test_what_puts_attachments_back_is_shown_where_it_is() -> None:
    assert names("errors", EVERYTHING) == ["Errors", "Throttles"] * 3


def test_every_queue_of_dead_letters_is_shown() -> None:
    (metrics,) = [metrics for title, metrics in shown(EVERYTHING).items() if "dead letter" in title]
    queues = resources("AWS::SQS::Queue", EVERYTHING)
    dead_letters = {f"{{{name}}}" for name, queue in queues.items() if "RedrivePolicy" not in queue}
    assert {metric[3] for metric in metrics} == dead_letters


def test_every_queue_that_a_function_works_through_is_shown() -> None:
    (metrics,) = [metrics for title, metrics in shown(EVERYTHING).items() if "message waiting" in title]
    queues = resources("AWS::SQS::Queue", EVERYTHING)
    assert {metric[3] for metric in metrics} == {
        f"{{{name}}}" for name, queue in queues.items() if "RedrivePolicy" in queue
    }
    assert {metric[1] for metric in metrics} == {"ApproximateAgeOfOldestMessage"}
    assert {metric[4]["label"] for metric in metrics} == {"Notifier", "Restore", "Slack", "PagerDuty"}


@pytest.mark.parametrize(("config", "seconds"), [(ROOT_ONLY, 300), (SLOW, 18_000)])
def test_there_are_five_sweeps_however_often_there_is_one(config: GuardrailConfig, seconds: int) -> None:
    (sweeps,) = [metrics for title, metrics in shown(config).items() if "sweeps" in title]
    # CloudWatch's own, where none is said.
    assert sweeps[0][4].get("period", 300) == seconds
    assert sweeps[0][4]["stat"] == "Sum"


@pytest.mark.parametrize("config", [ROOT_ONLY, EVERYTHING], ids=["shipped", "everything"])
def test_nothing_is_beside_the_screen_and_nothing_overlaps(config: GuardrailConfig) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets(config):
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
