"""The ledger: the table in which the guard remembers what it accepted, and whom people may let pass.

The guard reads and writes it. People write in it only what `RootguardExceptionGranter` allows: exceptions,
in the partition that is their own `aws:userid`; and the table's own policy holds everyone to that,
administrators and the guard included. So who granted an exception is a fact that IAM vouches for. The layout
of the items is in lambdas/rootguard/aws/ledger_items.py.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

GRANTER: Final = "RootguardExceptionGranter"
INDEX: Final = "listing"
_OWN: Final = "${aws:userid}"
_OF_THE_GUARD: Final = (
    "BASELINE#*",
    "INCIDENT#*",
    "POLICY#*",
    "PLACE#*",
    "REVERTS#*",
    "SNAPSHOT#*",
    "SURVEY#*",
    "USE#*",
)
_LISTED: Final = ("EXCEPTION", "USE")


class Ledger(Construct):
    """The `table`, and `granter`, the policy for those who may grant exceptions."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_string("pk"),
            sort_key=_string("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            # With the key that AWS manages for DynamoDB. A key of our own could be disabled, or its
            # policy edited, and the ledger would be gone when it is needed; nobody can do that to
            # this one, callers need no permission for it, and its use shows in CloudTrail.
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            # What was accepted, by whose exception, and every incident: not to be lost with a stack.
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            time_to_live_attribute="expires",
            resource_policy=iam.PolicyDocument(statements=[_nobody_writes_as_someone_else()]),
        )
        self.table.add_global_secondary_index(
            index_name=INDEX, partition_key=_string("kind"), sort_key=_string("entry")
        )
        self.granter = self._granter()

    @property
    def index_arn(self) -> str:
        """The ARN of the one index."""
        return f"{self.table.table_arn}/index/{INDEX}"

    def _granter(self) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(
            self,
            "Granter",
            # By this name a permission set of IAM Identity Center refers to it.
            managed_policy_name=GRANTER,
            description="May grant Rootguard exceptions, for others to use",
            statements=[
                _allow("GrantInOnesOwnName", "dynamodb:PutItem", self.table.table_arn, [_OWN]),
                _allow("ListExceptions", "dynamodb:Query", self.index_arn, _LISTED),
            ],
        )


def _allow(
    sid: str, action: str, resource: str, partitions: list[str] | tuple[str, ...]
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        actions=[action],
        resources=[resource],
        conditions={
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(partitions)},
            # "For all values" is also true of no values.
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
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
        conditions={"ForAnyValue:StringNotLike": {"dynamodb:LeadingKeys": [_OWN, *_OF_THE_GUARD]}},
    )


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
