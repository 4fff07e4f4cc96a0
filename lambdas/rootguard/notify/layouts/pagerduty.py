"""A page as a PagerDuty event: the layout of the PagerDuty channel.

Pages about the same thing share a deduplication key, so PagerDuty shows them as one incident, and the word
that it is over resolves it. Limits: "Send an alert event", PagerDuty Events API v2 docs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from rootguard.notify.page import Kind, Page, Severity

SUMMARY_LIMIT: Final = 1_024
KEY_LIMIT: Final = 255
_SOURCE: Final = "AWS Organizations"
_CODE_LIMIT: Final = 4_000
_SIGN: Final = "… (+{} characters)"
_LINK: Final = re.compile(r"https?://[!-~]+")
_ENDING: Final = frozenset({Kind.CLEAN, Kind.PUT_BACK, Kind.ALARM})
"""The kinds of page that say, when nobody needs be awake for them, that something is over."""


def event(page: Page, *, resolve_when_clean: bool) -> dict[str, Any] | None:
    """Return the event without its routing key, or None if PagerDuty gets nothing.

    What needs nobody awake opens nothing. If it is the end of something, and `resolve_when_clean`, it
    resolves what was opened for that.
    """
    key = _sendable(page.about)
    if not 0 < len(key) <= KEY_LIMIT:
        key = f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    if page.severity is not Severity.INFO:
        links = [{"href": page.runbook, "text": "Runbook"}] if _LINK.fullmatch(page.runbook) else []
        return {"event_action": "trigger", "dedup_key": key, "payload": _payload(page), "links": links}
    if page.kind in _ENDING and resolve_when_clean:
        return {"event_action": "resolve", "dedup_key": key}
    return None


def _payload(page: Page) -> dict[str, Any]:
    where = next((_lines(field.lines) for field in page.fields if field.label == "Where"), "")
    # PagerDuty shows these as a table, in this order.
    details = {"What happened": _lines(page.sentences)}
    details |= {_sendable(field.label): _lines(field.lines) for field in page.fields}
    if page.steps:
        numbered = (f"{number}. {step}" for number, step in enumerate(page.steps, start=1))
        details["What to do next"] = _lines(numbered)
    if page.statements:
        details["What the policy says"] = _cut(",\n".join(page.statements), _CODE_LIMIT)
    if page.origin:
        details["Learnt from"] = _lines(page.origin)
    if page.runbook:
        details["Runbook"] = _sendable(page.runbook)
    return {
        "summary": _cut(f"Rootguard {page.headline}: {page.title}{page.aside}", SUMMARY_LIMIT),
        "source": where.strip() or _SOURCE,
        "severity": page.severity.value,
        "timestamp": page.at.isoformat(),
        "component": _SOURCE,
        "group": "rootguard",
        "class": page.kind.value,
        "custom_details": details,
    }


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(map(_sendable, lines))


def _cut(text: str, limit: int) -> str:
    """Return the text in at most `limit` characters; it says how much is left out."""
    whole = _sendable(text)
    if len(whole) <= limit:
        return whole
    kept = limit - len(_SIGN.format(len(whole)))
    return whole[:kept] + _SIGN.format(len(whole) - kept)


def _sendable(text: str) -> str:
    # Half a surrogate pair, which JSON can hold, is no text to send.
    return text.encode("utf-8", "replace").decode()
