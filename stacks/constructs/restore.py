"""Restore: puts a policy type's attachments back after someone disabled it and the guard enabled it again.

The guard sends one message for each attachment; a function of its own, with a role that may attach and do
nothing else, works through them below the rate that AWS accepts. It exists only if some protection has
`restore_policy_type`: nobody else needs a role that may attach the organization's policies anywhere.
"""

import aws_cdk as cdk
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from stacks.bundling import guard_asset
from stacks.config import GuardrailConfig
from stacks.constructs import acknowledgments, functions, leading_keys, permissions, queues
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
        self.logs = functions.log_group(self)
        stack = cdk.Stack.of(self)
        attach = permissions.restores(stack, config)
        self.role = functions.role(
            self,
            "puts back what a disabled policy type lost",
            [
                *attach,
                functions.may_take_messages(self.queue.queue_arn),
                # It attaches only what the inventory says was attached there.
                leading_keys.allow(
                    "LookIntoTheInventory", ["BatchGetItem"], [ledger.table.table_arn], [_INVENTORY]
                ),
                functions.may_log(self.logs),
            ],
        )
        cdk.Validations.of(self).acknowledge(*acknowledgments.of_wildcards(stack, attach))
        self.function = functions.function(
            self,
            "puts one attachment back at a time",
            code=guard_asset(config).code(),
            module="restore",
            # It waits most of the time, and nobody waits for it.
            memory_size=512,
            timeout=_TIMEOUT,
            log_group=self.logs,
            role=self.role,
            environment={
                "ROOTGUARD_TABLE": ledger.table.table_name,
            },
        )
        # Two at once, the least there is, of 1.1 seconds at least each: under the two writes a second that
        # AWS takes from an account, so that the guard's own still pass.
        self.function.add_event_source(sources.SqsEventSource(self.queue, batch_size=1, max_concurrency=2))
