"""The stack as a whole: where it may be deployed, what it tells its users, and what cdk-nag says."""

from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match

from stacks.config import GuardrailConfig
from stacks.guardrail_stack import GuardrailStack
from stacks.names import RegionError
from tests.stacks.synthesis import CONTEXT, MANAGEMENT_ACCOUNT, ROOT_ONLY, guardrail, stack, template


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-northwest-1"])
def test_it_belongs_in_the_partitions_organizations_region(region: str) -> None:
    assert stack(ROOT_ONLY, region).region == region


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2", "us-gov-east-1", "cn-north-1", None])
def test_it_refuses_every_other_region_and_says_why(region: str | None) -> None:
    with pytest.raises(RegionError) as refused:
        stack(ROOT_ONLY, region)
    assert (region or "not given") in str(refused.value)
    assert "AWS shows Organizations calls only in us-east-1" in str(refused.value)


def test_its_outputs_are_what_the_operators_command_looks_for() -> None:
    assert set(template()["Outputs"]) == {
        "GuardRoleArn",
        "GuardFunctionName",
        "TopicArn",
        "DeadLettersUrl",
        "LedgerTable",
        "ExceptionsTable",
        "ExceptionGranterArn",
    }


def test_everything_that_can_be_is_tagged() -> None:
    tagged = [entry for entry in template()["Resources"].values() if "Tags" in entry["Properties"]]
    assert len(tagged) >= 10
    for entry in tagged:
        assert {"Key": "application", "Value": "rootguard"} in entry["Properties"]["Tags"]


SLACK = {"slack": {"webhook_secret": "slack"}}
PAGERDUTY = {"pagerduty": {"routing_key_secret": "pagerduty"}}


def warnings(pages: dict[str, Any]) -> list[str]:
    made = stack(guardrail({"targets": ["root"]}, pages=pages))
    found = Annotations.from_stack(made).find_warning("/Rootguard", Match.any_value())
    return [str(warning.entry.data) for warning in found]


def test_a_stack_that_pages_nobody_says_so() -> None:
    (warning,) = warnings({})
    assert "names nobody under `pages`" in warning
    assert "oncall@example.com" in warning
    assert "[ack: rootguard:nobody-is-paged]" in warning


@pytest.mark.parametrize(("pages", "name"), [(SLACK, "Slack"), (PAGERDUTY, "PagerDuty")])
def test_a_channel_that_nobody_would_miss_is_told(pages: dict[str, Any], name: str) -> None:
    (warning,) = warnings(pages)
    assert f"{name} alone is paged" in warning
    assert "Name an e-mail address" in warning
    assert "[ack: rootguard:one-channel-alone]" in warning


@pytest.mark.parametrize(
    "pages",
    [
        {"email": ["oncall@example.com"]},
        {"sms": ["+12065550100"]},
        SLACK | {"email": ["oncall@example.com"]},
        PAGERDUTY | {"sms": ["+12065550100"]},
        SLACK | PAGERDUTY,
    ],
)
def test_there_is_no_warning_where_someone_hears_of_a_channel_that_fails(pages: dict[str, Any]) -> None:
    assert warnings(pages) == []


CONFIGURATIONS = {
    "root": ROOT_ONLY,
    "observe": guardrail({"targets": ["root"]}, mode="observe"),
    "everything": guardrail(
        {"targets": ["root"], "policy_types": ["SERVICE_CONTROL_POLICY"], "restore_policy_type": True},
        {"targets": ["ou-exam-12345678", "444455556666"], "include_descendants": True},
        {"targets": ["777788889999"], "pin_accounts": ["777788889999"]},
        pages={"email": ["oncall@example.com"], "sms": ["+12065550100"]} | SLACK | PAGERDUTY,
    ),
}


def nagged(config: GuardrailConfig, account: str | None) -> tuple[cdk.App, GuardrailStack]:
    """The stack in an app that runs cdk-nag."""
    app = cdk.App(context={**CONTEXT, "aws:cdk:bundling-stacks": []})
    environment = cdk.Environment(account=account, region="us-east-1")
    stack = GuardrailStack(app, "Rootguard", config=config, env=environment)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    return app, stack


@pytest.mark.parametrize("account", [MANAGEMENT_ACCOUNT, None], ids=["account", "no-account"])
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_cdk_nag_has_no_findings(name: str, account: str | None) -> None:
    app, _ = nagged(CONFIGURATIONS[name], account)
    app.synth()


def test_cdk_nag_would_find_a_wildcard_that_nobody_gave_a_reason_for() -> None:
    app, stack = nagged(ROOT_ONLY, MANAGEMENT_ACCOUNT)
    statement = iam.PolicyStatement(actions=["sns:Publish"], resources=["arn:aws:sns:*"])
    role = iam.Role(stack, "Another", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(statement)
    with pytest.raises(RuntimeError, match=r"IAM5\[Resource::arn:aws:sns:\*\]"):
        app.synth()
