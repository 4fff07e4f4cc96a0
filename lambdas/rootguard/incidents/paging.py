"""Paging an episode once, whatever is delivered twice and whatever fails.

The ledger knows which incidents are open and paged. Of two deliveries at the same moment one claims the
page; when the page is refused, the claim is given up, so that the retry pages. What a sweep found and paged
is paged once more when its event tells who did it. Where the ledger does not answer everything is news: a
page too many beats one too few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from rootguard.incidents.incident import Incident
from rootguard.ports import Ledger, LedgerError, Pager, Telemetry


def page_once(
    incident: Incident,
    ledger: Ledger,
    pager: Pager,
    telemetry: Telemetry,
    clock: Callable[[], datetime],
) -> None:
    """Page an incident, unless it was paged. Raises PagerError."""
    # Not loaded before the detach, which it would delay.
    from rootguard.notify.document import record  # noqa: PLC0415

    now, claim = clock(), incident.key
    try:
        opened_at = {"opened_at": now.isoformat()}
        told_as = ledger.name_incident(incident.key, record(incident) | opened_at)
        if told_as is not None:
            incident, claim = replace(incident, told_as=told_as), f"{incident.key}#named"
        # By the time of the change, so that a late copy of its event does not open it again.
        is_news = ledger.open_incident(
            incident.key, record(incident) | opened_at, incident.change.at
        ) and ledger.claim(claim, now)
    except LedgerError as error:
        telemetry.warn("the ledger does not answer", error=str(error))
        is_news = True
    if not is_news:
        telemetry.log("paged before")
        return
    sent = False
    try:
        pager.page(incident)
        sent = True
    finally:
        _tell(incident, claim, ledger, telemetry, now, sent=sent)
    telemetry.log("paged")


def _tell(  # noqa: PLR0913 - one call, above
    incident: Incident, claim: str, ledger: Ledger, telemetry: Telemetry, now: datetime, *, sent: bool
) -> None:
    try:
        if sent:
            ledger.paged(incident.key, incident.change.at)
        else:
            ledger.release(claim, now)
    except LedgerError as error:
        telemetry.warn("the ledger does not answer", error=str(error))
