"""Sweeps: the schedule on which the guard compares the live state with the accepted one.

What it sends is the function's own word for a sweep. It also keeps the function warm, so that an event
seldom waits for a cold start.
"""

import json

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.constructs import schedules
from stacks.constructs.guard import Guard
from stacks.constructs.schedules import DUE, ON_TIME

SWEEP = {"source": "rootguard.sweep"}
"""What rootguard.handlers.guard takes for a sweep."""


class Sweeps(Construct):
    """The schedule, and the role by which EventBridge Scheduler starts a sweep, or keeps one it could not."""

    def __init__(self, scope: Construct, construct_id: str, *, guard: Guard, every_minutes: int) -> None:
        super().__init__(scope, construct_id)
        jobs = {
            "lambda:InvokeFunction": guard.function.function_arn,
            "sqs:SendMessage": guard.dead_letters.queue_arn,
        }
        role = schedules.role(self, "start a sweep", jobs)
        unit = "minute" if every_minutes == 1 else "minutes"
        self.schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            # Given, as CloudFormation's guide does not say how it would name one: tampering is known by names
            # that begin with the stack's.
            name=f"{cdk.Stack.of(self).stack_name}-Sweeps",
            description="Rootguard: sweeps the protected targets",
            schedule_expression=f"rate({every_minutes} {unit})",
            flexible_time_window=ON_TIME,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=guard.function.function_arn,
                role_arn=role.role_arn,
                # A sweep that failed is tried again by Lambda, as any event is, and the function then leaves
                # it to the one that is due by then.
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
