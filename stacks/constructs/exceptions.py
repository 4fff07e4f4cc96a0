"""Exceptions: the table in which people grant exceptions, and nothing else, and the policy by which they may.

Each writes in the partition that is their own `aws:userid`. The table's own policy holds everyone to that,
administrators included. So who granted an exception is a fact that IAM vouches for. The guard only reads
here. What became of an exception is in the ledger, where people cannot write.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs import leading_keys, tables
from stacks.constructs.ledger import Ledger

GRANTER: Final = "RootguardExceptionGranter"
INDEX: Final = "by-scope"
_OWN: Final = "${aws:userid}"
_USES: Final = "USE#*"
"""The partitions of the ledger that say which exceptions were used."""


class Exceptions(Construct):
    """The `table`, and `granter`, the policy for those who may grant exceptions."""

    def __init__(self, scope: Construct, construct_id: str, *, ledger: Ledger) -> None:
        super().__init__(scope, construct_id)
        self.table = tables.table(self, _nobody_writes_as_someone_else())
        # An item's sort key is what the exception is for. The index finds all that are for the same, whoever
        # granted them, and holds nothing but the keys: a granter can make an item large, but not its keys.
        self.table.add_global_secondary_index(
            index_name=INDEX,
            partition_key=tables.text("sk"),
            sort_key=tables.text("pk"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.granter = self._granter(ledger)

    @property
    def index_arn(self) -> str:
        """The ARN of the one index."""
        return f"{self.table.table_arn}/index/{INDEX}"

    def _granter(self, ledger: Ledger) -> iam.ManagedPolicy:
        table, index = self.table.table_arn, self.index_arn
        return iam.ManagedPolicy(
            self,
            "Granter",
            # By this name a permission set of IAM Identity Center refers to it.
            managed_policy_name=GRANTER,
            description="May grant Rootguard exceptions, for others to use",
            statements=[
                leading_keys.allow("GrantInOnesOwnName", ["PutItem"], [table], [_OWN]),
                _allow("FindExceptions", ["Query", "Scan"], index),
                _allow("ReadExceptions", ["BatchGetItem", "GetItem"], table),
                leading_keys.allow("SeeWhichWereUsed", ["BatchGetItem"], [ledger.table.table_arn], [_USES]),
            ],
        )


def _allow(sid: str, actions: list[str], resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, actions=[f"dynamodb:{action}" for action in actions], resources=[resource]
    )


def _nobody_writes_as_someone_else() -> iam.PolicyStatement:
    # An administrator's own policy allows every write, so the granter's policy alone proves nothing
    # of who wrote. Deleting is left out: to take an exception away lets nobody pass.
    return iam.PolicyStatement(
        sid="NobodyWritesAsSomeoneElse",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=[
            "dynamodb:BatchWriteItem",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
        # In a table's own policy `*` is this table: its ARN does not exist before it.
        resources=["*"],
        conditions={"ForAnyValue:StringNotEquals": {"dynamodb:LeadingKeys": [_OWN]}},
    )
