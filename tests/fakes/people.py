"""Fakes of what leaves the guard: they remember what they were given, or refuse it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rootguard.domain.remedy import Attach
from rootguard.domain.watch import WatchOrder
from rootguard.incidents.notice import Notice
from rootguard.ports import OutboxError


@dataclass(slots=True)
class FakeNotices:
    """`ports.Notices` that keeps what was sent."""

    fail: bool = False
    sent: list[Notice] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [notice.key for notice in self.sent]

    def send(self, notice: Notice) -> None:
        if self.fail:
            raise OutboxError("the queue does not answer")
        self.sent.append(notice)


@dataclass(slots=True)
class FakeLastResort:
    """`ports.LastResort` that keeps its lines."""

    fail: bool = False
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        if self.fail:
            raise OutboxError("the topic does not answer")
        self.lines.append(line)


@dataclass(slots=True)
class FakeRestorer:
    """`ports.Restorer` that keeps what it was given."""

    fail: bool = False
    queued: list[tuple[str, Attach]] = field(default_factory=list)

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        if self.fail:
            raise OutboxError("the queue does not answer")
        self.queued += [(policy_type, attachment) for attachment in attachments]


@dataclass
class FakeWatch:
    """`ports.Watch` that keeps what was ordered."""

    fail: bool = False
    orders: list[WatchOrder] = field(default_factory=list)

    def start(self, order: WatchOrder) -> None:
        if self.fail:
            raise OutboxError("Lambda does not answer")
        self.orders.append(order)


class FakeTelemetry:
    """`ports.Telemetry` that keeps everything."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.warnings: list[str] = []
        self.metrics: dict[str, float] = {}

    def log(self, message: str, **fields: object) -> None:
        self.lines.append((message, fields))

    def warn(self, message: str, **fields: object) -> None:
        self.lines.append((message, fields))
        self.warnings.append(message)

    def count(self, name: str) -> None:
        self.metrics[name] = self.metrics.get(name, 0) + 1

    def seconds(self, name: str, value: float) -> None:
        self.metrics[name] = value
