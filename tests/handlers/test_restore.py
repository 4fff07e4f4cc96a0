"""The restorer's entry point, and the guard's where it has a queue to fill: wired to local fakes of AWS."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from rootguard.aws.restorer import message
from rootguard.domain.remedy import Attach
from rootguard.domain.snapshot import Seen, Sight
from tests.domain.test_protection import ENTRY
from tests.fakes.ledger import FakeLedger
from tests.fakes.snapshots import FakeSnapshots
from tests.fakes.surveys import FakeSurveys
from tests.fakes.wire import Wire, create, standing
from tests.given import NOW, OWN_ROLE, SCP
from tests.handlers.test_guard import Lambda

RESTORE, GUARD = "rootguard.handlers.restore", "rootguard.handlers.guard"


@pytest.fixture
def snapshots(monkeypatch: pytest.MonkeyPatch) -> FakeSnapshots:
    fake = FakeSnapshots()
    monkeypatch.setattr("rootguard.aws.snapshots.DynamoSnapshots", lambda *_: fake)
    return fake


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def aws(wire: Wire, monkeypatch: pytest.MonkeyPatch, sent: list[dict[str, Any]]) -> None:
    connect = boto3.client

    class Sink:
        def publish(self, **_: Any) -> None:
            pass

        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
            sent.extend({"queue": QueueUrl, **json.loads(entry["MessageBody"])} for entry in Entries)
            return {"Successful": Entries}

    def client(service: str, **options: Any) -> Any:
        if service in ("sns", "sqs"):
            return Sink()
        connected = connect(service, **options)
        if service == "organizations":
            wire.plug(connected)
        return connected

    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setenv("ROOTGUARD_TABLE", "rootguard-ledger")
    monkeypatch.setenv("ROOTGUARD_RUNBOOKS", "docs/runbooks/")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "rootguard")


def fresh(module: str) -> ModuleType:
    sys.modules.pop(module, None)
    return importlib.import_module(module)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for module in (RESTORE, GUARD):
        sys.modules.pop(module, None)


def event(body: str) -> dict[str, Any]:
    return {"Records": [{"messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "body": body}]}


def test_a_message_of_the_queue_is_put_back_at_its_pace(
    aws: None, wire: Wire, root: str, snapshots: FakeSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    policy_id = create(wire)
    snapshots.keep(SCP, policy_id, Seen(Sight(frozenset({root}), NOW)))
    fresh(RESTORE).handler(event(message(SCP, Attach(policy_id, root))), Lambda())
    assert policy_id in standing(wire, root)
    assert 0 < sum(slept) <= 1.1


def test_another_message_is_left_to_the_dead_letters(aws: None, wire: Wire, snapshots: FakeSnapshots) -> None:
    with pytest.raises(ValueError, match="not an attachment"):
        fresh(RESTORE).handler(event("{}"), Lambda())
    assert wire.calls == []


def test_the_guard_takes_the_snapshot_where_it_has_a_queue_and_fills_it(
    aws: None,
    wire: Wire,
    root: str,
    snapshots: FakeSnapshots,
    sent: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = {"mode": "enforce", "protections": [{**ENTRY, "restore_policy_type": True}]}
    (tmp_path / "guardrail.json").write_text(json.dumps(rules))
    ledger = FakeLedger()
    monkeypatch.setattr("rootguard.aws.ledger.DynamoLedger", lambda *_: ledger)
    monkeypatch.setattr("rootguard.aws.surveys.DynamoSurveys", lambda *_: FakeSurveys())
    for name, value in {
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "ROOTGUARD_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:rootguard",
        "ROOTGUARD_ROLE_ARN": OWN_ROLE,
        "ROOTGUARD_RESTORE_QUEUE": "https://queue",
        "ROOTGUARD_RESTORER_ROLE_ARN": "arn:aws:iam::111122223333:role/restorer",
        "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
    }.items():
        monkeypatch.setenv(name, value)
    guard = fresh(GUARD)
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    guard.handler({"source": "rootguard.sweep"}, Lambda())
    wire.organization.call("DisablePolicyType", {"RootId": root, "PolicyType": SCP})
    for _ in range(2):
        guard.handler({"source": "rootguard.sweep"}, Lambda())
    assert sent == [{"queue": "https://queue", "policy_type": SCP, "policy_id": policy_id, "target_id": root}]
