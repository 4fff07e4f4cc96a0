"""The reasons cdk-nag is given: one for each ARN with a wildcard, and true of that ARN."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from stacks.constructs import acknowledgments
from tests.stacks.synthesis import ROOT_ONLY, stack

OF_ORGANIZATION = "arn:aws:organizations::111122223333"


def acknowledged(*resources: str) -> list[cdk.Acknowledgment]:
    statement = iam.PolicyStatement(actions=["organizations:Any"], resources=list(resources))
    return list(acknowledgments.of_wildcards(stack(ROOT_ONLY), [statement]))


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("*", "know no resource to be limited to"),
        (f"{OF_ORGANIZATION}:root/o-*/r-*", "exactly one organization, and it one root"),
        (f"{OF_ORGANIZATION}:ou/o-*/ou-*", "names no ancestors"),
        (f"{OF_ORGANIZATION}:ou/o-*/ou-exam-12345678", "The id is exact"),
        (f"{OF_ORGANIZATION}:account/o-*/444455556666", "The id is exact"),
        (f"{OF_ORGANIZATION}:policy/o-*/service_control_policy/p-*", "AWS's own policies are not matched"),
        (f"{OF_ORGANIZATION}:policy/o-*/*/p-*", "has to be read"),
        ("arn:aws:organizations::aws:policy/*/p-*", "Reads AWS's own policies"),
    ],
)
def test_a_wildcard_gets_the_reason_that_is_true_of_it(resource: str, reason: str) -> None:
    (acknowledgment,) = acknowledged(resource)
    assert acknowledgment.id == f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]"
    assert reason in acknowledgment.reason


def test_an_exact_arn_needs_no_reason() -> None:
    assert acknowledged("arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess") == []
