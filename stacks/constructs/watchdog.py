"""The watchdog: alarms that page when the guard itself is in trouble.

A guard that fails silently is worse than none. Each alarm is for one way to lose an event, to lose time,
or to lose the guard. It goes to the same topic as the incidents, without passing through our code, and its
description says what it means and what to do first. All but two say nothing while all is well, since missing
data is the normal state; for the heartbeat, and for the events that each sweep sends itself, it is the alarm.
"""

from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks import plain_texts
from stacks.constructs import metrics
from stacks.constructs.guard import Guard
from stacks.constructs.isolation import Isolation
from stacks.constructs.notices import Notices
from stacks.constructs.notifier import Notifier
from stacks.constructs.rehearsal import Rehearsal
from stacks.constructs.restore import Restore
from stacks.constructs.watch import Watch
from stacks.plain_texts import LOOK_FIRST

EXPOSURE_OBJECTIVE: Final = 60
"""Seconds that a violation may be in force. CloudTrail has been seen to take 14 to 39, and a cold start with
its revert takes a few: what took longer came late, was tried again, or had to wait for a sweep."""

_LATE: Final = 60
"""Seconds that a notice may wait: a cold start and all that is read for a page take a few."""

_MINUTE = cdk.Duration.minutes(1)
_AT_THE_FIRST_SIGN: Final[dict[str, Any]] = {
    "threshold": 1,
    "evaluation_periods": 1,
    "comparison_operator": cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    "treat_missing_data": cloudwatch.TreatMissingData.NOT_BREACHING,
}


class Watchdog(Construct):
    """The `alarms`, and the `queues` of dead letters among what they watch, by the alarm's name.

    Where dead letters come from a queue, it is in `sources`, by the name of what takes messages from it.
    """

    def __init__(  # noqa: PLR0913 - all that it watches
        self,
        scope: Construct,
        construct_id: str,
        *,
        guard: Guard,
        notices: Notices,
        notifier: Notifier,
        rules: Mapping[str, events.IRule],
        sweep_minutes: int,
        topic: sns.ITopic,
        restore: Restore | None = None,
        isolation: Isolation | None = None,
        rehearsal: Rehearsal | None = None,
        watch: Watch | None = None,
        organization: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.alarms: list[cloudwatch.IAlarm] = []
        self.queues: dict[str, sqs.IQueue] = {}
        self.sources: dict[str, sqs.IQueue] = {}
        self._page = actions.SnsAction(topic)
        self._organization = organization
        self._watch_heartbeat(sweep_minutes)
        self._watch_events(sweep_minutes)
        self._watch_guard(guard)
        self._watch_outcomes()
        self._watch_notifier(notices, notifier)
        for name, rule in rules.items():
            self._alarm(
                f"{name}RuleFailed",
                metrics.of_rule(rule, "FailedInvocations", _MINUTE),
                f'EventBridge could not deliver what the rule "{name}" matched, for good, so events may be '
                f"unhandled. {LOOK_FIRST}\nThen see whether the rule's target and the permission for it are "
                "still there: if not, deploy again.",
            )
        if restore is not None:
            self._watch_restore(restore)
        if isolation is not None:
            self._watch_isolation(isolation)
        if rehearsal is not None:
            self._watch_rehearsal(rehearsal)
        if watch is not None:
            self._watch_the_watch(watch)

    def dead_letters(
        self, name: str, queue: sqs.IQueue, description: str, of: sqs.IQueue | None = None
    ) -> None:
        """Page when a queue of dead letters holds one.

        `name` is the alarm's, after the stack's; `description` says what is lost, and what to do first; `of`
        is the queue that they come from, where they come from one.
        """
        self.queues[name] = queue
        if of is not None:
            self.sources[name.removesuffix("DeadLetters")] = of
        self._alarm(
            name,
            queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum"),
            description,
        )

    def _watch_heartbeat(self, sweep_minutes: int) -> None:
        alarm = self._alarm(
            "SweepsMissing",
            metrics.of_rootguard("SweepCompleted", "Sum", cdk.Duration.minutes(sweep_minutes)),
            plain_texts.sweeps_missing(sweep_minutes),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            # The schedule and CloudWatch's periods do not begin together: with all well a period can see no
            # sweep, and the next one two.
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        # Two alarms whose end is news: the guard is back, and so are the events.
        alarm.add_ok_action(self._page)

    def _watch_events(self, sweep_minutes: int) -> None:
        alarm = self._alarm(
            "EventsMissing",
            metrics.of_rootguard("EventLatencySeconds", "SampleCount", cdk.Duration.minutes(sweep_minutes)),
            plain_texts.events_missing(sweep_minutes),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            # An event can take longer than a sweep's period, and then two come in the next one.
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_ok_action(self._page)

    def _watch_guard(self, guard: Guard) -> None:
        self._failures(
            "Guard",
            guard.function,
            "The guard failed on an event, or could not finish a sweep; a violation may still be in force. "
            f"Lambda tries twice more. {LOOK_FIRST}\nThen read the function's log.",
            "The guard could not start: the account's Lambda concurrency is used up. Lambda tries "
            f"for six hours. {LOOK_FIRST}\nThen find what uses the concurrency.",
        )
        self.dead_letters(
            "DeadLetters",
            guard.dead_letters,
            "An event or a sweep was given up, and waits in the dead-letter queue for 14 days. "
            f"{LOOK_FIRST}\nThen fix the cause, and deliver it again: run `rootguard redrive`.",
        )

    def _watch_outcomes(self) -> None:
        self._alarm(
            "RevertFailed",
            metrics.of_rootguard("RevertFailed", "Sum", _MINUTE),
            f"The guard tried to undo a violation and could not: it may still be in force. {LOOK_FIRST}\n"
            "Then read the incident's page: it names the policy, the target and the error. Lambda tries "
            "twice more, and each sweep does.",
        )
        self._alarm(
            "Fights",
            metrics.of_rootguard("Fights", "Sum", _MINUTE),
            "Someone or something does again what the guard undid five times in ten minutes, and the guard "
            f"has stopped. {LOOK_FIRST}\nThen find who does it, in the incident's page or in CloudTrail, and "
            "stop them, or approve it in guardrail.yaml or by an exception.",
        )
        self._alarm(
            "Exposure",
            metrics.of_rootguard("ExposureSeconds", "Maximum", _MINUTE),
            f"A violation was in force for more than {EXPOSURE_OBJECTIVE} seconds before it was undone. "
            f"{LOOK_FIRST}\nThen see in the function's log what took long: the event's way to the function, "
            "which is AWS's, or retries.",
            threshold=EXPOSURE_OBJECTIVE,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        )

    def _watch_notifier(self, notices: Notices, notifier: Notifier) -> None:
        first = (
            "People may be notified late. First read the guard's log: it has what happened and what was done."
        )
        self._alarm(
            "NoticesLate",
            notices.queue.metric_approximate_age_of_oldest_message(period=_MINUTE, statistic="Maximum"),
            f"A notice has waited for a minute to be put into words. {first} Then see whether the notifier "
            "and the mapping of its queue are still there, and read the notifier's log.",
            threshold=_LATE,
        )
        self._failures(
            "Notifier",
            notifier.function,
            f"The notifier failed on a notice. {first} Then read the notifier's log: each notice is tried "
            "five times, two minutes apart.",
            "The notifier could not start: the account's Lambda concurrency is used up. "
            f"{first} Then find what uses the concurrency.",
        )
        self.dead_letters(
            "NotifierDeadLetters",
            notices.dead_letters,
            "A notice was given up, and nobody was notified: it waits in the notifier's dead-letter queue "
            "for 14 days. First read it there: it names the policy, the target and what was done. Then fix "
            "what the notifier's log names, and run `rootguard redrive --queue notices`.",
            of=notices.queue,
        )

    def watch_subscribers(self) -> None:
        """Watch the hourly check of who is subscribed: without it, pages can go to nobody unseen."""
        self._alarm(
            "SubscribersMissing",
            metrics.of_rootguard("Subscribers", "Sum", cdk.Duration.hours(1)),
            "Nobody was subscribed to the pages for three hours, or nobody has checked it. First run "
            "`rootguard status`: it says who has to confirm a subscription, and who is not subscribed any "
            "more. Then read the notifier's log, if that says that all is well.",
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )

    def _watch_restore(self, restore: Restore) -> None:
        self._failures(
            "Restore",
            restore.function,
            "A policy type was disabled, and putting its attachments back has failed again and again in ten "
            "minutes. First read the log of the function that puts them back, and attach by hand what cannot "
            "wait: each message is tried five times, three minutes apart.",
            "A policy type was disabled, and the function that puts its attachments back could not start: "
            "the account's Lambda concurrency is used up. First find what uses it: the messages wait for "
            "four days, unless five attempts fail.",
            # Longer than the queue hides a message that failed: each period sees one that goes on failing.
            errors_period=cdk.Duration.minutes(5),
            # One failure is tried again, and is usual while Organizations is busy.
            evaluation_periods=2,
        )
        self.dead_letters(
            "RestoreDeadLetters",
            restore.dead_letters,
            "A policy type was disabled, and some of its attachments could not be put back: each waits "
            "in the restore's dead-letter queue for 14 days, with its policy and target. First attach them "
            "by hand, or fix the cause and run `rootguard redrive --queue restore`.",
            of=restore.queue,
        )

    def _watch_isolation(self, isolation: Isolation) -> None:
        self._failures(
            "Isolation",
            isolation.function,
            "The function that isolates accounts failed, maybe half-way. First run the same command again: "
            "it goes on with what is left. Then read the function's log.",
            "The function that isolates accounts could not start, and moved nothing: the account's Lambda "
            "concurrency is used up. First find what uses it, then run the same command again.",
        )

    def _watch_rehearsal(self, rehearsal: Rehearsal) -> None:
        self._alarm(
            "RehearsalFailed",
            metrics.of_rootguard("RehearsalFailed", "Sum", _MINUTE),
            "The guard did not undo a rehearsal in time: nobody knows whether it would undo a lockout on "
            f"Root. {LOOK_FIRST}\nThen run `rootguard doctor`, fix what it finds, and run `rootguard "
            "rehearse`.",
        )
        self._alarm(
            "RehearsalOverdue",
            metrics.of_rootguard("RehearsalOverdue", "Sum", _MINUTE),
            "No rehearsal has succeeded for 15 days, so nobody knows whether the guard would undo a lockout. "
            "First run `rootguard rehearse`: it says what is in the way, such as an incident that is open.",
        )
        self._failures(
            "Rehearsal",
            rehearsal.function,
            "The function that rehearses failed, so nobody knows whether the guard would undo a lockout. "
            "First read the function's log. Lambda tries twice more, and the schedule the next day.",
            "The function that rehearses could not start: the account's Lambda concurrency is used up. "
            "First find what uses it: the guard needs it, too.",
        )

    def _watch_the_watch(self, watch: Watch) -> None:
        self._failures(
            "Watch",
            watch.function,
            "The function that looks at Root between two sweeps failed: a lockout whose event is lost waits "
            f"for a sweep. {LOOK_FIRST}\nThen read the function's log. The next sweep starts it again.",
            "The function that looks at Root between two sweeps could not start: the account's Lambda "
            f"concurrency is used up. {LOOK_FIRST}\nThen find what uses it: the guard needs it, too.",
        )

    def _failures(
        self,
        name: str,
        function: lambda_.IFunction,
        errors: str,
        throttles: str,
        *,
        errors_period: cdk.Duration = _MINUTE,
        **condition: Any,
    ) -> None:
        """Page when a function fails, and when it cannot start. The condition is that of the errors."""
        failed = function.metric_errors(period=errors_period, statistic="Sum")
        self._alarm(f"{name}Errors", failed, errors, **condition)
        throttled = function.metric_throttles(period=_MINUTE, statistic="Sum")
        self._alarm(f"{name}Throttles", throttled, throttles)

    def _alarm(
        self, name: str, metric: cloudwatch.IMetric, description: str, **condition: Any
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            name,
            # Named, because the name is all that an SMS and an e-mail's subject show.
            alarm_name=f"{cdk.Stack.of(self).stack_name}-{name}",
            alarm_description=plain_texts.described(description, self._organization),
            metric=metric,
            **(_AT_THE_FIRST_SIGN | condition),
        )
        alarm.add_alarm_action(self._page)
        self.alarms.append(alarm)
        return alarm
