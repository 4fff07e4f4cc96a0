"""A deployment that is not complete does not start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rootguard.aws.settings import load
from tests.domain.test_protection import ENTRY
from tests.given import guardrail

ENVIRONMENT = {
    "ROOTGUARD_TOPIC_ARN": "arn:topic",
    "ROOTGUARD_ROLE_ARN": "arn:role",
    "ROOTGUARD_TABLE": "rootguard-ledger",
    "ROOTGUARD_RUNBOOKS": "docs/runbooks/",
}


@pytest.fixture
def task_root(tmp_path: Path) -> Path:
    (tmp_path / "guardrail.json").write_text(json.dumps({"mode": "enforce", "protections": [ENTRY]}))
    return tmp_path


def test_settings_come_from_the_environment_and_the_asset(task_root: Path) -> None:
    settings = load({**ENVIRONMENT, "LAMBDA_TASK_ROOT": str(task_root)})
    assert (settings.topic_arn, settings.own_role_arn) == ("arn:topic", "arn:role")
    assert settings.table_name == "rootguard-ledger"
    assert settings.guardrail == guardrail()
    assert settings.restore_queue_url is None
    assert settings.closings_arn is None


def test_where_a_channel_listens_the_topic_for_what_is_over_is_told(task_root: Path) -> None:
    told = {"ROOTGUARD_CLOSINGS_TOPIC_ARN": "arn:closings"}
    assert load({**ENVIRONMENT, **told, "LAMBDA_TASK_ROOT": str(task_root)}).closings_arn == "arn:closings"


def test_where_types_are_restored_the_queue_and_the_restorers_role_are_told(task_root: Path) -> None:
    told = {"ROOTGUARD_RESTORE_QUEUE": "https://queue", "ROOTGUARD_RESTORER_ROLE_ARN": "arn:restorer"}
    settings = load({**ENVIRONMENT, **told, "LAMBDA_TASK_ROOT": str(task_root)})
    assert (settings.restore_queue_url, settings.restorer_role_arn) == ("https://queue", "arn:restorer")


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
def test_a_missing_variable_fails_the_start_and_is_named(task_root: Path, missing: str) -> None:
    environment = {**ENVIRONMENT, "LAMBDA_TASK_ROOT": str(task_root)}
    del environment[missing]
    with pytest.raises(RuntimeError, match=missing):
        load(environment)


@pytest.mark.parametrize("content", [None, "", "{", '{"mode": "sometimes"}', "[]"])
def test_a_missing_or_broken_guardrail_fails_the_start(task_root: Path, content: str | None) -> None:
    file = task_root / "guardrail.json"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(RuntimeError, match="make deploy"):
        load({**ENVIRONMENT, "LAMBDA_TASK_ROOT": str(task_root)})
