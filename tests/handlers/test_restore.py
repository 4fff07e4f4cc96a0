"""The restorer's entry point: one attachment from its queue, wired to the strict model."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rootguard.aws.outbox import order
from rootguard.domain.inventory import Located
from rootguard.domain.remedy import Attach
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire, attached, create
from tests.given import NOW, SCP
from tests.handlers.conftest import Entry, Lambda


def event(*bodies: str) -> dict[str, Any]:
    ids = ("059f36b4-87a3-44ab-83d2-661975830a7d", "2e1424d4-f796-459a-8184-9c92662be6da")
    return {"Records": [{"messageId": id_, "body": body} for id_, body in zip(ids, bodies, strict=False)]}


def test_a_message_of_the_queue_is_put_back_at_its_pace(
    entry: Entry, wire: Wire, root: str, ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    policy_id = create(wire)
    ledger.locate(SCP, policy_id, Located(frozenset({root}), NOW))
    entry("restore").handler(event(order(SCP, Attach(policy_id, root))), Lambda())
    assert policy_id in attached(wire, root)
    assert 0 < sum(slept) <= 1.1


def test_what_the_inventory_does_not_hold_is_not_attached(entry: Entry, wire: Wire, root: str) -> None:
    policy_id = create(wire)
    entry("restore").handler(event(order(SCP, Attach(policy_id, root))), Lambda())
    assert policy_id not in attached(wire, root)


def test_another_message_is_left_to_the_dead_letters(entry: Entry, wire: Wire) -> None:
    with pytest.raises(ValueError, match="not an attachment"):
        entry("restore").handler(event("{}"), Lambda())
    assert wire.calls == []


def test_without_its_inventory_the_queue_gives_the_message_again(
    entry: Entry, wire: Wire, root: str, ledger: FakeLedger
) -> None:
    ledger.fail = True
    with pytest.raises(Exception, match="does not answer"):
        entry("restore").handler(event(order(SCP, Attach(create(wire), root))), Lambda())
    assert wire.calls == []
