"""A page as a PagerDuty event: the layout of the PagerDuty channel.

Pages about the same thing share a deduplication key, so PagerDuty shows them as one incident, and the word
that it is over resolves it. Limits: "Send an alert event", PagerDuty Events API v2 docs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
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
    key = _key(page.about)
    if page.severity is not Severity.INFO:
        links = [{"href": page.runbook, "text": "Runbook"}] if _LINK.fullmatch(page.runbook) else []
        return {"event_action": "trigger", "dedup_key": key, "payload": _payload(page), "links": links}
    if page.kind in _ENDING and resolve_when_clean:
        return {"event_action": "resolve", "dedup_key": key}
    return None


def _payload(page: Page) -> dict[str, Any]:
    where = next((_lines(field.lines) for field in page.fields if field.label == "Where"), "")
    return {
        "summary": _cut(f"Rootguard {page.headline}: {page.title}{page.aside}", SUMMARY_LIMIT),
        "source": where.strip() or _SOURCE,
        "severity": page.severity.value,
        "timestamp": page.at.isoformat(),
        "component": _SOURCE,
        "group": "rootguard",
        "class": page.kind.value,
        "custom_details": dict(_details(page)),
    }


def _details(page: Page) -> Iterator[tuple[str, Any]]:
    """Yield what PagerDuty shows as a table, in its order."""
    yield "What happened", _lines(page.sentences)
    for field in page.fields:
        yield _sendable(field.label), _lines(field.lines)
    if page.steps:
        yield (
            "What to do next",
            _lines([f"{number}. {step}" for number, step in enumerate(page.steps, start=1)]),
        )
    if page.statements:
        yield "What the policy says", _cut(",\n".join(page.statements), _CODE_LIMIT)
    if page.origin:
        yield "Learnt from", _lines(page.origin)
    if page.runbook:
        yield "Runbook", _sendable(page.runbook)


def _key(about: str) -> str:
    """Return `about`, or if that cannot be a key, something short that is as much its own."""
    key = _sendable(about)
    return key if 0 < len(key) <= KEY_LIMIT else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _lines(lines: Sequence[str]) -> str:
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
