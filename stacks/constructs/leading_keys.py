"""Permissions for some items of a table: those whose partition key is, or begins with, something given.

Source: "Using IAM policy conditions for fine-grained access control", Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], partitions: Sequence[str]
) -> iam.PolicyStatement:
    """Allow DynamoDB actions on the items of some partitions; `*` in a partition's name is a wildcard."""
    return iam.PolicyStatement(
        sid=sid,
        actions=[f"dynamodb:{action}" for action in actions],
        resources=list(resources),
        conditions={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
            # "For all values" is also true of no values.
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
