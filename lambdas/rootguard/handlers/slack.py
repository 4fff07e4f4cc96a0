"""The Slack channel's entry point: pages from its queue."""

from __future__ import annotations

import os
from typing import Any

from rootguard.aws import secrets
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.notify.channels.slack import SlackSender
from rootguard.notify.delivery import deliver

_SECRET = os.environ["ROOTGUARD_SECRET"]
_FOR_PAGES = os.environ["ROOTGUARD_RUNBOOKS"], os.environ.get("ROOTGUARD_ORGANIZATION", "")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands it over
    """Send the pages. Raises SecretError if there is no webhook to send them to."""
    sender = secrets.made_of(_SECRET, SlackSender)
    return deliver(event, sender, PowertoolsTelemetry(None), *_FOR_PAGES)
