"""Subscribers: the hourly check that everybody who is to be paged is subscribed.

SNS takes a page whether or not somebody gets it, so nothing else would notice. The check is one more notice:
it goes through the queue, the retries and the dead letters that notices have.
"""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from rootguard.incidents.notice import About, Stage
from stacks.constructs.notices import Notices
from stacks.constructs.sweeps import DUE


class Subscribers(Construct):
    """The schedule, and the role by which EventBridge Scheduler sends the notice."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        notices: Notices,
        expected: Sequence[tuple[str, str]],
    ) -> None:
        """Check each hour. `expected` has the protocol and the endpoint of each: a queue's is its name."""
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            description="Rootguard: lets the scheduler ask who is subscribed",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            inline_policies={
                "Subscribers": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[notices.queue.queue_arn])
                    ]
                )
            },
        )
        addresses = [{"protocol": protocol, "endpoint": endpoint} for protocol, endpoint in expected]
        data = {"at": DUE, "expected": addresses}
        notice = {
            "key": f"subscribers/{DUE}",
            "about": About.SUBSCRIPTIONS,
            "stage": Stage.FOUND,
            "data": data,
        }
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=f"{stack.stack_name}-Subscribers",  # as that of the sweeps
            description="Rootguard: asks who is subscribed",
            schedule_expression="rate(1 hour)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
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
