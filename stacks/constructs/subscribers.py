"""Subscribers: the hourly check that everybody who is to be paged is subscribed.

SNS takes a page whether or not somebody gets it, so nothing else would notice. The check is one more notice:
it goes through the queue, the retries and the dead letters that notices have.
"""

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from rootguard.domain.json_data import plain
from rootguard.incidents.notice import About, Stage
from rootguard.notify.subscribers import Address
from stacks.constructs import schedules
from stacks.constructs.notices import Notices
from stacks.constructs.schedules import DUE, ON_TIME


class Subscribers(Construct):
    """The schedule, and the role by which EventBridge Scheduler sends the notice."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        notices: Notices,
        expected: tuple[Address, ...],
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        role = schedules.role(self, "ask who is subscribed", {"sqs:SendMessage": notices.queue.queue_arn})
        notice = {
            "key": f"subscribers/{DUE}",
            "about": About.SUBSCRIPTIONS,
            "stage": Stage.FOUND,
            "data": {"at": DUE, "expected": plain(expected)},
        }
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=f"{stack.stack_name}-Subscribers",  # as that of the sweeps
            description="Rootguard: asks who is subscribed",
            schedule_expression="rate(1 hour)",
            flexible_time_window=ON_TIME,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=notices.queue.queue_arn,
                role_arn=role.role_arn,
                input=stack.to_json_string(notice),
                # If it is not sent for three hours, the alarm for missing subscribers says so.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=3, maximum_event_age_in_seconds=3600
                ),
            ),
        )
