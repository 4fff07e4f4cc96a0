"""Every option at once, in each partition: ARNs, principals, Regions, and what AWS does not have there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk.region_info import Fact

from stacks.config import GuardrailConfig
from stacks.names import ORGANIZATIONS_REGIONS
from tests.stacks.synthesis import guardrail, template
from tests.stacks.test_forwarder_stack import forwarder_template

PARTITIONS = list(ORGANIZATIONS_REGIONS)
NOT_THERE = {
    "aws": {},
    "aws-us-gov": {
        "AWS::Lambda::EventSourceMapping": {"Tags"},
        "AWS::Lambda::Function": {"KmsKeyArn", "LogFormat", "SnapStart"},
        "AWS::Lambda::Url": {"AuthType"},
        "AWS::Pipes::Pipe": {"Source"},
        "AWS::Events::ApiDestination": {"ConnectionArn"},
    },
    "aws-cn": {
        "AWS::Lambda::EventSourceMapping": {"Tags", "MetricsConfig", "ProvisionedPollerConfig"},
        "AWS::Lambda::Function": {"KmsKeyArn", "SnapStart", "TracingConfig"},
        "AWS::Lambda::Url": {"AuthType"},
    },
}
"""Properties that fail a deployment, or types by a property that each has.

Sources: "AWS Lambda in AWS GovCloud (US)" and "Amazon EventBridge in AWS GovCloud (US)", GovCloud guide;
"Amazon Lambda", Getting Started with Amazon Web Services in China.
"""


def everything(partition: str) -> GuardrailConfig:
    """All that guardrail.yaml can ask for in a partition."""
    sms = {"sms": ["+442079460000"]} if partition != "aws-cn" else {}
    return guardrail(
        {"targets": ["root"], "restore_policy_type": True, "pin_accounts": ["root"], "allow": ["p-12345678"]},
        {
            "targets": ["ou-exam-12345678", "444455556666"],
            "include_descendants": True,
            "trusted_principals": [f"arn:{partition}:iam::444455556666:role/pipeline"],
        },
        {"targets": ["777788889999"], "pin_accounts": ["777788889999"], "on_violation": "alert"},
        name="Example Corp",
        trusted_principals=[f"arn:{partition}:iam::111122223333:role/pipeline"],
        lockout_alert_accounts=2,
        pages={
            "email": ["oncall@example.com"],
            "slack": {"webhook_secret": "slack"},
            "pagerduty": {
                "routing_key_secret": "pagerduty",
                "events_url": "https://events.eu.pagerduty.com",
            },
            **sms,
        },
        sweep={"every_minutes": 5},
        watch={"when": "always"},
        delegated_administrators={"organization": "o-exampleorgid", "accounts": ["444455556666"]},
        rehearsal={"root_id": "r-exam", "blocked_windows": ["Mon:08:30-Mon:18:00"]},
        quarantine={"root_id": "r-exam", "forensic_roles": [f"arn:{partition}:iam::*:role/Forensics"]},
    )


def templates(partition: str) -> dict[str, dict[str, Any]]:
    """What CloudFormation would get in the management account, and in a delegated administrator's."""
    region = ORGANIZATIONS_REGIONS[partition]
    return {
        "Rootguard": template(everything(partition), region),
        "RootguardForwarder": forwarder_template(region),
    }


def resources(partition: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Logical id, type and properties of all that is made."""
    for made in templates(partition).values():
        for name, entry in made["Resources"].items():
            yield name, entry["Type"], entry["Properties"]


def test_everything_is_everything() -> None:
    config = everything("aws")
    left = {
        f"{model}.{field}"
        for model, given, fields in (
            ("guardrail", config.model_fields_set, GuardrailConfig.model_fields),
            ("pages", config.pages.model_fields_set, type(config.pages).model_fields),
        )
        for field in fields
        if field not in given
    }
    # These have one choice beside the default, and it deploys less.
    assert left == {"guardrail.mode", "pages.runbooks"}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_each_arn_is_of_the_partition(partition: str) -> None:
    for name, made in templates(partition).items():
        text = json.dumps(made)
        # What CloudFormation fills in is right wherever it is.
        assert set(re.findall(r"arn:([^:]*):", text)) <= {partition, "${AWS"}, name
        assert partition == "aws" or '"arn:aws:' not in text


@pytest.mark.parametrize("partition", PARTITIONS)
def test_no_other_partitions_region_or_host_is_named(partition: str) -> None:
    text = json.dumps(list(templates(partition).values()))
    others = {region for name, region in ORGANIZATIONS_REGIONS.items() if name != partition}
    assert set(re.findall(r"\b(?:us|us-gov|eu|cn|ap)-[a-z]+-\d\b", text)) & others == set()
    # A host of AWS's has a Region in its name, and another ending in China; a service principal has neither.
    hosts = re.findall(r"https?://[\w.-]*amazonaws[\w.]*", text)
    assert hosts == []


@pytest.mark.parametrize("partition", PARTITIONS)
def test_each_service_principal_is_what_aws_calls_it_there(partition: str) -> None:
    principals = {
        principal
        for made in templates(partition).values()
        for principal in re.findall(r'"Service": "([^"]+)"', json.dumps(made))
    }
    assert principals == {
        f"{service}.amazonaws.com" for service in ("cloudwatch", "events", "lambda", "scheduler", "sns")
    }


@pytest.mark.parametrize("partition", PARTITIONS)
def test_nothing_is_asked_for_that_aws_does_not_have_there(partition: str) -> None:
    for name, kind, properties in resources(partition):
        asked = set(properties) | set(properties.get("LoggingConfig", {}))
        assert asked & NOT_THERE[partition].get(kind, set()) == set(), name
    text = json.dumps(list(templates(partition).values()))
    # "The asynchronous invocation metrics", in the same guide of China.
    assert partition != "aws-cn" or "AsyncEvent" not in text


@pytest.mark.parametrize("partition", PARTITIONS)
def test_text_messages_are_subscribed_where_sns_sends_them(partition: str) -> None:
    protocols = {
        properties["Protocol"]
        for _, kind, properties in resources(partition)
        if kind == "AWS::SNS::Subscription"
    }
    assert protocols == {"email", "sqs"} | ({"sms"} if partition != "aws-cn" else set())


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_same_resources_are_made_everywhere(partition: str) -> None:
    def kinds(of: str) -> list[str]:
        return sorted(kind for _, kind, _ in resources(of) if kind != "AWS::SNS::Subscription")

    assert kinds(partition) == kinds("aws")


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_organizations_region_is_in_its_partition(partition: str) -> None:
    assert Fact.find(ORGANIZATIONS_REGIONS[partition], "partition") == partition


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_forwarder_sends_to_the_bus_that_is_there(partition: str) -> None:
    made = list(resources(partition))
    (bus,) = [properties["Name"] for _, kind, properties in made if kind == "AWS::Events::EventBus"]
    targets = [
        target["Arn"]
        for _, kind, properties in made
        if kind == "AWS::Events::Rule"
        for target in properties["Targets"]
        if "RoleArn" in target
    ]
    region = ORGANIZATIONS_REGIONS[partition]
    assert targets == [f"arn:{partition}:events:{region}:111122223333:event-bus/{bus}"]


@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_pattern_is_short_enough_with_the_partitions_own_names(partition: str) -> None:
    for name, kind, properties in resources(partition):
        if kind == "AWS::Events::Rule":
            assert len(json.dumps(properties["EventPattern"], separators=(",", ":"))) <= 2048, name
