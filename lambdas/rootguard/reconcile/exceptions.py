"""Notices of exceptions: one was granted, was used, or ended otherwise; each once.

The only time of the granter's that counts here is the exception's own end. A granter can grant any number,
so a sweep asks about some of them and sends notices of a few. Nobody can choose which ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import LONGEST, Permit, State
from rootguard.domain.policy import is_policy_id, is_target_id
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import EventMark
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.report import send

_NEWS: Final = timedelta(days=1)
"""For so long after its end, the notice of an exception is still sent."""
ASKED_A_SWEEP: Final = 100
NOTICES_A_SWEEP: Final = 10


def notify_of_exceptions(guard: Guard, now: datetime) -> None:
    """Send the notices that are missing. Raises LedgerError, NoticeError."""
    recent = [permit for permit in guard.exceptions.all() if _is_recent(permit, now)]
    if len(recent) > ASKED_A_SWEEP:
        guard.telemetry.warn("more exceptions than a sweep asks about", exceptions=len(recent))
    # As if drawn by lot, other ones first each time.
    recent.sort(key=lambda permit: sha256(f"{now.isoformat()} {permit.key}".encode()).digest())
    drawn = guard.ledger.with_uses(recent[:ASKED_A_SWEEP])
    keys = {permit: _key(permit, now) for permit in drawn}
    marked = guard.ledger.marked(keys.values())
    news = [permit for permit in drawn if keys[permit] not in marked]
    for permit in news[:NOTICES_A_SWEEP]:
        send(guard, exception_notice(permit, now))
        guard.ledger.mark(keys[permit], EventMark(permit.state(now).value, now))


def exception_notice(permit: Permit, now: datetime, used: Drift | None = None) -> Notice:
    """Return the notice of where an exception is in its life, with the change that used it just now."""
    data = {"at": now.isoformat(), "permit": permit.as_json(), "drift": used.as_json() if used else None}
    return Notice(_key(permit, now), About.EXCEPTION, Stage.FOUND, data)


def _key(permit: Permit, now: datetime) -> str:
    """Return what its notice is known by; also the name under which that is marked as sent."""
    return f"exception/{sha256(permit.key.encode()).hexdigest()[:16]}/{permit.state(now).value}"


def _is_recent(permit: Permit, now: datetime) -> bool:
    """Tell whether an exception permits anything now, or did until lately."""
    return (
        is_policy_id(permit.policy_id)
        and is_target_id(permit.target_id)
        and now - _NEWS <= permit.expires_at <= now + LONGEST
        and (permit.state(now) is not State.OPEN or permit.permits(now))
    )
