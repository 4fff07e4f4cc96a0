"""The page of an incident that could not be sent when it was written, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from rootguard.notify.page import Page
from rootguard.notify.words.phrases import time_label


def page(record: Mapping[str, Any]) -> Page:
    """Return the page; it says of when it is, since what was in force then may be so no more."""
    written, at = Page.from_json(record["page"]), datetime.fromisoformat(record["opened_at"])
    late = f"This page is late: it could not be sent at {time_label(at)}, and tells how it was then."
    return replace(written, sentences=(*written.sentences, late))
