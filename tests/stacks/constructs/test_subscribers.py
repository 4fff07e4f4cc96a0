"""The hourly check of who is subscribed: whom it expects, where it goes, and what its role may do."""

import json
from datetime import datetime
from typing import Any

from rootguard.incidents.notice import About, Notice
from rootguard.notify.words.subscriptions import Check
from tests.stacks.synthesis import ROOT_ONLY, as_list, attribute, guardrail, resources

PAGES = {
    "email": ["oncall@example.com"],
    "sms": ["+81312345678"],
    "slack": {"webhook_secret": "rootguard/slack"},
}
CONFIG = guardrail({"targets": ["root"]}, pages=PAGES)


def schedule() -> dict[str, Any]:
    schedules = resources("AWS::Scheduler::Schedule", CONFIG).values()
    (found,) = (each for each in schedules if each["Name"].endswith("-Subscribers"))
    return dict(found)


def queue(name: str) -> str:
    (found,) = (each for each in resources("AWS::SQS::Queue", CONFIG) if each.startswith(name))
    return found


def sent() -> Notice:
    """What the scheduler sends, with the queue's name and the time filled in."""
    text = schedule()["Target"]["Input"]
    parts = [part if isinstance(part, str) else "Slack" for part in text["Fn::Join"][1]]
    at = "2026-11-27T12:00:00Z"
    return Notice.from_json(json.loads("".join(parts).replace("<aws.scheduler.scheduled-time>", at)))


def test_each_hour_it_sends_the_notice_that_the_notifier_takes_for_a_check() -> None:
    assert schedule()["ScheduleExpression"] == "rate(1 hour)"
    assert schedule()["Target"]["Arn"] == attribute(queue("NoticesQueue"))
    notice = sent()
    assert notice.about is About.SUBSCRIPTIONS
    check = Check.from_json(notice.data)
    assert check.at == datetime.fromisoformat("2026-11-27T12:00:00+00:00")
    expected = [(address.protocol, address.endpoint) for address in check.expected]
    assert expected == [("email", "oncall@example.com"), ("sms", "+81312345678"), ("sqs", "Slack")]


def test_its_role_may_send_to_that_queue_and_nothing_else() -> None:
    name, _ = schedule()["Target"]["RoleArn"]["Fn::GetAtt"]
    role = resources("AWS::IAM::Role", CONFIG)[name]
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert as_list(statement["Action"]) == ["sqs:SendMessage"]
    assert statement["Resource"] == attribute(queue("NoticesQueue"))


def test_if_nobody_is_subscribed_for_three_hours_or_nobody_asks_an_alarm_rings() -> None:
    alarms = {alarm["AlarmName"]: alarm for alarm in resources("AWS::CloudWatch::Alarm", CONFIG).values()}
    alarm = alarms["Rootguard-SubscribersMissing"]
    assert (alarm["MetricName"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Subscribers", 3600, 3)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"


def test_if_nobody_is_to_be_paged_there_is_nothing_to_check() -> None:
    schedules = resources("AWS::Scheduler::Schedule", ROOT_ONLY).values()
    assert [each["Name"] for each in schedules] == ["Rootguard-Sweeps"]
    names = {alarm["AlarmName"] for alarm in resources("AWS::CloudWatch::Alarm", ROOT_ONLY).values()}
    assert "Rootguard-SubscribersMissing" not in names
