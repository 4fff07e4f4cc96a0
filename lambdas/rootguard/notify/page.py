"""A page: all that people read about one thing, in words, before a channel lays it out.

`words/` writes it and `layouts/` lays it out, a module for each channel. It travels on the topic as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from rootguard.domain.json_data import JsonData


class Kind(StrEnum):
    """What a page is about. Each has a runbook of its name in docs/runbooks."""

    UNDONE = "undone"
    ALREADY_UNDONE = "already-undone"
    NOT_UNDONE = "not-undone"
    WATCHED = "not-touched"
    REFUSED = "refused"
    CLEAN = "clean"
    PUT_BACK = "put-back"
    ADOPTED = "adopted"
    EXCEPTION = "exception"
    WRITTEN = "written"
    DIGEST = "digest"
    SUBSCRIPTIONS = "subscriptions"
    TEST = "test"
    ISOLATION = "isolation"
    REHEARSAL = "rehearsal"
    ALARM = "alarm"
    TAMPERED = "tampered"


class Severity(StrEnum):
    """How urgent a page is, in PagerDuty's words. INFO is for the record: it needs nobody awake."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Field:
    """One labelled fact, of one line or more."""

    label: str
    lines: tuple[str, ...]


def facts(*facts: tuple[str, ...]) -> tuple[Field, ...]:
    """Return facts, each a label and its lines; what is empty takes no line, or no place at all."""
    kept = ((label, tuple(filter(None, lines))) for label, *lines in facts)
    return tuple(Field(label, lines) for label, lines in kept if lines)


@dataclass(frozen=True, slots=True)
class Page(JsonData):
    """One page. Its texts are clean: each on one line, nothing unprintable in it."""

    kind: Kind
    severity: Severity
    about: str  # an id; pages with the same one belong together
    at: datetime  # when that happened, UTC
    headline: str  # the outcome in capitals, such as "UNDONE"
    title: str  # what happened, in a few words
    sentences: tuple[str, ...]  # the whole of it; the second one says whether it is safe now
    aside: str = ""  # what a single line adds to the title, with its punctuation
    safe: bool | None = None  # whether it is safe now; None if the page is not about that
    fields: tuple[Field, ...] = ()  # who, where, when and so on, in the order in which people ask
    statements: tuple[str, ...] = ()  # the policy's statements that decide, as JSON text
    steps: tuple[str, ...] = ()  # what to do next; a step's command follows it after a line break
    origin: tuple[str, ...] = ()  # where it was learnt, such as the CloudTrail event's id
    runbook: str = ""  # where its runbook is

    def of(self, organization: str) -> Self:
        """Return the page with the organization's name first among its facts, if that is known."""
        return replace(self, fields=(*facts(("Org", organization)), *self.fields))

    def with_runbook(self, prefix: str) -> Self:
        """Return the page with the place of its kind's runbook, below `prefix`."""
        return replace(self, runbook=f"{prefix}{self.kind.value}.md")
