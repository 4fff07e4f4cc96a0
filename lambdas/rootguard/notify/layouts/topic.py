"""A page as a message to the topic: the e-mail and its subject, the SMS, and JSON for everything else.

What SNS takes: "Publish", Amazon SNS API Reference; "Publishing SMS messages", Amazon SNS Developer Guide.
"""

from __future__ import annotations

from typing import Final

from rootguard.incidents.notice import Notice, message_text
from rootguard.notify.page import Page
from rootguard.notify.phrases import AT_ONCE, brief, numbered

SUBJECT_LIMIT: Final = 99  # SNS takes a subject of less than 100 printable ASCII characters
SMS_LIMIT: Final = 140  # an SMS holds 140 bytes; the text is ASCII, so that no character costs more than one
_COMMAND: Final = ", command in the e-mail."
_TITLE_LIMIT: Final = 72
_NAME_LIMIT: Final = 20
_LABEL_WIDTH: Final = 10
_MOST_BYTES: Final = 250_000  # SNS takes 262,144 bytes, attributes included


def message(notice: Notice, page: Page, organization: str = "") -> str:
    """Return as JSON text what each protocol gets: of all but e-mail and SMS, the notice and its page."""
    default = message_text({**notice.as_json(), "page": page.as_json()})
    return message_text({"default": default, "email": body(page), "sms": sms(page, organization)})


def fits(text: str) -> bool:
    """Tell whether SNS takes a message."""
    return len(text.encode()) <= _MOST_BYTES


def subject(page: Page, organization: str = "") -> str:
    """Return the subject line: at most 99 printable ASCII characters, the organization's name at the end."""
    urgent = page.aside if page.aside.endswith(AT_ONCE) else ""
    return _line(f"Rootguard {page.headline}: {page.title}{urgent}", SUBJECT_LIMIT, organization)


def sms(page: Page, organization: str = "") -> str:
    """Return at most 140 ASCII characters; what matters most comes first, names are cut."""
    command = _COMMAND if page.aside.endswith(AT_ONCE) else ""
    title = brief(page.title, _TITLE_LIMIT)
    return _line(f"Rootguard {page.headline}: {title}{page.aside}{command}", SMS_LIMIT, organization)


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
        *numbered(page.steps),
        "",
        *page.origin,
        *([f"Runbook {page.runbook}"] if page.runbook else []),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _line(text: str, limit: int, organization: str) -> str:
    end = f" [{brief(organization, _NAME_LIMIT)}]" if organization else ""
    short = text if len(text) <= limit - len(end) else text.removesuffix(_COMMAND)
    return f"{brief(short, limit - len(end))}{end}".encode("ascii", "replace").decode()
