"""What is published of a page: for each protocol its own text, within what SNS takes.

`MessageStructure=json` gives e-mail and SMS their words, and everything else the page as JSON ("Publish",
Amazon SNS API Reference).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rootguard.notify.layouts import plain
from rootguard.notify.page import Page

_MOST_BYTES: Final = 250_000
"""SNS takes 262,144 bytes, attributes included ("Publish", Amazon SNS API Reference)."""
_STATEMENTS_LIMIT: Final = 20_000
"""Characters of all statements together, if a page is too large. Channels show far fewer."""
_UNSENDABLE: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to a topic.

    Attributes:
        subject: at most 99 printable ASCII characters.
        message: what each protocol gets, as JSON text.
    """

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
    texts = {
        "default": _as_json({**document, "page": page.as_json()}),
        "email": plain.body(page),
        "sms": plain.sms(page),
    }
    return Envelope(plain.subject(page), _as_json(texts))


def _as_json(data: object) -> str:
    """Return data as JSON in as few bytes of UTF-8 as can be: within a text, an escape is escaped again.

    Halves of surrogate pairs are no text to send, and two characters more SQS refuses ("SendMessage", Amazon
    SQS API Reference).
    """
    text = json.dumps(data, ensure_ascii=False)
    return _UNSENDABLE.sub(lambda character: f"\\u{ord(character[0]):04x}", text)


def _shortened(document: Mapping[str, Any], page: Page) -> tuple[Mapping[str, Any], Page]:
    """Return the document without the policy's content, and the page with its first statements alone."""
    policy = document.get("policy")
    if policy and policy.get("content"):
        document = {**document, "policy": {**policy, "content": None, "content_left_out": True}}
    return document, replace(page, statements=_first(page.statements))


def _first(statements: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room, left = _STATEMENTS_LIMIT, 0
    for statement in statements:
        left += len(statement[room:])
        if room:
            kept.append(statement[:room])
        room = max(room - len(statement), 0)
    return (*kept, f"… (+{left} characters, left out here)") if left else tuple(kept)
