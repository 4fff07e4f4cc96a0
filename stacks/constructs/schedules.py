"""What the schedules have in common: when a run was due, and the role that EventBridge Scheduler takes."""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

DUE: Final = "<aws.scheduler.scheduled-time>"
"""The scheduler puts the time there ("Adding context attributes", EventBridge Scheduler User Guide)."""
ON_TIME: Final = scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF")


def role(scope: Construct, does: str, may: Mapping[str, str]) -> iam.Role:
    """The role of a schedule. `may` has the resource of each action."""
    statements = [
        iam.PolicyStatement(actions=[action], resources=[resource]) for action, resource in may.items()
    ]
    return iam.Role(
        scope,
        "Role",
        description=f"Rootguard: lets the scheduler {does}",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}},
        ),
        inline_policies={scope.node.id: iam.PolicyDocument(statements=statements)},
    )
