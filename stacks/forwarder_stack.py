"""The forwarder: sends a delegated administrator's Organizations events to the management account.

It is deployed in that administrator's account, in the partition's Organizations region. It decides nothing
and reads nothing: one rule, one role that may put events on one bus, and a queue for what could not be
sent. The bus is Rootguard's own, and takes what `delegated_administrators` in guardrail.yaml names.

The role is a member account's, so SCPs bind it ("Permissions for event buses", EventBridge guide). A lockout
that reaches this account is not forwarded: a sweep of the management account finds it.
"""

import re
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.config_values import ACCOUNT_ID
from stacks.constructs import organizations_calls, queues
from stacks.names import BUS, FORWARDER, RegionError, partition_of


class AccountError(ValueError):
    """The forwarder was asked to send to what is no other account."""


class ForwarderStack(cdk.Stack):
    """One rule on the default bus, its role, and its dead letters.

    Raises:
        RegionError: `env` names no region, or one where Organizations calls are not shown.
        AccountError: `management_account` is no account's id, or is the account that `env` names.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, management_account: str, **options: Any
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Rootguard: forwards Organizations calls of a delegated administrator",
            **options,
        )
        partition = partition_of(self.region)
        if partition is None:
            raise RegionError("not given" if cdk.Token.is_unresolved(self.region) else self.region)
        if not re.fullmatch(ACCOUNT_ID, management_account):
            raise AccountError(
                f'management_account: "{management_account}" is not an account\'s id; write the 12 digits of '
                "the management account: -c management_account=111122223333"
            )
        if management_account == self.account:
            raise AccountError(
                f"management_account: you are signed in to {management_account}, the management account "
                "itself, whose calls need no forwarder; sign in to the delegated administrator's account"
            )
        cdk.Tags.of(self).add("application", "rootguard")
        bus_arn = f"arn:{partition}:events:{self.region}:{management_account}:event-bus/{BUS}"
        role = iam.Role(
            self,
            "Role",
            # The bus lets in this name only, before the role is there.
            role_name=FORWARDER,
            description="Rootguard: puts Organizations events on the bus of the management account",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
            inline_policies={
                "Forward": iam.PolicyDocument(
                    statements=[iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus_arn])]
                )
            },
        )
        events.Rule(
            self,
            "Calls",
            description="Rootguard: forwards changes of policies, and attempts that were denied",
            event_pattern=organizations_calls.pattern(
                [*organizations_calls.SUCCEEDED, *organizations_calls.DENIED],
                # What others forward to this account's bus is not this account's.
                account=self.account,
            ),
            targets=[
                targets.EventBus(
                    events.EventBus.from_event_bus_arn(self, "Bus", bus_arn),
                    role=role.without_policy_updates(),
                    dead_letter_queue=queues.dead_letters(
                        self, "This is the dead-letter queue: of the rule, which the check does not look at."
                    ),
                )
            ],
        )
