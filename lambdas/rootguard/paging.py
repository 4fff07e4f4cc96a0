"""Paging an episode once, whatever is delivered twice and whatever fails.

The ledger knows which incidents are open and paged. Of two deliveries at the same moment one claims the
page; when the page is refused, the claim is given up, so that the retry pages. Where the ledger does not
answer everything is news: a page too many beats one too few.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rootguard.core.incident import Incident
from rootguard.ports import Ledger, LedgerError, Pager, Telemetry


def page_once(
    incident: Incident,
    ledger: Ledger,
    pager: Pager,
    telemetry: Telemetry,
    clock: Callable[[], datetime],
) -> None:
    """Page an incident, unless it was paged. Raises what the pager raises."""
    # Not loaded before the detach, which it would delay.
    from rootguard.core.render.document import record  # noqa: PLC0415

    now = clock()
    try:
        # By the time of the change, so that a late copy of its event does not open it again.
        is_news = ledger.open_incident(
            incident.key, record(incident) | {"opened_at": now.isoformat()}, incident.change.at
        ) and ledger.claim(incident.key, now)
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
        _tell(incident, ledger, telemetry, now, sent=sent)
    telemetry.log("paged")


def _tell(incident: Incident, ledger: Ledger, telemetry: Telemetry, now: datetime, *, sent: bool) -> None:
    try:
        if sent:
            ledger.paged(incident.key, incident.change.at)
        else:
            ledger.release(incident.key, now)
    except LedgerError as error:
        telemetry.warn("the ledger does not answer", error=str(error))
