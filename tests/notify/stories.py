"""Incidents to be told: made from real records, as the guard would report them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rootguard.cloudtrail.read import read_change
from rootguard.domain.drift import PLACINGS, ChangeKind, Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.story import Around, Reach, Story
from tests.domain.records import EVERY_KIND, call
from tests.given import DENY_EC2, NOW, OU, POLICY, ROOT, SCP, attach, policy

ID = "i-1f2e3d4c5b6a"
RECORDS = EVERY_KIND | {
    ChangeKind.UNIT_DELETED: call(ChangeKind.UNIT_DELETED, {"organizationalUnitId": OU}),
}
KINDS = [kind for kind in ChangeKind if kind is not ChangeKind.CREATED]
"""The kinds that can be an incident."""
UNDOABLE = (
    ChangeKind.ATTACHED,
    ChangeKind.DETACHED,
    ChangeKind.UPDATED,
    ChangeKind.TYPE_DISABLED,
    ChangeKind.ACCOUNT_MOVED,
)
ACCEPTED = Policy(POLICY, SCP, "Guardrails", content=DENY_EC2, description="Closes EC2")


def story(
    record: Any = None,
    result: Result = Result.UNDONE,
    *,
    known: Policy | None = policy(),  # noqa: B008 - it is frozen
    target_name: str | None = None,
    reach: Reach = Reach(1204),  # noqa: B008 - it is frozen
    obstacle: Obstacle | None = None,
    reason: Reason = Reason.VIOLATION,
    **changed: Any,
) -> Story:
    """The story of a record; of the attach to Root if none is given.

    Args:
        record: the CloudTrail record.
        result: what became of it.
        known: the policy, if the record does not say how it reads.
        target_name, reach: what was looked up.
        obstacle, reason: of the verdict.
        changed: of the incident, or of the story.
    """
    drift = read_change(attach() if record is None else record)
    assert isinstance(drift, Drift)
    if drift.policy_id and drift.policy is None:
        drift = drift.seen_as(known)
    undone = result in (Result.UNDONE, Result.ALREADY_UNDONE)
    if result is Result.WATCHED and obstacle is None:
        obstacle = Obstacle.OBSERVED if drift.kind in UNDOABLE else Obstacle.NO_WAY_BACK
    of_story = {name: changed.pop(name) for name in ("stage", "closed_at") if name in changed}
    fields: dict[str, Any] = {
        "drift": drift,
        "verdict": verdict(drift, result, reason, obstacle),
        "result": result,
        "id": ID,
        "undone_at": NOW if undone else None,
        "done": _remedy(drift) if result is Result.UNDONE else (),
        "error": "AttachPolicy failed with ServiceException: no" if result is Result.NOT_UNDONE else None,
        "lockout": drift.kind in PLACINGS and is_lockout(drift.policy, drift.at),
    }
    return Story(Incident(**fields | changed), around=Around(target_name, reach=reach), **of_story)


def verdict(drift: Drift, result: Result, reason: Reason, obstacle: Obstacle | None) -> Verdict:
    """The verdict that leads to a result."""
    outcome = Outcome.ALERT if result in (Result.WATCHED, Result.REFUSED) else Outcome.REVERT
    reason = Reason.DENIED_ATTEMPT if result is Result.REFUSED else reason
    place = drift.target_id or (ROOT if drift.policy_id else "")
    return Verdict(outcome, reason, "root", place, obstacle=obstacle)


def on(target: str, **changed: Any) -> Story:
    """The story of the attach to another target."""
    return story(attach(target), **changed)


def changed(told: Story, **fields: Any) -> Story:
    """The story with other fields of its incident."""
    return replace(told, incident=replace(told.incident, **fields))


def found_by_a_sweep(told: Story) -> Story:
    """The story of the same drift before its event comes."""
    return changed(told, drift=replace(told.drift, change=None))


def _remedy(drift: Drift) -> tuple[Action, ...]:
    target_id = drift.target_id or ROOT
    match drift.kind:
        case ChangeKind.ATTACHED:
            return (Detach(drift.policy_id, target_id),)
        case ChangeKind.DETACHED:
            return (Restore(drift.policy_id, target_id, ACCEPTED), Attach(drift.policy_id, target_id))
        case ChangeKind.UPDATED:
            return (Restore(drift.policy_id, target_id, ACCEPTED),)
        case ChangeKind.TYPE_DISABLED:
            return (EnableType(drift.policy_type, target_id),)
        case ChangeKind.ACCOUNT_MOVED:
            return (Move(target_id, drift.destination_id, drift.source_id),)
    return ()
