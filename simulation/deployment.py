"""What is deployed: functions, tables, queues and topics, and how they are wired."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deployment:
    """All of it."""


DEPLOYMENT = Deployment()
