"""Rule 8 in detail: what keeps the guard from undoing a violation, so that it only pages."""

from __future__ import annotations

from rootguard.domain.approvals import approved_since, leaves_root_locked
from rootguard.domain.baseline import Approval
from rootguard.domain.case import Case
from rootguard.domain.change import ChangeKind
from rootguard.domain.guardrail import Mode, OnViolation
from rootguard.domain.ids import is_root_id
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import full_access_of
from rootguard.domain.verdict import Obstacle

UNDOABLE = frozenset(
    {
        ChangeKind.ATTACHED,
        ChangeKind.DETACHED,
        ChangeKind.UPDATED,
        ChangeKind.TYPE_DISABLED,
        ChangeKind.ACCOUNT_MOVED,
    }
)
"""What the guard can undo. Everything else it only pages."""


def obstacle_of(case: Case) -> Obstacle | None:
    """Return what keeps the guard from undoing a violation, if anything."""
    drift = case.drift
    if approved_since(case):
        return Obstacle.APPROVED_SINCE
    if case.guardrail.mode is Mode.OBSERVE:
        return Obstacle.OBSERVED
    if drift.kind not in UNDOABLE:
        return Obstacle.NO_WAY_BACK
    if case.held.on_violation is OnViolation.ALERT:
        return Obstacle.ALERT_ONLY
    if drift.kind is ChangeKind.TYPE_DISABLED and not case.held.restore_policy_type:
        return Obstacle.NOT_ASKED_FOR
    if case.reader.fight(drift.subject).holds_back(case.reader.now) and not leaves_root_locked(case):
        return Obstacle.FIGHT
    match drift.kind:
        case ChangeKind.DETACHED:
            return _obstacle_to_attach(case)
        case ChangeKind.UPDATED:
            return _obstacle_to_give_back(case)
        case ChangeKind.ACCOUNT_MOVED if not (case.reader.placement(case.target_id) or drift.source_id):
            return Obstacle.NOTHING_ACCEPTED
    return None


def _obstacle_to_attach(case: Case) -> Obstacle | None:
    policy_id, reader = case.drift.policy_id, case.reader
    word = reader.acceptance(policy_id, case.target_id)
    if full_access_of(policy_id):
        return None
    if word is not None and not word.present and word.by is Approval.MENDED:
        return Obstacle.NO_WAY_BACK
    if word is None or not word.present:
        return Obstacle.NOTHING_ACCEPTED
    if reader.policy(policy_id) is None:
        return Obstacle.NO_WAY_BACK  # It was deleted since.
    accepted = reader.document(policy_id)
    # A lockout that was there at first contact: whoever takes it off does well.
    off_root = is_root_id(case.target_id) and is_lockout(accepted.policy if accepted else None)
    return Obstacle.LOCKOUT_ACCEPTED if off_root else None


def _obstacle_to_give_back(case: Case) -> Obstacle | None:
    accepted = case.reader.document(case.drift.policy_id)
    if accepted is None or accepted.policy.content is None:
        # Nobody knows how it read before; but what locks everyone out of the root comes off it.
        return None if leaves_root_locked(case) else Obstacle.NOTHING_ACCEPTED
    return Obstacle.LOCKOUT_ACCEPTED if is_lockout(accepted.policy) and _is_on_root(case) else None


def _is_on_root(case: Case) -> bool:
    """Tell whether an edited policy is attached to the root. It has one document wherever it is attached."""
    places = {case.target_id, *case.reader.accepted_targets(case.drift.policy_id)}
    return any(map(is_root_id, places)) or any(map(is_root_id, case.reader.targets(case.drift.policy_id)))
