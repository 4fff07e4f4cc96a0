"""The Slack channel's entry point: pages from its queue."""

from __future__ import annotations

import os
from typing import Any

from rootguard.delivery import deliver
from rootguard.edge import secrets
from rootguard.edge.slack import SlackSender
from rootguard.edge.telemetry import PowertoolsTelemetry

_SECRET = os.environ["ROOTGUARD_SECRET"]
_RUNBOOKS = os.environ["ROOTGUARD_RUNBOOKS"]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands it over
    """Send the pages. Raises SecretError where there is no webhook to send them to."""
    sender = secrets.made_of(_SECRET, SlackSender)
    return deliver(event, sender, _RUNBOOKS, PowertoolsTelemetry(None))
