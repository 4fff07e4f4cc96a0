"""The alarms: one for each way to lose an event, all of them to the topic."""

import pytest

from tests.stacks.synthesis import attribute, guard_function, only, resources


def test_each_way_to_lose_an_event_has_an_alarm() -> None:
    function, _ = guard_function()
    queue, _ = only("AWS::SQS::Queue")
    rules = list(resources("AWS::Events::Rule"))
    watched = [
        (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], alarm["Dimensions"][0]["Value"])
        for alarm in resources("AWS::CloudWatch::Alarm").values()
    ]
    assert watched == [
        ("AWS/Lambda", "Errors", "Sum", {"Ref": function}),
        ("AWS/Lambda", "Throttles", "Sum", {"Ref": function}),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", attribute(queue, "QueueName")),
        ("AWS/Events", "FailedInvocations", "Sum", {"Ref": rules[0]}),
        ("AWS/Events", "FailedInvocations", "Sum", {"Ref": rules[1]}),
    ]


@pytest.mark.parametrize("name", resources("AWS::CloudWatch::Alarm"))
def test_an_alarm_pages_at_the_first_sign_and_says_what_to_do(name: str) -> None:
    topic, _ = only("AWS::SNS::Topic")
    alarm = resources("AWS::CloudWatch::Alarm")[name]
    assert alarm["AlarmActions"] == [{"Ref": topic}]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Period"]) == (1, 1, 60)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert "First list the policies on Root" in alarm["AlarmDescription"]
    assert len(alarm["AlarmDescription"]) <= 1024
    assert alarm["AlarmName"].startswith("Rootguard-")
