"""A page as a message to the topic: the e-mail and its subject, the SMS, and JSON for everything else.

`MessageStructure=json` gives each protocol its own text. What SNS takes: "Publish", Amazon SNS API Reference;
"Publishing SMS messages", Amazon SNS Developer Guide. The plain text can be read aloud, too.
"""

from __future__ import annotations

from typing import Final

from rootguard.incidents.notice import Notice, message_text
from rootguard.notify.page import Page

SUBJECT_LIMIT: Final = 99  # SNS takes a subject of less than 100 printable ASCII characters
SMS_LIMIT: Final = 140  # an SMS holds 140 bytes; the text is ASCII, so that no character costs more than one
_TITLE_LIMIT: Final = 72
_LABEL_WIDTH: Final = 10
_MOST_BYTES: Final = 250_000  # SNS takes 262,144 bytes, attributes included


def message(notice: Notice, page: Page) -> str:
    """Return as JSON text what each protocol gets: of all but e-mail and SMS, the notice and its page."""
    default = message_text({**notice.as_json(), "page": page.as_json()})
    return message_text({"default": default, "email": body(page), "sms": sms(page)})


def fits(text: str) -> bool:
    """Tell whether SNS takes a message."""
    return len(text.encode()) <= _MOST_BYTES


def subject(page: Page) -> str:
    """Return the subject line: at most 99 printable ASCII characters."""
    return _cut(f"Rootguard {page.headline}: {page.title}", SUBJECT_LIMIT, "...")


def sms(page: Page) -> str:
    """Return at most 140 ASCII characters; what matters most comes first, names are cut."""
    title = _cut(page.title, _TITLE_LIMIT, "..")
    return _cut(f"Rootguard {page.headline}: {title}{page.aside}", SMS_LIMIT, "..")


def body(page: Page) -> str:
    """Return the e-mail's text."""
    lines = [
        f"{page.headline}. " + "\n".join(page.sentences),
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
