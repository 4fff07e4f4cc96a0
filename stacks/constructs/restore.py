"""Restore: puts a policy type's attachments back after someone disabled it and the guard enabled it again.

The guard sends one message for each attachment; a function of its own, with a role that may attach and do
nothing else, works through them below the rate that AWS accepts. It exists only if some protection has
`restore_policy_type`: nobody else needs a role that may attach the organization's policies anywhere.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.bundling import guard_asset
from stacks.config import GuardrailConfig
from stacks.constructs import acknowledgments, leading_keys, permissions, queues
from stacks.constructs.ledger import Ledger

_TIMEOUT = cdk.Duration.seconds(30)
_INVENTORY = "INVENTORY#*"
"""The partitions of the ledger that say where policies are attached."""


class Restore(Construct):
    """The `queue` with its `dead_letters`, and the `function` with its `role`."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: GuardrailConfig, ledger: Ledger
    ) -> None:
        super().__init__(scope, construct_id)
        # Of its own: what is fixed here is one attachment, not an event to be handled again.
        self.queue, self.dead_letters = queues.with_dead_letters(self, timeout=_TIMEOUT, attempts=5)
        self.logs = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_YEAR, removal_policy=cdk.RemovalPolicy.RETAIN
        )
        stack = cdk.Stack.of(self)
        attach = permissions.restores(stack, config)
        self.role = iam.Role(
            self,
            "Role",
            description="Rootguard: puts back what a disabled policy type lost",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={
                "Restore": iam.PolicyDocument(
                    statements=[
                        *attach,
                        _on(
                            "TakeMessages",
                            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                            self.queue.queue_arn,
                        ),
                        # It attaches only what the inventory says was attached there.
                        leading_keys.allow(
                            "LookIntoTheInventory", ["BatchGetItem"], [ledger.table.table_arn], [_INVENTORY]
                        ),
                        _on("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], self.logs.log_group_arn),
                    ]
                )
            },
        )
        cdk.Validations.of(self).acknowledge(*acknowledgments.of_wildcards(stack, attach))
        self.function = lambda_.Function(
            self,
            "Function",
            description="Rootguard: puts one attachment back at a time",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            code=guard_asset(config).code(),
            handler="rootguard.handlers.restore.handler",
            # It waits most of the time, and nobody waits for it.
            memory_size=512,
            timeout=_TIMEOUT,
            log_group=self.logs,
            role=self.role.without_policy_updates(),
            environment={
                "ROOTGUARD_TABLE": ledger.table.table_name,
                "POWERTOOLS_SERVICE_NAME": "rootguard",
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
        )
        # Two at once, the least there is, of 1.1 seconds at least each: under the two writes a second that
        # AWS takes from an account, so that the guard's own still pass.
        self.function.add_event_source(sources.SqsEventSource(self.queue, batch_size=1, max_concurrency=2))


def _on(sid: str, actions: list[str], resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
