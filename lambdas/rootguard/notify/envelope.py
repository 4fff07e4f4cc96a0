"""What is published of a page: for each protocol its own text, within what SNS takes.

`MessageStructure=json` gives e-mail and SMS their words, and everything else the page as JSON ("Publish",
Amazon SNS API Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from rootguard.incidents.notice import message_text
from rootguard.notify.layouts import plain
from rootguard.notify.page import Page

_MOST_BYTES: Final = 250_000
"""SNS takes 262,144 bytes, attributes included ("Publish", Amazon SNS API Reference)."""
_STATEMENTS_LIMIT: Final = 20_000
"""Characters of all statements together, if a page is too large. Channels show far fewer."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to a topic: a subject of printable ASCII, and as JSON text what each protocol gets."""

    subject: str
    message: str

    @property
    def fits(self) -> bool:
        """Whether SNS takes it."""
        return len(self.message.encode()) <= _MOST_BYTES


def sealed(document: Mapping[str, Any], page: Page) -> Envelope:
    """Return the message. If it is too large, the policy's text is left out, and the message says so."""
    envelope = _sealed(document, page)
    return envelope if envelope.fits else _sealed(*_shortened(document, page))


def _sealed(document: Mapping[str, Any], page: Page) -> Envelope:
    default = message_text({**document, "page": page.as_json()})
    texts = {"default": default, "email": plain.body(page), "sms": plain.sms(page)}
    return Envelope(plain.subject(page), message_text(texts))


def _shortened(document: Mapping[str, Any], page: Page) -> tuple[Mapping[str, Any], Page]:
    """Return the document without the policy's content, and the page with its first statements alone."""
    policy = document.get("policy")
    if policy and policy.get("content"):
        document = {**document, "policy": {**policy, "content": None, "content_left_out": True}}
    kept: list[str] = []
    room = _STATEMENTS_LIMIT
    for statement in page.statements:
        kept += [statement[:room]] if room else []
        room = max(room - len(statement), 0)
    left = sum(map(len, page.statements)) - sum(map(len, kept))
    sign = (f"… (+{left} characters, left out here)",) if left else ()
    return document, replace(page, statements=(*kept, *sign))
