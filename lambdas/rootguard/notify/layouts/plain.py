"""A page as plain text: the e-mail, its subject, and the SMS. It can be read aloud, too."""

from __future__ import annotations

from typing import Final

from rootguard.notify.page import Page

SUBJECT_LIMIT: Final = 99
"""SNS takes a subject of less than 100 printable ASCII characters ("Publish", Amazon SNS API Reference)."""
SMS_LIMIT: Final = 140
"""Characters. An SMS holds 140 bytes ("Publishing SMS messages", Amazon SNS Developer Guide); the text is
ASCII, so that no character costs more than one."""
_TITLE_LIMIT: Final = 72
_LABEL_WIDTH: Final = 10


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
