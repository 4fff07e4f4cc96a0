"""A page as a PagerDuty event: the layout of the PagerDuty channel.

Pages about the same thing share a deduplication key, so PagerDuty shows them as one incident, and the word
that it is over resolves it. Limits: "Send an alert event", PagerDuty Events API v2 docs.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.phrases import cut, numbered

SUMMARY_LIMIT: Final = 1_024
KEY_LIMIT: Final = 255
_SOURCE: Final = "AWS Organizations"
_CODE_LIMIT: Final = 4_000
_LINK: Final = re.compile(r"https?://[!-~]+")
_ENDING: Final = frozenset({Kind.CLEAN, Kind.PUT_BACK, Kind.ALARM})
"""The kinds of page that say, when nobody needs be awake for them, that something is over."""


def events(page: Page, *, resolve_when_clean: bool) -> list[dict[str, Any]]:
    """Return the events without their routing key, in order; none for what is only for the record.

    The end of something resolves it. First contact is acknowledged at once, and shows that the key is right.
    """
    key = page.about
    if not 0 < len(key) <= KEY_LIMIT:
        key = f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    is_quiet = page.severity is Severity.INFO
    if not is_quiet or page.kind is Kind.ADOPTED:
        links = [{"href": page.runbook, "text": "Runbook"}] if _LINK.fullmatch(page.runbook) else []
        opened = {"event_action": "trigger", "dedup_key": key, "payload": _payload(page), "links": links}
        return [opened, {"event_action": "acknowledge", "dedup_key": key}] if is_quiet else [opened]
    if page.kind in _ENDING and resolve_when_clean:
        return [{"event_action": "resolve", "dedup_key": key}]
    return []


def _payload(page: Page) -> dict[str, Any]:
    where = next(("\n".join(field.lines) for field in page.fields if field.label == "Where"), "")
    # PagerDuty shows these as a table, in this order.
    details = {
        "What happened": "\n".join(page.sentences),
        **{field.label: "\n".join(field.lines) for field in page.fields},
        "What to do next": "\n".join(numbered(page.steps)),
        "What the policy says": cut(",\n".join(page.statements), _CODE_LIMIT) if page.statements else "",
        "Source": "\n".join(page.origin),
        "Runbook": page.runbook,
    }
    return {
        "summary": cut(f"Rootguard {page.headline}: {page.title}{page.aside}", SUMMARY_LIMIT),
        "source": where.strip() or _SOURCE,
        "severity": page.severity.value,
        "timestamp": page.at.isoformat(),
        "component": _SOURCE,
        "group": "rootguard",
        "class": page.kind.value,
        "custom_details": {label: text for label, text in details.items() if text},
    }
