"""The protection of the quarantine OU: what guardrail.json says before anybody knows an id, and after."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rootguard.domain.guardrail import guardrail_from_json
from stacks.bundling import config_json
from stacks.config import ConfigError, read
from stacks.config_values import forensic_role
from stacks.quarantine_rules import DEPLOYMENT_VARIABLE, OU_VARIABLE, ROLE_VARIABLE
from stacks.rules_text import filled
from tests.stacks.synthesis import ROOT_ONLY, guardrail

OU = "ou-exam-12345678"
ROLE = "arn:aws:iam::111122223333:role/Rootguard-IsolationRole-x8Z0Q1"
PIPELINE = "arn:aws:iam::111122223333:role/pipeline"
DEPLOYMENT = "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1"
VALUES = {OU_VARIABLE: OU, ROLE_VARIABLE: ROLE, DEPLOYMENT_VARIABLE: DEPLOYMENT}
QUARANTINE: dict[str, Any] = {"root_id": "r-exam"}


def test_the_ou_is_protected_and_its_function_alone_is_trusted_there() -> None:
    config = guardrail({"targets": ["root"]}, quarantine=QUARANTINE, trusted_principals=[PIPELINE])
    rules = guardrail_from_json(filled(config.render(), VALUES))
    (found,) = [each for each in rules.protections if each.name == "quarantine"]
    assert found.targets == found.pin_accounts == {OU}
    assert found.policy_types == {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}
    assert found.trusted_principals == {ROLE, DEPLOYMENT}
    assert found.on_violation == "revert"
    assert rules.of_move("444455556666", OU, "r-exam") == (found,)


def test_the_function_is_trusted_where_accounts_are_pinned_and_nowhere_else() -> None:
    pinning = {
        "targets": ["444455556666"],
        "pin_accounts": ["444455556666"],
        "trusted_principals": [PIPELINE],
    }
    root, pinned, _ = guardrail({"targets": ["root"]}, pinning, quarantine=QUARANTINE).render()["protections"]
    assert root["trusted_principals"] == []
    assert pinned["trusted_principals"] == [PIPELINE, f"${{{ROLE_VARIABLE}}}"]


def test_without_a_quarantine_nothing_is_added() -> None:
    assert [each["name"] for each in ROOT_ONLY.render()["protections"]] == ["protection-0"]


def test_the_guard_reads_its_environment_in_and_nothing_else_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "$HOME ${PATH} costs $5"
    config = guardrail({"name": name, "targets": ["root"]}, quarantine=QUARANTINE)
    for variable, value in VALUES.items():
        monkeypatch.setenv(variable, value)
    read_in = json.loads(os.path.expandvars(config_json(config)))
    assert read_in == filled(config.render(), VALUES)
    assert read_in["protections"][0]["name"] == name


def test_no_other_protection_has_its_name(tmp_path: Path) -> None:
    text = "protections:\n- name: quarantine\n  targets: [root]\n"
    file = tmp_path / "guardrail.yaml"
    file.write_text(text)
    assert read(file).config.quarantine is None
    file.write_text(f"{text}quarantine: {{root_id: r-exam}}\n")
    with pytest.raises(ConfigError, match=r"guardrail.yaml:2: protections\[0\].name: .*another name"):
        read(file)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::*:role/Forensics",
        "arn:aws:iam::111122223333:role/security/Forensics",
        "arn:aws-us-gov:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Forensics_*",
        "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Forensics_0123456789abcdef",
    ],
)
def test_a_forensic_role_is_one_role_in_one_account_or_in_each(arn: str) -> None:
    assert forensic_role(arn) == arn


def test_a_forensic_role_of_another_partition_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_text(
        "protections: [{name: root, targets: [root]}]\n"
        "quarantine: {root_id: r-exam, forensic_roles: ['arn:aws:iam::*:role/Forensics']}\n"
    )
    assert read(file, "aws").config.quarantine
    with pytest.raises(ConfigError, match=r"is of the partition aws, and the stack of aws-cn"):
        read(file, "aws-cn")
