"""A deployment that is not complete does not start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rootguard.aws.settings import load
from rootguard.domain.guardrail import Mode

ENVIRONMENT = {
    "ROOTGUARD_TABLE": "rootguard-ledger",
    "ROOTGUARD_EXCEPTIONS": "rootguard-exceptions",
    "ROOTGUARD_NOTICES": "https://notices",
    "ROOTGUARD_TOPIC_ARN": "arn:topic",
    "ROOTGUARD_ROLE_ARN": "arn:role",
}


@pytest.fixture
def task_root(tmp_path: Path) -> Path:
    (tmp_path / "guardrail.json").write_text(json.dumps({"mode": "observe", "protections": []}))
    return tmp_path


def test_settings_come_from_the_environment_and_the_asset(task_root: Path) -> None:
    settings = load({**ENVIRONMENT, "LAMBDA_TASK_ROOT": str(task_root)})
    assert (settings.table_name, settings.exceptions_name) == ("rootguard-ledger", "rootguard-exceptions")
    assert (settings.notices_url, settings.topic_arn) == ("https://notices", "arn:topic")
    assert settings.own_roles == {"arn:role"}
    assert settings.guardrail.mode is Mode.OBSERVE
    assert settings.restore_queue_url is None


def test_if_types_are_restored_the_queue_and_the_restorers_role_are_known(task_root: Path) -> None:
    more = {"ROOTGUARD_RESTORE_QUEUE": "https://queue", "ROOTGUARD_RESTORER_ROLE_ARN": "arn:restorer"}
    settings = load({**ENVIRONMENT, **more, "LAMBDA_TASK_ROOT": str(task_root)})
    assert settings.restore_queue_url == "https://queue"
    assert settings.own_roles == {"arn:role", "arn:restorer"}


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
