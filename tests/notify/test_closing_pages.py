"""The last word on an incident: what it says from the ledger's record alone, as JSON brings it back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rootguard.domain.drift import UNSEEN
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.document import record
from rootguard.notify.layouts import plain
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.words import closing, incidents
from tests.given import NOW
from tests.notify.test_render import incident

CLEAN_AT = NOW + timedelta(minutes=5)


def closed(told: Incident, at: datetime = CLEAN_AT) -> Page:
    return closing.page(json.loads(json.dumps(record(told))), at)


def facts(page: Page) -> dict[str, tuple[str, ...]]:
    return {field.label: field.lines for field in page.fields}


def test_it_belongs_to_the_page_that_opened_the_incident() -> None:
    page, opened = closed(incident()), incidents.page(incident())
    assert (page.about, page.origin, page.title) == (opened.about, opened.origin, opened.title)
    assert (page.kind, page.severity, page.safe, page.at) == (Kind.CLEAN, Severity.INFO, True, CLEAN_AT)


def test_it_says_what_is_over_and_since_when() -> None:
    assert plain.body(closed(incident())) == (
        'CLEAN. A sweep found nothing left of it: SCP "Quarantine" attached to Root.\n'
        "It is safe now, and the incident is closed.\n"
        "\n"
        "Policy    Quarantine (p-bvdv3rx3)\n"
        "          service control policy; denies everything to everyone: a lockout\n"
        "Where     Root (r-exam)\n"
        "By        the root user of account 111122223333\n"
        "          arn:aws:iam::111122223333:root\n"
        "          from 192.0.2.10, in the console, with MFA\n"
        "When      2023-04-25 00:33:27 UTC\n"
        "Stood     17 s\n"
        "Clean     2023-04-25 00:38:44 UTC\n"
        "\n"
        "What to do next\n"
        "1. Nothing. `rootguard incident report` drafts the post-mortem.\n"
        "\n"
        "CloudTrail event 560c4918-6149-4b78-a0c9-7d62d6ec8f86 (AttachPolicy)\n"
        'Protection "root", rule 8 (violation)\n'
    )


def unseen(**changed: Any) -> Incident:
    """An incident that a sweep found."""
    told = incident(**changed)
    return replace(told, change=replace(told.change, actor=UNSEEN))


@pytest.mark.parametrize(
    ("told", "stood"),
    [
        (incident(), "17 s"),
        (incident(result=Result.ALREADY_UNDONE), "at most 17 s"),
        (incident(result=Result.NOT_UNDONE, undone_at=None, done=()), "at most 5 min 17 s"),
        (incident(result=Result.WATCHED, undone_at=None, done=()), "at most 5 min 17 s"),
        (incident(result=Result.REFUSED, undone_at=None, done=()), "not at all"),
        (unseen(), "longer than 17 s"),
    ],
    ids=["undone", "by someone else", "not undone", "watched", "refused", "found by a sweep"],
)
def test_how_long_it_stood_is_said_as_well_as_it_is_known(told: Incident, stood: str) -> None:
    page = closed(told)
    assert facts(page)["Stood"] == (stood,)
    assert page.aside == f", stood {stood}"
