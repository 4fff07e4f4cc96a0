"""The watch: a small function that looks at Root every few seconds, from one sweep to the next.

The guard invokes it, and it invokes the guard. It can write nothing: whoever takes it over can list what is
attached to Root, and tell the guard to look there.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.bundling import watch_asset
from stacks.constructs import acknowledgments, functions, permissions

_LONGEST = cdk.Duration.minutes(15)
"""The most that Lambda lets a function run. A run ends by itself when the next sweep is due."""


class Watch(Construct):
    """The function, with its `role` and `logs`."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.logs = functions.log_group(self)
        looks = permissions.watches(cdk.Stack.of(self))
        self.role = functions.role(
            self, "looks at Root between two sweeps", [*looks, functions.may_log(self.logs)]
        )
        cdk.Validations.of(self).acknowledge(*acknowledgments.of_wildcards(cdk.Stack.of(self), looks))
        self.function = functions.function(
            self,
            "looks at Root every few seconds, and wakes the guard if something is not as accepted",
            code=watch_asset().code(),
            module="watch",
            # It waits nearly all of the time, and memory is what that costs. It loads about 50 MB. So
            # little memory makes the first start slow, but the next sweep finds the environment warm.
            memory_size=128,
            timeout=_LONGEST,
            # The next sweep orders the next run. A run that begins late would only run beside that one.
            retry_attempts=0,
            max_event_age=cdk.Duration.seconds(60),
            log_group=self.logs,
            role=self.role,
            environment={},
        )

    def may_wake(self, function_arn: str) -> None:
        """Let it invoke the guard. Apart from its role, since the guard is made after it."""
        iam.ManagedPolicy(
            self,
            "WakeTheGuard",
            description="Rootguard: WakeTheGuard",
            statements=[functions.may("WakeTheGuard", ["lambda:InvokeFunction"], function_arn)],
            roles=[self.role],
        )
