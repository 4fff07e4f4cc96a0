"""The stack's template as plain data, without building the asset or validating on the way."""

import functools
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from stacks.config import GuardrailConfig
from stacks.guardrail_stack import GuardrailStack
from tests.stacks.kept import kept

REPOSITORY = Path(__file__).parents[2]
MANAGEMENT_ACCOUNT = "111122223333"
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
"""Environment variables with which pip asks no index, and knows no wheels of this machine."""
CONTEXT: dict[str, Any] = json.loads((REPOSITORY / "cdk.json").read_text("utf-8"))["context"]


def guardrail(*protections: dict[str, Any], **more: Any) -> GuardrailConfig:
    """A configuration with the protections given, each named by its place."""
    entries = [{"name": f"protection-{place}", **entry} for place, entry in enumerate(protections)]
    return GuardrailConfig.model_validate({"protections": entries, **more})


ROOT_ONLY = guardrail({"targets": ["root"]})


def stack(
    config: GuardrailConfig, region: str | None = "us-east-1", account: str | None = MANAGEMENT_ACCOUNT
) -> GuardrailStack:
    """The stack in an app of its own, which does not bundle."""
    app = cdk.App(context={**CONTEXT, "aws:cdk:bundling-stacks": []})
    environment = cdk.Environment(account=account, region=region)
    return GuardrailStack(app, "Rootguard", config=config, env=environment)


@functools.cache
def template(config: GuardrailConfig = ROOT_ONLY, region: str = "us-east-1") -> dict[str, Any]:
    """What CloudFormation would get. It is synthesized once, by whichever process needs it first."""
    return kept(
        f"{region} {config.model_dump_json()}",
        lambda: dict(Template.from_stack(stack(config, region)).to_json()),
    )


def resources(kind: str, config: GuardrailConfig = ROOT_ONLY) -> dict[str, dict[str, Any]]:
    """Logical id → properties, of one resource type such as AWS::SNS::Topic."""
    found = template(config)["Resources"]
    return {name: entry["Properties"] for name, entry in found.items() if entry["Type"] == kind}


def only(kind: str, config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the one resource of its type."""
    ((name, properties),) = resources(kind, config).items()
    return name, properties


def named(kind: str, beginning: str, config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the one resource of its type whose id begins so."""
    (found,) = [entry for entry in resources(kind, config).items() if entry[0].startswith(beginning)]
    return found


def function(name: str, config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of a function, by its module in rootguard.handlers."""
    (found,) = [
        entry
        for entry in resources("AWS::Lambda::Function", config).items()
        if entry[1]["Handler"] == f"rootguard.handlers.{name}.handler"
    ]
    return found


def role_of(name: str, config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the role that a function has."""
    _, properties = function(name, config)
    role, _ = properties["Role"]["Fn::GetAtt"]
    return role, resources("AWS::IAM::Role", config)[role]


def guard_function(config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the function that judges changes."""
    return function("guard", config)


def guard_role(config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the role that this function has."""
    return role_of("guard", config)


def attribute(name: str, attribute_name: str = "Arn") -> dict[str, list[str]]:
    """A reference to another resource's attribute, as templates write it."""
    return {"Fn::GetAtt": [name, attribute_name]}


def as_list(value: Any) -> list[Any]:
    """IAM documents write one entry bare and several as a list."""
    return value if isinstance(value, list) else [value]
