"""CloudWatch's alarms in words: what each means, how urgent it is, what to do, and that it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rootguard.notify import messages
from rootguard.notify.layouts import topic
from rootguard.notify.page import Kind, Page, Severity

# The shape is CloudWatch's; the words of AlarmDescription are the watchdog's.
ALARM: dict[str, Any] = {
    "AlarmName": "Rootguard-GuardErrors",
    "AlarmDescription": (
        "The guard failed on an event, or could not finish a sweep; a violation may still stand. Lambda "
        "tries twice more. First list the policies on Root and on the protected targets by hand: detach what "
        "does not belong there, attach what is missing. Then read the function's log."
    ),
    "AWSAccountId": "111122223333",
    "AlarmConfigurationUpdatedTimestamp": "2026-11-01T08:00:00.000+0000",
    "NewStateValue": "ALARM",
    "NewStateReason": (
        "Threshold Crossed: 1 datapoint [1.0 (20/11/26 09:14:00)] was greater than or equal to the threshold "
        "(1.0)."
    ),
    "StateChangeTime": "2026-11-20T09:15:02.123+0000",
    "Region": "US East (N. Virginia)",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:Rootguard-GuardErrors",
    "OldStateValue": "OK",
    "OKActions": [],
    "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:Rootguard-Topic"],
    "InsufficientDataActions": [],
    "Trigger": {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "Rootguard-Guard", "name": "FunctionName"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    },
}

EMAIL = """\
ALARM. The guard failed on an event, or could not finish a sweep; a violation may still stand. \
Lambda tries twice more.
It may NOT be safe: a violation may be in force.

Why       Threshold Crossed: 1 datapoint [1.0 (20/11/26 09:14:00)] was greater than or equal to the \
threshold (1.0).
Where     account 111122223333, US East (N. Virginia)
When      2026-11-20 09:15:02 UTC

What to do next
1. First list the policies on Root and on the protected targets by hand: detach what does not belong there, \
attach what is missing.
2. Then read the function's log.

CloudWatch alarm Rootguard-GuardErrors
"""


def page(**changed: Any) -> Page:
    return messages.alarm(ALARM | changed)


def test_it_says_what_it_means_and_what_to_do() -> None:
    assert topic.body(page()) == EMAIL
    assert topic.subject(page()) == "Rootguard ALARM: Rootguard-GuardErrors"
    assert (page().kind, page().safe) == (Kind.ALARM, None)
    assert page().at == datetime(2026, 11, 20, 9, 15, 2, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("Rootguard-SweepsMissing", Severity.CRITICAL),
        ("my-own-stack-GuardErrors", Severity.CRITICAL),
        ("Rootguard-DetectionRuleFailed", Severity.CRITICAL),
        ("Rootguard-DeadLetters", Severity.CRITICAL),
        ("Rootguard-SlackDeadLetters", Severity.ERROR),
        ("Rootguard-Exposure", Severity.WARNING),
        ("SomeoneElses", Severity.ERROR),
    ],
)
def test_it_is_critical_where_a_violation_may_stand(name: str, severity: Severity) -> None:
    told = page(AlarmName=name)
    assert told.severity is severity
    assert ("NOT be safe" in topic.body(told)) is (severity is Severity.CRITICAL)


def test_its_end_belongs_to_it_and_wakes_nobody() -> None:
    over = page(NewStateValue="OK", OldStateValue="ALARM")
    assert over.about == page().about
    assert (over.headline, over.severity, over.safe) == ("ALARM OVER", Severity.INFO, None)
    assert over.sentences[0] == "The alarm Rootguard-GuardErrors is over."


def test_no_data_is_said_to_be_so() -> None:
    told = page(NewStateValue="INSUFFICIENT_DATA")
    assert (told.headline, told.severity) == ("ALARM INSUFFICIENT_DATA", Severity.CRITICAL)


@pytest.mark.parametrize("description", [None, "", "Look into it."])
def test_an_alarm_that_says_little_still_comes(description: str | None) -> None:
    told = page(AlarmDescription=description)
    assert told.sentences[0] == (description or "The alarm Rootguard-GuardErrors has no description.")
    assert told.steps == ("Look at the alarm and its metric in CloudWatch.",)


@pytest.mark.parametrize(
    "changed",
    [
        {"AlarmName": 7},
        {"NewStateValue": None},
        {"NewStateReason": ["x"]},
        {"AlarmDescription": 7},
        {"StateChangeTime": "soon"},
        {"StateChangeTime": "2026-11-20T09:15:02"},
    ],
    ids=str,
)
def test_what_is_no_alarm_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        page(**changed)


def test_no_name_adds_a_line() -> None:
    told = page(AlarmName="x\nNOT UNDONE-GuardErrors", NewStateReason="c\r\nd\u202e", Region="\u2028here")
    assert len(topic.body(told).splitlines()) == len(EMAIL.splitlines())
