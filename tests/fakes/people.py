"""Fakes of the ports that lead to people and to CloudWatch: they remember what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rootguard.domain.exceptions import ExceptionNews
from rootguard.incidents.adoption import Adoption
from rootguard.incidents.incident import Incident


class FakePager:
    """`ports.Pager` that keeps the incidents, or refuses them."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.pages: list[Incident] = []
        self.late: list[Mapping[str, Any]] = []
        self.adoptions: list[Adoption] = []
        self.news: list[ExceptionNews] = []
        self.closed: list[tuple[str, datetime]] = []
        self.refusal = refusal
        self.adoptions_a_page: int | None = None

    def page(self, incident: Incident) -> None:
        if self.refusal:
            raise self.refusal
        self.pages.append(incident)

    def page_late(self, record: Mapping[str, Any]) -> None:
        if self.refusal:
            raise self.refusal
        self.late.append(record)

    def announce(self, adoptions: tuple[Adoption, ...]) -> tuple[Adoption, ...]:
        if self.refusal:
            raise self.refusal
        told = adoptions[: self.adoptions_a_page]
        self.adoptions += told
        return adoptions[len(told) :]

    def tell(self, news: ExceptionNews) -> None:
        if self.refusal:
            raise self.refusal
        self.news.append(news)

    def close(self, record: Mapping[str, Any], at: datetime) -> None:
        if self.refusal:
            raise self.refusal
        self.closed.append((record["incident_id"], at))


class FakeTelemetry:
    """`ports.Telemetry` that keeps everything."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.metrics: dict[str, float] = {}

    def log(self, message: str, **fields: object) -> None:
        self.lines.append((message, fields))

    def warn(self, message: str, **fields: object) -> None:
        self.lines.append((message, fields))

    def count(self, name: str) -> None:
        self.metrics[name] = self.metrics.get(name, 0) + 1

    def seconds(self, name: str, value: float) -> None:
        self.metrics[name] = value
