"""The dashboard: one look says whether Rootguard is alive, whether it is needed, and whether it is fast.

It shows what the alarms watch, and what no alarm is made of: how often, how long, how old. It comes last in
the stack, to show every alarm, and every queue that others have given to the watchdog.
"""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs import metrics
from stacks.constructs.watchdog import EXPOSURE_OBJECTIVE, Watchdog

_WHOLE, _HALF, _QUARTER = 24, 12, 6
_WHILE = cdk.Duration.minutes(5)
_READING = """
# Rootguard

- **Is it alive?** Then every alarm is green, there are five sweeps, no errors and no dead letters, and no
  message waits for long.
- **Is it needed?** A violation is a policy change that broke the rules. It has its revert, unless only a
  page was asked for.
- **Is it fast?** Exposure is how long a violation was in force, and stays below the line. Beside it is what
  it is made of: AWS delivers the event, the guard decides, AWS takes the write. Each sweep's own read comes
  back as an event, so the time that delivery takes is known before it counts.
"""


class Dashboard(Construct):
    """One dashboard, named as the stack is."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.IFunction],
        watchdog: Watchdog,
        sweep_minutes: int,
    ) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=cdk.Stack.of(self).stack_name,
            default_interval=cdk.Duration.days(1),
            widgets=[
                [cloudwatch.TextWidget(width=_WHOLE, height=5, markdown=_READING.strip())],
                [
                    cloudwatch.AlarmStatusWidget(
                        title="Alarms", width=_WHOLE, height=4, alarms=watchdog.alarms
                    )
                ],
                _alive(functions, watchdog, sweep_minutes),
                _needed(),
                _fast(),
                *([[_rehearsed()]] if "rehearsal" in functions else []),
            ],
        )


def _alive(
    functions: Mapping[str, lambda_.IFunction], watchdog: Watchdog, sweep_minutes: int
) -> list[cloudwatch.IWidget]:
    ages = {"dead letter": watchdog.queues, "message waiting": watchdog.sources}
    width = _WHOLE // (2 + len(ages))
    return [
        cloudwatch.GraphWidget(
            title=f"Alive: sweeps completed in {5 * sweep_minutes} minutes",
            width=width,
            left=[metrics.of_rootguard("SweepCompleted", "Sum", cdk.Duration.minutes(5 * sweep_minutes))],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
        cloudwatch.GraphWidget(
            title="Alive: errors and throttles",
            width=width,
            left=[
                metric
                for name, function in functions.items()
                for metric in (
                    function.metric_errors(label=f"errors, {name}", period=_WHILE, statistic="Sum"),
                    function.metric_throttles(label=f"throttles, {name}", period=_WHILE, statistic="Sum"),
                )
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
        # Apart: a dead letter can be days old, and a message that waits is not for long.
        *(
            cloudwatch.GraphWidget(
                title=f"Alive: age of the oldest {what}, seconds",
                width=width,
                left=[
                    queue.metric_approximate_age_of_oldest_message(
                        label=name, period=_WHILE, statistic="Maximum"
                    )
                    for name, queue in queues.items()
                ],
                left_y_axis=cloudwatch.YAxisProps(min=0),
            )
            for what, queues in ages.items()
        ),
    ]


def _needed() -> list[cloudwatch.IWidget]:
    counted = [
        metrics.of_rootguard(name, "Sum", _WHILE)
        for name in ("Violations", "Reverted", "RevertFailed", "Fights")
    ]
    return [
        cloudwatch.SingleValueWidget(
            title="Needed: in all of the time shown",
            width=_HALF,
            height=6,
            metrics=counted,
            set_period_to_time_range=True,
        ),
        cloudwatch.GraphWidget(
            title="Needed: when",
            width=_HALF,
            left=counted,
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
    ]


def _fast() -> list[cloudwatch.IWidget]:
    return [
        cloudwatch.GraphWidget(
            title="Fast: exposure, seconds",
            width=_QUARTER,
            left=[
                metrics.of_rootguard("ExposureSeconds", statistic, _WHILE)
                for statistic in ("Maximum", "Average")
            ],
            left_annotations=[cloudwatch.HorizontalAnnotation(value=EXPOSURE_OBJECTIVE, label="objective")],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
        cloudwatch.GraphWidget(
            title="Fast: what exposure is made of, seconds",
            width=_QUARTER,
            stacked=True,
            left=[
                metrics.of_rootguard(f"{part}Seconds", "Maximum", _WHILE)
                for part in ("Delivery", "Decision", "Write")
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
        cloudwatch.GraphWidget(
            title="Fast: from a call until the guard has its event, seconds",
            width=_QUARTER,
            left=[
                metrics.of_rootguard("EventLatencySeconds", statistic, _WHILE)
                for statistic in ("p50", "p99", "Maximum")
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
        cloudwatch.GraphWidget(
            title="Fast: handler time, milliseconds",
            width=_QUARTER,
            left=[
                metrics.of_rootguard("HandlerMilliseconds", statistic, _WHILE)
                for statistic in ("p50", "p99", "Maximum")
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
    ]


def _rehearsed() -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Rehearsed: seconds until the guard had detached the SCP",
        width=_WHOLE,
        # One point a week: a shorter period would draw no line.
        left=[metrics.of_rootguard("RehearsalSecondsToDetach", "Maximum", cdk.Duration.days(7))],
        left_annotations=[cloudwatch.HorizontalAnnotation(value=EXPOSURE_OBJECTIVE, label="objective")],
        left_y_axis=cloudwatch.YAxisProps(min=0),
    )
