"""Sweeps: the schedule on which the guard compares the live state with the accepted one.

What it sends is the function's own word for a sweep. It also keeps the function warm, so that an event
seldom waits for a cold start.
"""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.constructs.guard import Guard

SWEEP = {"source": "rootguard.sweep"}
"""What rootguard.handlers.guard takes for a sweep."""
DUE = "<aws.scheduler.scheduled-time>"


class Sweeps(Construct):
    """The schedule, and the role by which EventBridge Scheduler starts a sweep, or keeps one it could not."""

    def __init__(self, scope: Construct, construct_id: str, *, guard: Guard, every_minutes: int) -> None:
        super().__init__(scope, construct_id)
        jobs = {
            "lambda:InvokeFunction": guard.function.function_arn,
            "sqs:SendMessage": guard.dead_letters.queue_arn,
        }
        role = iam.Role(
            self,
            "Role",
            description="Rootguard: lets the scheduler start a sweep",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            ),
            inline_policies={
                "Sweeps": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(actions=[action], resources=[resource])
                        for action, resource in jobs.items()
                    ]
                )
            },
        )
        unit = "minute" if every_minutes == 1 else "minutes"
        self.schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            # Given, as CloudFormation's guide does not say how it would name one: tampering is known by names
            # that begin with the stack's.
            name=f"{cdk.Stack.of(self).stack_name}-Sweeps",
            description="Rootguard: sweeps the protected targets",
            schedule_expression=f"rate({every_minutes} {unit})",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=guard.function.function_arn,
                role_arn=role.role_arn,
                # The scheduler fills in when the sweep was due ("Adding context attributes", EventBridge
                # Scheduler User Guide): one that failed is tried again by Lambda, as any event is, and the
                # function then leaves it to the sweep that is due by then.
                input=json.dumps({**SWEEP, "at": DUE, "every_minutes": every_minutes}),
                # Nor is an invocation that Lambda did not take tried again: the next one does it all.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=0, maximum_event_age_in_seconds=60
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=guard.dead_letters.queue_arn
                ),
            ),
        )
