"""Isolation: the function that moves accounts into the quarantine OU and back, and who may ask it to.

People need no permission in Organizations to isolate an account: they may invoke this function, which proves
who asks, checks every account, and writes down where each came from. They invoke it synchronously, so what
fails is told to them at once, and there are no dead letters.
"""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import config as config_of
from stacks.bundling import isolation_asset
from stacks.constructs import acknowledgments, functions, leading_keys, permissions
from stacks.constructs.ledger import Ledger
from stacks.constructs.notices import Notices
from stacks.constructs.quarantine import Quarantine
from stacks.names import ISOLATION_OUTPUT, ISOLATION_ROLE_OUTPUT, ISOLATOR_OUTPUT, QUARANTINE_OUTPUT
from stacks.quarantine_rules import OU_VARIABLE

ISOLATOR: Final = "RootguardIsolator"
_RECORDS: Final = "ISOLATION#*"
"""The partitions of the ledger that say which accounts are isolated."""
_PLACES: Final = "PLACE#*"
"""Those that say where pinned accounts belong."""


class Isolation(Construct):
    """The `function` with its `role`, the `quarantine`, and `isolator`, the policy for its users."""

    def __init__(  # noqa: PLR0913 - its neighbours in the stack
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: config_of.GuardrailConfig,
        quarantine: config_of.Quarantine,
        ledger: Ledger,
        notices: Notices,
    ) -> None:
        super().__init__(scope, construct_id)
        self.quarantine = Quarantine(self, "Quarantine", quarantine=quarantine)
        self.logs = functions.log_group(self)
        stack = cdk.Stack.of(self)
        moves = permissions.isolates(stack)
        self.role = functions.role(
            self,
            "moves accounts into quarantine and back",
            [
                *moves,
                leading_keys.allow(
                    "RecordWhoIsIsolated",
                    ["GetItem", "PutItem"],
                    [ledger.table.table_arn],
                    [_RECORDS],
                ),
                # So that no sweep moves an account back before the guard has the move's event.
                leading_keys.allow(
                    "SayWhereAccountsBelong",
                    ["GetItem", "PutItem"],
                    [ledger.table.table_arn],
                    [_PLACES],
                ),
                functions.may("Notify", ["sqs:SendMessage"], notices.queue.queue_arn),
                functions.may_log(self.logs),
            ],
        )
        cdk.Validations.of(self).acknowledge(*acknowledgments.of_wildcards(stack, moves))
        self.function = functions.function(
            self,
            "moves accounts into quarantine and back",
            code=isolation_asset(config).code(),
            module="isolation",
            # It waits for Organizations most of the time; a person waits for its start.
            memory_size=1024,
            # AWS takes two moves a second from an account, and each account is read, tagged and moved.
            timeout=cdk.Duration.minutes(5),
            log_group=self.logs,
            role=self.role,
            environment={
                "ROOTGUARD_TABLE": ledger.table.table_name,
                "ROOTGUARD_NOTICES": notices.queue.queue_url,
                OU_VARIABLE: self.quarantine.ou_id,
                "ROOTGUARD_ROLE_ARN": self.role.role_arn,
            },
        )
        self.isolator = iam.ManagedPolicy(
            self,
            "Isolator",
            # By this name a permission set of IAM Identity Center refers to it.
            managed_policy_name=ISOLATOR,
            description="May isolate accounts with Rootguard, and release them",
            statements=[functions.may("Isolate", ["lambda:InvokeFunction"], self.function.function_arn)],
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What the command line looks up, by the outputs' names."""
        return {
            QUARANTINE_OUTPUT: self.quarantine.ou_id,
            ISOLATION_OUTPUT: self.function.function_name,
            ISOLATION_ROLE_OUTPUT: self.role.role_arn,
            ISOLATOR_OUTPUT: self.isolator.managed_policy_arn,
        }
