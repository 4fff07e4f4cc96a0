"""Tables: what both of them have in common. Each keeps evidence, so neither is lost with the stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct


def table(scope: Construct, policy: iam.PolicyStatement) -> dynamodb.Table:
    """Make a table with the keys `pk` and `sk`, and a policy of its own."""
    return dynamodb.Table(
        scope,
        "Table",
        partition_key=text("pk"),
        sort_key=text("sk"),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        # With the key that AWS manages for DynamoDB. A key of our own could be disabled, or its policy
        # edited, and the table would be gone when it is needed. Nobody can do that to this one, callers need
        # no permission for it, and its use is in CloudTrail.
        encryption=dynamodb.TableEncryption.AWS_MANAGED,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        time_to_live_attribute="expires",
        resource_policy=iam.PolicyDocument(statements=[policy]),
    )


def text(name: str) -> dynamodb.Attribute:
    """An attribute that is a string."""
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
