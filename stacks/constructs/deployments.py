"""The roles of a deployment: what they change of Rootguard's own parts was reviewed."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk


def roles(stack: cdk.Stack) -> list[str]:
    """The ARNs of CloudFormation's own role here, and of the one that asks it to begin.

    CloudFormation's calls are recorded with its role as the session's issuer. Nobody else can be that role:
    it trusts CloudFormation only ("Customize bootstrapping", CDK guide).
    """
    made = cast("cdk.DefaultStackSynthesizer", stack.synthesizer)
    arns = (made.cloud_formation_execution_role_arn, made.deploy_role_arn)
    return [_filled(stack, arn) for arn in arns]


def _filled(stack: cdk.Stack, arn: str) -> str:
    # They come with CloudFormation's own words in them, such as ${AWS::Partition}.
    known = {"Partition": stack.partition, "AccountId": stack.account, "Region": stack.region}
    for word, value in known.items():
        arn = arn.replace(f"${{AWS::{word}}}", value)
    return arn
