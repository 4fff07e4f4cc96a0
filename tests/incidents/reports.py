"""Reports of violations, as events and sweeps make them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rootguard.domain.drift import Actor, Change, ChangeKind, Drift
from rootguard.domain.remedy import Detach
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Record, happened
from rootguard.incidents.notice import Notice, Stage
from tests.given import NOW, POLICY, ROOT

DETACH = (Detach(POLICY, ROOT),)
MINUTE = timedelta(minutes=1)
DIEGO, SARA = "arn:aws:iam::111122223333:user/diego", "arn:aws:iam::111122223333:user/sara"


def after(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


def event(
    event_id: str = "one",
    actor: str = DIEGO,
    minute: float = 0,
    kind: ChangeKind = ChangeKind.ATTACHED,
    error_code: str | None = None,
    **named: Any,
) -> Drift:
    """The drift that an event tells of."""
    fields: Mapping[str, Any] = {"policy_id": POLICY, "target_id": ROOT} | named
    who = Actor("IAMUser", actor, actor)
    return Drift(kind, after(minute), change=Change(event_id, None, error_code, who), **fields)


def swept(minute: float = 0, kind: ChangeKind = ChangeKind.ATTACHED, **named: Any) -> Drift:
    """The drift that a sweep found."""
    fields: dict[str, Any] = {"policy_id": POLICY, "target_id": ROOT} | named
    return Drift(kind, after(minute), **fields)


def incident(
    drift: Drift, result: Result = Result.UNDONE, obstacle: Obstacle | None = None, **changed: Any
) -> Incident:
    """The incident of a violation, as the reconciler makes it."""
    if drift.denied:
        verdict = Verdict(Outcome.ALERT, Reason.DENIED_ATTEMPT, "root", drift.target_id)
        return Incident(drift, verdict, Result.REFUSED, **changed)
    is_undoing = obstacle is None and result is not Result.WATCHED
    outcome = Outcome.REVERT if is_undoing else Outcome.ALERT
    verdict = Verdict(outcome, Reason.VIOLATION, "root", drift.target_id, obstacle=obstacle)
    return Incident(drift, verdict, result, **changed)


def denied(event_id: str = "one", actor: str = DIEGO, minute: float = 0, **named: Any) -> Incident:
    """An attempt that IAM refused."""
    return incident(event(event_id, actor, minute, error_code="AccessDenied", **named))


def opened(first: Incident | None = None, minute: float = 0) -> Record:
    """A record of an attach by diego that was undone at once."""
    undone = incident(event(), done=DETACH, undone_at=after(0.5))
    record, _ = happened(None, first or undone, after(minute))
    return record


def stage_of(notice: Notice | None) -> Stage | None:
    return notice.stage if notice else None
