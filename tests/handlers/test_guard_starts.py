"""A deployment that is not complete does not start."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from rootguard.domain.guardrail import Mode
from tests.fakes.people import FakeTelemetry
from tests.given import OWN_ROLE
from tests.handlers.conftest import Entry, Lambda

VARIABLES = ["TABLE", "EXCEPTIONS", "NOTICES", "TOPIC_ARN", "ROLE_ARN"]


def start_again() -> None:
    del sys.modules["rootguard.handlers.guard"]
    importlib.import_module("rootguard.handlers.guard")


def test_settings_come_from_the_environment_and_the_asset(entry: Entry) -> None:
    guard = entry("guard")._guard(Lambda(), FakeTelemetry())  # noqa: SLF001 - what it is made of
    assert guard.guardrail.mode is Mode.ENFORCE
    assert guard.own_roles == {OWN_ROLE}
    assert guard.restorer is None


def test_if_types_are_restored_the_queue_and_the_restorers_role_are_known(entry: Entry) -> None:
    more = {"ROOTGUARD_RESTORE_QUEUE": "https://queue", "ROOTGUARD_RESTORER_ROLE_ARN": "arn:restorer"}
    guard = entry("guard", **more)._guard(Lambda(), FakeTelemetry())  # noqa: SLF001
    assert guard.restorer is not None
    assert "arn:restorer" in guard.own_roles


@pytest.mark.parametrize("missing", VARIABLES)
def test_a_missing_variable_fails_the_start_and_is_named(
    entry: Entry, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry("guard")
    monkeypatch.delenv(f"ROOTGUARD_{missing}")
    with pytest.raises(KeyError, match=f"ROOTGUARD_{missing}"):
        start_again()


@pytest.mark.parametrize("content", [None, "", "{", json.dumps({"mode": "sometimes"}), "[]"])
def test_a_missing_or_broken_guardrail_fails_the_start(
    entry: Entry, tmp_path: Path, content: str | None
) -> None:
    entry("guard")
    file = tmp_path / "guardrail.json"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises((OSError, ValueError, KeyError, TypeError)):
        start_again()
