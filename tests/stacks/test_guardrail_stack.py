"""The stack as a whole: where it may be deployed, what it tells its users, and what cdk-nag says."""

import json
import re
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
    everything = set(template(CONFIGURATIONS["everything"])["Outputs"])
    assert everything - set(template()["Outputs"]) == {
        f"{name}{what}"
        for name in ("Restore", "Slack", "PagerDuty")
        for what in ("DeadLettersUrl", "QueueUrl")
    } | {"SlackLogGroup", "PagerDutyLogGroup"}
    assert set(template(CONFIGURATIONS["isolating"])["Outputs"]) - set(template()["Outputs"]) == {
        "IsolationFunction",
        "IsolationRoleArn",
        "IsolatorArn",
        "QuarantineOu",
        "RehearsalFunction",
        "RehearsalOu",
        "RehearsalPolicy",
        "RehearsalRoleArn",
    }
    assert set(template()["Outputs"]) == {
        "NoticesDeadLettersUrl",
        "NoticesQueueUrl",
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


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-northwest-1"])
def test_event_source_mappings_are_tagged_only_where_aws_takes_the_tags(region: str) -> None:
    found = template(CONFIGURATIONS["everything"], region)["Resources"].values()
    mappings = [entry["Properties"] for entry in found if entry["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert len(mappings) == len(("notifier", "slack", "pagerduty", "restore"))
    assert {"Tags" in mapping for mapping in mappings} == {region == "us-east-1"}
    # Everything else has them everywhere.
    functions = [entry["Properties"] for entry in found if entry["Type"] == "AWS::Lambda::Function"]
    assert all("Tags" in properties for properties in functions)


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-northwest-1", "aws-cn")]
)
def test_with_every_option_all_of_it_is_in_its_partition(region: str, partition: str) -> None:
    text = json.dumps(template(CONFIGURATIONS["everything"], region))
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) == {partition}


SLACK = {"slack": {"webhook_secret": "slack"}}
PAGERDUTY = {"pagerduty": {"routing_key_secret": "pagerduty"}}


def warnings(pages: dict[str, Any], account: str | None = MANAGEMENT_ACCOUNT, **more: str) -> list[str]:
    made = stack(guardrail({"targets": ["root"]}, pages=pages), account=account, **more)
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
        {"sms": ["+81312345678"]},
        SLACK | {"email": ["oncall@example.com"]},
        PAGERDUTY | {"sms": ["+81312345678"]},
        SLACK | PAGERDUTY,
    ],
)
def test_there_is_no_warning_where_someone_hears_of_a_channel_that_fails(pages: dict[str, Any]) -> None:
    assert warnings(pages) == []


def test_text_messages_to_the_usa_need_more_than_this_stack() -> None:
    (warning,) = warnings({"sms": ["+81312345678", "+12065550100"]})
    assert "+12065550100" in warning
    assert "+81312345678" not in warning
    assert "an origination number that you registered" in warning
    assert "spend limit" in warning
    assert "[ack: rootguard:sms-to-the-usa]" in warning


PAGED = {"email": ["oncall@example.com"]}


@pytest.mark.parametrize(
    ("asked", "region"),
    [
        ("us-east-1", "us-gov-west-1"),
        ("eu-west-1", "cn-northwest-1"),
        ("us-gov-east-1", "cn-northwest-1"),
        ("us-gov-west-1", "us-east-1"),
    ],
)
def test_an_account_that_the_cdk_looked_up_in_another_partition_is_told(
    monkeypatch: pytest.MonkeyPatch, asked: str, region: str
) -> None:
    monkeypatch.setenv("CDK_DEFAULT_REGION", asked)
    (warning,) = warnings(PAGED, account=None, region=region)
    assert f"looked the account up in {asked}" in warning
    assert f'AWS_REGION={region} make deploy ARGS="-c region={region}"' in warning
    # An account that was found needs no look-up.
    assert warnings(PAGED, region=region) == []


@pytest.mark.parametrize(
    ("asked", "region"),
    [
        ("eu-west-1", "us-east-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("cn-north-1", "cn-northwest-1"),
        (None, "us-gov-west-1"),
    ],
)
def test_an_account_that_is_merely_unknown_is_no_trouble(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, region: str
) -> None:
    if asked:
        monkeypatch.setenv("CDK_DEFAULT_REGION", asked)
    else:
        monkeypatch.delenv("CDK_DEFAULT_REGION", raising=False)
    assert warnings(PAGED, account=None, region=region) == []


CONFIGURATIONS = {
    "root": ROOT_ONLY,
    "observe": guardrail({"targets": ["root"]}, mode="observe"),
    "everything": guardrail(
        {"targets": ["root"], "policy_types": ["SERVICE_CONTROL_POLICY"], "restore_policy_type": True},
        {"targets": ["ou-exam-12345678", "444455556666"], "include_descendants": True},
        {"targets": ["777788889999"], "pin_accounts": ["777788889999"]},
        pages={"email": ["oncall@example.com"], "sms": ["+12065550100"]} | SLACK | PAGERDUTY,
    ),
    "isolating": guardrail(
        {"targets": ["root"]},
        {"targets": ["777788889999"], "pin_accounts": ["777788889999"]},
        rehearsal={"root_id": "r-exam"},
        quarantine={"root_id": "r-exam", "forensic_roles": ["arn:aws:iam::*:role/Forensics"]},
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
