"""The metrics that alarms and the dashboard read, by the names under which they are recorded.

Rootguard's own are lines in the function's log, in CloudWatch's embedded metric format
(lambdas/rootguard/aws/telemetry.py): there are none while nothing happens.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events


def of_rootguard(name: str, statistic: str, period: cdk.Duration) -> cloudwatch.Metric:
    """One of Rootguard's own."""
    return cloudwatch.Metric(
        namespace="Rootguard",
        metric_name=name,
        # Powertools adds it to each metric.
        dimensions_map={"service": "rootguard"},
        period=period,
        statistic=statistic,
    )


def of_rule(rule: events.IRule, name: str, period: cdk.Duration) -> cloudwatch.Metric:
    """One that EventBridge counts for a rule."""
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name=name,
        dimensions_map={"RuleName": rule.rule_name},
        period=period,
        statistic="Sum",
    )
