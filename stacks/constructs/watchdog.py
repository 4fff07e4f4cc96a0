"""The watchdog: alarms that page when the guard itself is in trouble.

A guard that fails silently is worse than none. Each alarm stands for one way to lose an event,
goes to the same topic as the incidents, and its description tells on-call what it means and what
to do first. They say nothing while all is well, since missing data is the normal state here.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.detection import Detection
from stacks.constructs.guard import Guard
from stacks.constructs.restore import Restore

_MINUTE = cdk.Duration.minutes(1)
_LOOK_FIRST = (
    "First list the policies on Root and on the protected targets by hand: detach what does not "
    "belong there, attach what is missing."
)


class Watchdog(Construct):
    """One alarm per way to lose an event."""

    def __init__(  # noqa: PLR0913 - all that it watches
        self,
        scope: Construct,
        construct_id: str,
        *,
        guard: Guard,
        detection: Detection,
        topic: sns.ITopic,
        restore: Restore | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._page = actions.SnsAction(topic)
        self._alarm(
            "GuardErrors",
            guard.function.metric_errors(period=_MINUTE, statistic="Sum"),
            "The guard failed on an event, or could not finish a sweep; a violation may still stand. "
            f"Lambda tries twice more. {_LOOK_FIRST} Then read the function's log.",
        )
        self._alarm(
            "GuardThrottles",
            guard.function.metric_throttles(period=_MINUTE, statistic="Sum"),
            "The guard could not start: the account's Lambda concurrency is used up. Lambda tries "
            f"for six hours. {_LOOK_FIRST} Then find what uses the concurrency.",
        )
        self._alarm(
            "DeadLetters",
            guard.dead_letters.metric_approximate_number_of_messages_visible(
                period=_MINUTE, statistic="Maximum"
            ),
            "An event or a sweep was given up, and waits in the dead-letter queue for 14 days. "
            f"{_LOOK_FIRST} Then mend the cause, invoke the function with the event, and delete it "
            "from the queue.",
        )
        if restore is not None:
            self._alarm(
                "RestoreDeadLetters",
                restore.dead_letters.metric_approximate_number_of_messages_visible(
                    period=_MINUTE, statistic="Maximum"
                ),
                "A policy type was disabled, and some of its attachments could not be put back: each waits "
                "in the restore's dead-letter queue for 14 days, with its policy and target. Attach them by "
                "hand, or mend the cause and move the messages back to the restore's queue.",
            )
        for name, rule in {"Changes": detection.changes, "Denied": detection.denied}.items():
            self._alarm(
                f"{name}RuleFailed",
                _of_rule(rule, "FailedInvocations"),
                "EventBridge could not invoke the guard for good, so events may be unhandled. "
                f"{_LOOK_FIRST} Then see whether the function and its permission for the rule are "
                "still there: if not, deploy again.",
            )

    def _alarm(self, name: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            # Named, because the name is all that an SMS and an e-mail's subject show.
            alarm_name=f"{cdk.Stack.of(self).stack_name}-{name}",
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._page)


def _of_rule(rule: events.IRule, metric_name: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name=metric_name,
        dimensions_map={"RuleName": rule.rule_name},
        period=_MINUTE,
        statistic="Sum",
    )
