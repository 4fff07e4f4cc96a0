"""The entry point of the watch: an order in, hints out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest

from rootguard.domain.watch import Belonging, WatchOrder
from tests.fakes.wire import Wire, create
from tests.given import SCP
from tests.handlers.conftest import Entry, Lambda


class Context(Lambda):
    aws_request_id = "8f5e3c1a-4c4b-4e6e-9f57-4d9d2f0f1c11"


@pytest.fixture
def module(entry: Entry) -> ModuleType:
    return entry("watch")


@pytest.fixture
def invoked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    connect = boto3.client

    class Functions:
        def invoke(self, **call: Any) -> None:
            found.append(call)

    def client(service: str, **options: Any) -> Any:
        return Functions() if service == "lambda" else connect(service, **options)

    monkeypatch.setattr("boto3.client", client)
    return found


def test_a_stranger_on_root_is_told_to_the_guard_that_ordered_the_run(
    module: ModuleType, wire: Wire, root: str, invoked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_then(seconds: float) -> None:
        assert seconds > 0
        raise InterruptedError("the next look would be now")

    monkeypatch.setattr("time.sleep", until_then)
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    belonging = (Belonging(SCP, frozenset({"p-FullAWSAccess"}), frozenset()),)
    order = WatchOrder(root, belonging, datetime.now(UTC) + timedelta(minutes=1), 5)
    with pytest.raises(InterruptedError):
        module.handler({"guard": "the-guard", "order": order.as_json()}, Context())
    (call,) = invoked
    assert (call["FunctionName"], call["InvocationType"]) == ("the-guard", "Event")
    sent = json.loads(call["Payload"])
    assert (sent["source"], sent["hint"]["differs"]) == ("rootguard.watch", [policy_id])


@pytest.mark.parametrize("event", [{}, {"order": {}}, {"guard": "g", "order": {"root_id": 7}}])
def test_an_order_that_cannot_be_read_fails(module: ModuleType, event: dict[str, Any], wire: Wire) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        module.handler(event, Context())
    assert wire.calls == []
