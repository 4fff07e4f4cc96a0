"""The page of `rootguard page --test`: it shows that a page arrives, and says nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import clean, time_label


@dataclass(frozen=True, slots=True)
class Test:
    """A test of all channels. The caller's own word says who asked for it."""

    at: datetime
    by: str


def page(key: str, test: Test) -> Page:
    """Return the page. It is a warning, since one of less severity opens nothing in PagerDuty."""
    by = clean(test.by)
    return Page(
        kind=Kind.TEST,
        severity=Severity.WARNING,
        about=key,
        at=test.at,
        headline="TEST",
        title="this is how a page arrives",
        sentences=(f"This is a test by {by}.", "Nothing happened: it is safe."),
        safe=True,
        fields=facts(("By", by), ("When", time_label(test.at))),
        steps=("Tell whoever runs the test that it arrived here.", "Close it where it opened an incident."),
        origin=("rootguard page --test",),
    )
