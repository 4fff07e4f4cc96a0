"""A notifier with everything around it in memory, and notices for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rootguard.incidents.notice import About, Notice, Stage
from rootguard.notify.notifier import Enrichment, Notifier
from rootguard.ports import LedgerError, OutboxError
from tests.fakes.directory import FakeDirectory
from tests.fakes.people import FakeTelemetry
from tests.given import NOW, POLICY, ROOT, SCP
from tests.notify.stories import ID, story
from tests.notify.test_exception_page import PERMIT

ONCALL = {"Protocol": "email", "Endpoint": "oncall@example.com"}
CONFIRMED = ONCALL | {"SubscriptionArn": "arn:aws:sns:us-east-1:111122223333:pages:1f2e"}
PENDING = ONCALL | {"SubscriptionArn": "PendingConfirmation"}
RUNBOOKS = "https://example.com/runbooks/"
NO_NOTICE = (KeyError, TypeError, ValueError, RecursionError)


@dataclass
class FakeClaims:
    """`notify.notifier.Claims` in memory; `fail` names the calls that the ledger does not answer."""

    fail: frozenset[str] = frozenset()
    held: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)

    def claim(self, key: str, now: datetime) -> bool:  # noqa: ARG002 - as the real one
        self._answer("claim")
        if key in self.held | self.published:
            return False
        self.held.add(key)
        return True

    def paged(self, key: str, now: datetime) -> None:  # noqa: ARG002 - as the real one
        self._answer("paged")
        self.published.add(key)

    def release(self, key: str) -> None:
        self._answer("release")
        self.held.discard(key)

    def _answer(self, call: str) -> None:
        if call in self.fail:
            raise LedgerError("the ledger does not answer")


@dataclass
class FakeTopic:
    """A topic that keeps what was published, or refuses the first so many."""

    refuse: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, subject: str, message: str) -> None:
        if self.refuse:
            self.refuse -= 1
            raise OutboxError("SNS did not take it")
        assert subject.startswith("Rootguard ")
        texts = json.loads(message)
        self.messages.append(json.loads(texts["default"]))

    @property
    def kinds(self) -> list[str]:
        return [message["page"]["kind"] for message in self.messages]


@dataclass
class Bench:
    """A notifier with everything around it."""

    claims: FakeClaims = field(default_factory=FakeClaims)
    topic: FakeTopic = field(default_factory=FakeTopic)
    closings: FakeTopic | None = field(default_factory=FakeTopic)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    seconds: float = 20.0

    listed: list[dict[str, str]] | OutboxError = field(default_factory=lambda: [CONFIRMED])
    again: list[Notice] = field(default_factory=list)
    now: datetime = NOW

    def notify(self, *notices: Notice | str) -> list[str]:
        notifier = Notifier(
            claims=self.claims,
            enrichment=Enrichment(self.directory, lambda: self.seconds, self.telemetry),
            publish=self.topic.publish,
            close=self.closings.publish if self.closings else None,
            runbooks=RUNBOOKS,
            telemetry=self.telemetry,
            clock=lambda: self.now,
            subscribed=self.subscribed,
            later=self.again.append,
            together=len(notices),
        )
        for number, notice in enumerate(notices):
            notifier.hold(notice if isinstance(notice, str) else json.dumps(notice.as_json()), str(number))
        return notifier.publish_held()

    def subscribed(self) -> list[dict[str, str]]:
        if isinstance(self.listed, OutboxError):
            raise self.listed
        return self.listed


def notice(stage: Stage = Stage.FOUND, told: Any = None, **more: Any) -> Notice:
    data = (told or story()).incident.as_json() | more
    return Notice(f"{ID}/{stage.value}", About.INCIDENT, stage, data)


FOUND = notice()
OVER = notice(Stage.OVER, closed_at=NOW.isoformat())
TARGET = {
    "target_id": ROOT,
    "protection": "root",
    "policies": [{"id": POLICY, "name": "Quarantine", "type": SCP, "lockout": True}],
}
ADOPTION = Notice("adoption/1", About.ADOPTION, Stage.FOUND, {"at": NOW.isoformat(), "targets": [TARGET]})
EXCEPTION = Notice(
    "exception/1/open",
    About.EXCEPTION,
    Stage.FOUND,
    {"at": NOW.isoformat(), "permit": PERMIT.as_json(), "drift": None},
)
