"""`rootguard doctor` as a command: before a deployment, without permissions, without an AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.doctor.checks import CHECKS
from cli.doctor.facts.deployment import BOOTSTRAP
from drill.local_aws import LocalAws
from tests.cli.conftest import REPOSITORY, Rootguard, Written
from tests.cli.deployed import As, allowed, sign_in, started
from tests.given import SCP

__all__ = ["sign_in", "started"]

BEFORE = {check.name for check in CHECKS if not check.needs_stack}


@pytest.fixture
def aws(started: LocalAws) -> Iterator[LocalAws]:
    """An account with an organization, a trail and the CDK's bootstrap, and no stack."""
    started.begin_anew()
    organizations = started.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType=SCP)
    started.client("s3").create_bucket(Bucket="trail")
    trails, ssm = started.client("cloudtrail"), started.client("ssm")
    trails.create_trail(Name="audit", S3BucketName="trail", IsMultiRegionTrail=True)
    trails.start_logging(Name="audit")
    ssm.put_parameter(Name=BOOTSTRAP, Value="33", Type="String")
    yield started
    trails.delete_trail(Name="audit")
    ssm.delete_parameter(Name=BOOTSTRAP)


@pytest.fixture
def administrator(aws: LocalAws, sign_in: As) -> str:
    return sign_in(allowed("ada", "*"))


def document(rootguard: Rootguard, *more: str) -> dict[str, Any]:
    result = rootguard("doctor", "--json", *more)
    return {**json.loads(result.stdout), "exit_code": result.exit_code}


def levels(found: dict[str, Any]) -> dict[str, str]:
    return {finding["check"]: finding["level"] for finding in found["findings"]}


def test_before_a_deployment_it_looks_at_what_one_needs(rootguard: Rootguard, administrator: str) -> None:
    found = document(rootguard)
    assert (found["exit_code"], found["deployed"], found["broken"]) == (0, False, 0)
    assert set(levels(found)) == BEFORE
    # Nobody is named under `pages`, and nothing is deployed yet.
    assert {name for name, level in levels(found).items() if level != "ok"} == {"recipients", "stack"}


def test_what_a_deployment_would_fail_on_is_broken(
    rootguard: Rootguard, aws: LocalAws, administrator: str
) -> None:
    aws.client("ssm").delete_parameter(Name=BOOTSTRAP)
    aws.client("cloudtrail").stop_logging(Name="audit")
    found = rootguard("doctor", "--before")
    aws.client("ssm").put_parameter(Name=BOOTSTRAP, Value="33", Type="String")
    assert found.exit_code == 1
    assert "✗ Bootstrap" in found.stdout
    assert "→ make bootstrap" in found.stdout
    assert "✗ Trail" in found.stdout
    assert "→ aws cloudtrail start-logging --region us-east-1 --name arn:aws:cloudtrail:" in found.stdout
    assert found.stdout.splitlines()[-1].startswith("✗ 2 broken, 2 warnings, ")
    # Only a command, which people copy, is longer than the terminal.
    assert all(len(line) <= 80 for line in found.stdout.splitlines() if "→" not in line)


def test_what_may_not_be_looked_at_says_which_permission_is_missing(
    rootguard: Rootguard, aws: LocalAws, sign_in: As
) -> None:
    sign_in(allowed("olga", "organizations:DescribeOrganization", "ssm:GetParameter"))
    found = document(rootguard)
    assert found["exit_code"] == 0
    told = {finding["check"]: finding["what"] for finding in found["findings"]}
    for name, permission in {
        "policy-types": "organizations:ListRoots",
        "trail": "cloudtrail:DescribeTrails",
        "concurrency": "cloudwatch:GetMetricData",
        "stack": "cloudformation:DescribeStacks",
    }.items():
        assert told[name] == f"could not look: needs {permission}"
        assert levels(found)[name] == "warning"
    assert {levels(found)[name] for name in ("account", "features", "bootstrap")} == {"ok"}


def test_a_secret_that_is_not_there_stops_nothing_else(
    rootguard: Rootguard, administrator: str, written: Written
) -> None:
    slack = {"slack": {"webhook_secret": "rootguard/slack"}, "email": ["a@example.com"]}
    config = {"protections": [{"name": "root", "targets": ["root"]}], "pages": slack}
    found = document(rootguard, "-c", written("mine.yaml", config))
    assert (found["exit_code"], levels(found)["secrets"], levels(found)["recipients"]) == (1, "broken", "ok")
    (fix,) = [finding["fix"] for finding in found["findings"] if finding["check"] == "secrets"]
    # The operator's usual Region is seldom the stack's.
    assert fix.startswith("aws secretsmanager create-secret --name rootguard/slack ")
    assert fix.endswith(" --region us-east-1")


def test_who_is_not_signed_in_is_told(rootguard: Rootguard) -> None:
    result = rootguard("doctor")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Sign in to the management account" in result.stderr


def test_a_file_that_cannot_be_used_is_bad_input(rootguard: Rootguard, written: Written) -> None:
    result = rootguard("doctor", "-c", written("mine.yaml", {"protections": []}))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mine.yaml" in result.stderr


def permissions(rootguard: Rootguard, *more: str) -> list[dict[str, Any]]:
    result = rootguard("doctor", "--permissions", *more)
    assert result.exit_code == 0
    statements: list[dict[str, Any]] = json.loads(result.stdout)["Statement"]
    return statements


def test_its_permissions_are_reads(rootguard: Rootguard) -> None:
    actions = [action for statement in permissions(rootguard) for action in statement["Action"]]
    assert len(actions) == len(set(actions))
    assert {re.match(r"[a-z0-9]+:([A-Z][a-z]+)", action)[1] for action in actions} == {  # type: ignore[index]
        "Describe",
        "Get",
        "List",
        "Query",
    }
    # Nobody is trusted, and no channel has a secret: of neither is anything read.
    assert not {"iam:GetRole", "iam:GetUser", "secretsmanager:GetSecretValue"} & set(actions)


def test_of_secrets_and_principals_it_reads_those_that_are_named(rootguard: Rootguard, folder: Path) -> None:
    document = yaml.safe_load((folder / "guardrail.yaml").read_text("utf-8"))
    role = "arn:aws:iam::111122223333:role/delivery/pipeline"
    document["trusted_principals"] = [role]
    document["pages"]["pagerduty"] = {"routing_key_secret": "rootguard/pagerduty"}
    (folder / "mine.yaml").write_text(yaml.safe_dump(document), "utf-8")
    by_action = {
        action: statement["Resource"]
        for statement in permissions(rootguard, "-c", "mine.yaml")
        for action in statement["Action"]
    }
    # In whatever path it lies: a wrong path is what should be found.
    beginning = role.partition("delivery/")[0]
    assert by_action["iam:GetRole"] == [f"{beginning}pipeline", f"{beginning}*/pipeline"]
    assert "iam:GetUser" not in by_action
    secret = "arn:aws:secretsmanager:us-east-1:*:secret:rootguard/pagerduty-??????"  # noqa: S105 - its ARN
    assert by_action["secretsmanager:GetSecretValue"] == secret


def test_the_docs_have_a_row_for_each_check_in_its_section() -> None:
    text = (REPOSITORY / "docs" / "doctor.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    documented = [
        (name, section)
        for section, rows in sections.items()
        for name in re.findall(r"^\| `([a-z-]+)` \|", rows, re.MULTILINE)
    ]
    assert documented == [(check.name, check.section.value) for check in CHECKS]
