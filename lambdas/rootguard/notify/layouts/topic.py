"""A page as a message to the topic: the e-mail and its subject, the SMS, and JSON for everything else.

`MessageStructure=json` gives each protocol its own text. What SNS takes: "Publish", Amazon SNS API Reference;
"Publishing SMS messages", Amazon SNS Developer Guide. The plain text can be read aloud, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from rootguard.incidents.notice import message_text
from rootguard.notify.page import Page

SUBJECT_LIMIT: Final = 99
"""SNS takes a subject of less than 100 printable ASCII characters."""
SMS_LIMIT: Final = 140
"""An SMS holds 140 bytes; the text is ASCII, so that no character costs more than one."""
_TITLE_LIMIT: Final = 72
_LABEL_WIDTH: Final = 10
_MOST_BYTES: Final = 250_000
"""SNS takes 262,144 bytes, attributes included."""
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
    texts = {"default": default, "email": body(page), "sms": sms(page)}
    return Envelope(subject(page), message_text(texts))


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


def subject(page: Page) -> str:
    """Return the subject line: at most 99 printable ASCII characters."""
    return _cut(f"Rootguard {page.headline}: {page.title}", SUBJECT_LIMIT, "...")


def sms(page: Page) -> str:
    """Return at most 140 ASCII characters; what matters most comes first, names are cut."""
    title = _cut(page.title, _TITLE_LIMIT, "..")
    return _cut(f"Rootguard {page.headline}: {title}{page.aside}", SMS_LIMIT, "..")


def body(page: Page) -> str:
    """Return the e-mail's text."""
    first, *more = page.sentences
    lines = [
        f"{page.headline}. {first}",
        *more,
        "",
        *(
            f"{'' if place else field.label:{_LABEL_WIDTH}}{line}"
            for field in page.fields
            for place, line in enumerate(field.lines)
        ),
        "",
        "What to do next",
        *(f"{number}. {step}" for number, step in enumerate(page.steps, start=1)),
        "",
        *page.origin,
        *([f"Runbook {page.runbook}"] if page.runbook else []),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _cut(text: str, limit: int, sign: str) -> str:
    ascii_only = text.encode("ascii", "replace").decode()
    return ascii_only if len(ascii_only) <= limit else ascii_only[: limit - len(sign)] + sign
