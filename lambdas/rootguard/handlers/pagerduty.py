"""The PagerDuty channel's entry point: pages from its queue."""

from __future__ import annotations

import os
from typing import Any

from rootguard.aws import secrets
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.notify.channels.pagerduty import PagerDutySender
from rootguard.notify.delivery import deliver

_SECRET = os.environ["ROOTGUARD_SECRET"]
_FOR_PAGES = os.environ["ROOTGUARD_RUNBOOKS"], os.environ.get("ROOTGUARD_ORGANIZATION", "")
_EVENTS_URL = os.environ["ROOTGUARD_EVENTS_URL"]
_RESOLVE_WHEN_CLEAN = os.environ["ROOTGUARD_RESOLVE_WHEN_CLEAN"] == "true"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands it over
    """Send the pages. Raises SecretError if there is no key to send them with."""
    sender = secrets.made_of(
        _SECRET,
        lambda key: PagerDutySender(key, events_url=_EVENTS_URL, resolve_when_clean=_RESOLVE_WHEN_CLEAN),
    )
    return deliver(event, sender, PowertoolsTelemetry(None), *_FOR_PAGES)
