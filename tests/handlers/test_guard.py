"""The entry point, wired: a real event through the real handler to the strict model and a stubbed topic."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from drill.api_error import ApiError
from rootguard.ports import OrganizationsError
from tests.domain.test_protection import ENTRY
from tests.fakes.ledger import FakeLedger
from tests.fakes.surveys import FakeSurveys
from tests.fakes.wire import Wire, create, standing
from tests.given import OWN_ROLE, attach, envelope, real

MODULE = "rootguard.handlers.guard"


class Lambda:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def published() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def guard(
    wire: Wire,
    ledger: FakeLedger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    published: list[dict[str, Any]],
) -> Iterator[ModuleType]:
    (tmp_path / "guardrail.json").write_text(json.dumps({"mode": "enforce", "protections": [ENTRY]}))
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    monkeypatch.setenv("ROOTGUARD_TOPIC_ARN", "arn:aws:sns:us-east-1:111122223333:rootguard")
    monkeypatch.setenv("ROOTGUARD_ROLE_ARN", OWN_ROLE)
    monkeypatch.setenv("ROOTGUARD_TABLE", "rootguard-ledger")
    monkeypatch.setenv("ROOTGUARD_RUNBOOKS", "docs/runbooks/")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rootguard")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "rootguard")
    connect = boto3.client

    class Topic:
        def publish(self, **message: Any) -> None:
            published.append(message)

    def client(service: str, **options: Any) -> Any:
        if service == "sns":
            return Topic()
        connected = connect(service, **options)
        if service == "organizations":
            wire.plug(connected)
        return connected

    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setattr("rootguard.aws.ledger.DynamoLedger", lambda *_: ledger)
    monkeypatch.setattr("rootguard.aws.surveys.DynamoSurveys", lambda *_: FakeSurveys())
    sys.modules.pop(MODULE, None)
    module = importlib.import_module(MODULE)
    yield module
    sys.modules.pop(MODULE)


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if "_aws" in line]
    return line


def test_a_violation_is_undone_paged_and_measured(
    guard: ModuleType,
    wire: Wire,
    root: str,
    published: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    answer = guard.handler(envelope(attach(root, policy_id)), Lambda())
    assert answer == {"verdict": "revert", "reason": "violation", "rule": 8, "protection": "root"}
    assert standing(wire, root) == ["p-FullAWSAccess"]
    assert len(published) == 1
    line = metrics(capsys)
    assert (line["Violations"], line["Reverted"]) == ([1.0], [1.0])
    assert line["ExposureSeconds"][0] > 0
    assert line["HandlerMilliseconds"][0] > 0


def test_a_failure_leaves_the_handler_and_is_measured(
    guard: ModuleType, wire: Wire, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    policy_id = create(wire)
    wire.fail("DetachPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        guard.handler(envelope(attach(root, policy_id)), Lambda())
    assert metrics(capsys)["RevertFailed"] == [1.0]


@pytest.mark.parametrize("event", [{}, None, [], "x", real("close-account-result-service-event")])
def test_what_is_not_ours_is_answered_and_measured(
    guard: ModuleType, event: object, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard.handler(event, Lambda())["verdict"] == "ignore"
    assert wire.calls == []
    assert "HandlerMilliseconds" in metrics(capsys)


def test_the_schedulers_word_starts_a_sweep(
    guard: ModuleType,
    root: str,
    published: list[dict[str, Any]],
    ledger: FakeLedger,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert guard.handler({"source": "rootguard.sweep"}, Lambda()) == {"source": "rootguard.sweep"}
    assert set(ledger.baseline(root) or {}) == {"p-FullAWSAccess"}
    assert "adopted as found" in published[0]["Subject"]
    assert metrics(capsys)["SweepCompleted"] == [1.0]


def test_a_sweep_that_a_later_one_has_overtaken_is_left_to_it(
    guard: ModuleType, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    late = {"source": "rootguard.sweep", "at": "2023-04-25T00:33:00Z", "every_minutes": 1}
    assert guard.handler(late, Lambda()) == {"source": "rootguard.sweep"}
    assert wire.calls == []
    assert "SweepCompleted" not in metrics(capsys)
