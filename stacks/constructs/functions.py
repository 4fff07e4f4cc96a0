"""What all of the stack's functions have in common: a log that is kept, a role of their own, one runtime.

Each helper makes its part in the construct whose function it is, by the ids Logs, Role and Function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct) -> logs.LogGroup:
    """What was done, when, and on whose change or wish: evidence, which outlives an uninstall."""
    return logs.LogGroup(
        scope, "Logs", retention=logs.RetentionDays.ONE_YEAR, removal_policy=cdk.RemovalPolicy.RETAIN
    )


def role(
    scope: Construct,
    description: str,
    statements: Iterable[iam.PolicyStatement],
    managed_policies: Sequence[iam.IManagedPolicy] | None = None,
) -> iam.Role:
    """The role of a function. Its inline policy has the name of the construct's class."""
    return iam.Role(
        scope,
        "Role",
        description=f"Rootguard: {description}",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={type(scope).__name__: iam.PolicyDocument(statements=[*statements])},
        managed_policies=managed_policies,
    )


def function(  # noqa: PLR0913 - what differs from one to another
    scope: Construct,
    description: str,
    *,
    module: str,
    code: lambda_.Code,
    memory_size: int,
    timeout: cdk.Duration,
    log_group: logs.ILogGroup,
    role: iam.Role,
    environment: Mapping[str, str],
    **more: Any,
) -> lambda_.Function:
    """A function, whose entry point is `handler` of a module in rootguard.handlers.

    Args:
        scope: its construct.
        description: what it does, in words that follow "Rootguard: ".
        module: the module.
        code: its asset.
        memory_size: in MB.
        timeout: how long it may run.
        log_group: where it logs.
        role: all that it may do; no construct may add to that in passing.
        environment: what it has to know beside what all have.
        **more: how Lambda invokes it asynchronously, as `aws_lambda.FunctionProps` has it.
    """
    return lambda_.Function(
        scope,
        "Function",
        description=f"Rootguard: {description}",
        runtime=lambda_.Runtime.PYTHON_3_14,
        architecture=lambda_.Architecture.ARM_64,
        code=code,
        handler=f"rootguard.handlers.{module}.handler",
        memory_size=memory_size,
        timeout=timeout,
        log_group=log_group,
        role=role.without_policy_updates(),
        environment={
            **environment,
            "POWERTOOLS_SERVICE_NAME": "rootguard",
            "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        },
        **more,
    )


def may(sid: str, actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    """One job, on the resources that it is about."""
    return iam.PolicyStatement(sid=sid, actions=[*actions], resources=[*resources])


def may_log(group: logs.ILogGroup) -> iam.PolicyStatement:
    """Write into its own log."""
    return may("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], group.log_group_arn)


def may_take_messages(queue_arn: str) -> iam.PolicyStatement:
    """Lambda takes what is in the function's queue as the function's role."""
    return may(
        "TakeMessages", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queue_arn
    )
