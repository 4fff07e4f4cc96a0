"""The ledger: the table in which Rootguard keeps what it accepted, what it did, and which incidents are open.

Only Rootguard's own functions write there. The table's own policy holds everyone else to that,
administrators included: who could write there could have anything accepted. People write exceptions, into
another table (`exceptions`).
"""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs import tables

INDEX: Final = "listing"
WRITERS: Final = ("Guard", "Notifier", "Isolation", "Rehearsal")
"""The constructs whose roles write there."""
_WRITES: Final = (
    "BatchWriteItem",
    "DeleteItem",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PutItem",
    "UpdateItem",
)


class Ledger(Construct):
    """The `table`."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.table = tables.table(self, _only_rootguard_writes(cdk.Stack.of(self)))
        self.table.add_global_secondary_index(
            index_name=INDEX, partition_key=tables.text("kind"), sort_key=tables.text("entry")
        )

    @property
    def index_arn(self) -> str:
        """The ARN of the one index."""
        return f"{self.table.table_arn}/index/{INDEX}"


def _only_rootguard_writes(stack: cdk.Stack) -> iam.PolicyStatement:
    # By name, since a role's own policy names the table: each would have to exist before the other.
    # CloudFormation begins a role's name with the stack's and the construct's. Whoever makes another role of
    # such a name and gives it permissions is reported as tampering.
    roles = [
        f"arn:{stack.partition}:iam::{stack.account}:role/{stack.stack_name}-{writer}Role*"
        for writer in WRITERS
    ]
    return iam.PolicyStatement(
        sid="OnlyRootguardWrites",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=[f"dynamodb:{action}" for action in _WRITES],
        # In a table's own policy `*` is this table: its ARN does not exist before it.
        resources=["*"],
        # Of a session, this is its role's ARN ("AWS global condition context keys", IAM User Guide).
        conditions={"ArnNotLike": {"aws:PrincipalArn": roles}},
    )
