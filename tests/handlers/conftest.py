"""The entry points, wired: the real handlers, the strict model behind the SDK, and the rest in memory."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from tests.domain.test_protection import ENTRY
from tests.fakes.exceptions import FakeExceptions
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire
from tests.given import OWN_ROLE

Entry = Callable[..., ModuleType]


class Lambda:
    """The one thing that the handlers ask of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass
class Aws:
    """What is at the other end of the SDK, beside Organizations."""

    notices: list[dict[str, Any]] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    restored: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **message: Any) -> None:
        self.published.append(message)

    def send_message(self, *, QueueUrl: str, MessageBody: str, **_delay: int) -> None:  # noqa: N803 - SQS names
        self.notices.append({"queue": QueueUrl, **json.loads(MessageBody)})

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.restored += [{"queue": QueueUrl, **json.loads(entry["MessageBody"])} for entry in Entries]
        return {"Successful": Entries}


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def aws(wire: Wire, ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """AWS: the strict model of Organizations, tables in memory, a queue and a topic that keep everything."""
    found, connect = Aws(), boto3.client

    def client(service: str, **options: Any) -> Any:
        if service in ("sns", "sqs"):
            return found
        connected = connect(service, **options)
        if service == "organizations":
            wire.plug(connected)
        return connected

    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setattr("rootguard.aws.ledger.DynamoLedger", lambda *_: ledger)
    monkeypatch.setattr("rootguard.aws.exceptions.DynamoExceptions", lambda *_: FakeExceptions())
    return found


@pytest.fixture
def entry(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entry]:
    """Starts a function, as Lambda does, with a guardrail.json and with its variables."""
    started: list[str] = []

    def start(name: str, protection: dict[str, Any] | None = None, **variables: str) -> ModuleType:
        rules = {"mode": "enforce", "protections": [ENTRY | (protection or {})]}
        (tmp_path / "guardrail.json").write_text(json.dumps(rules))
        environment = {
            "LAMBDA_TASK_ROOT": str(tmp_path),
            "ROOTGUARD_TABLE": "rootguard-ledger",
            "ROOTGUARD_EXCEPTIONS": "rootguard-exceptions",
            "ROOTGUARD_NOTICES": "https://notices",
            "ROOTGUARD_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:rootguard",
            "ROOTGUARD_ROLE_ARN": OWN_ROLE,
            "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
            "POWERTOOLS_SERVICE_NAME": "rootguard",
        }
        for variable, value in (environment | variables).items():
            monkeypatch.setenv(variable, value)
        module = f"rootguard.handlers.{name}"
        sys.modules.pop(module, None)
        started.append(module)
        return importlib.import_module(module)

    yield start
    for module in started:
        sys.modules.pop(module, None)
