"""Rule 8, where it only tells: what keeps the guard from undoing a violation."""

from __future__ import annotations

from datetime import timedelta

from rootguard.cloudtrail.read import Change, ChangeKind
from rootguard.domain.approvals import denies_all, locks_out, locks_out_root, policy_now
from rootguard.domain.facts import FULL_ACCESS, Facts, is_root_id
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation, Protection
from rootguard.domain.verdict import Hindrance

FIGHT_LIMIT = 5
FIGHT_WINDOW = timedelta(minutes=10)
"""More reverts than that of one policy on one target, in that time, are a fight."""

_UNDOABLE = (
    ChangeKind.ATTACHED,
    ChangeKind.DETACHED,
    ChangeKind.UPDATED,
    ChangeKind.TYPE_DISABLED,
    ChangeKind.ACCOUNT_MOVED,
)


def hindrance_of(
    change: Change, target_id: str, facts: Facts, guardrail: Guardrail, protection: Protection
) -> Hindrance | None:
    """Return what keeps the guard from undoing a violation, if anything."""
    if guardrail.mode is Mode.OBSERVE:
        return Hindrance.OBSERVED
    if change.kind not in _UNDOABLE:
        return Hindrance.NO_WAY_BACK
    if protection.on_violation is OnViolation.ALERT:
        return Hindrance.ALERT_ONLY
    if change.kind is ChangeKind.TYPE_DISABLED and not protection.restore_policy_type:
        return Hindrance.NOT_ASKED_FOR
    if _is_fight(facts) and not locks_out_root(change, target_id, facts):
        return Hindrance.FIGHT
    if change.kind not in (ChangeKind.DETACHED, ChangeKind.UPDATED):
        return None
    return _without_a_way_back(change, target_id, facts)


def _is_fight(facts: Facts) -> bool:
    """Tell whether other automation makes the same change again and again.

    Landing Zone Accelerator's reverter does so with the policies it manages. Once the guard has stopped, it
    tries again only when ten minutes have gone by without a revert.
    """
    lately = sorted(facts.reverts, reverse=True)[:FIGHT_LIMIT]
    return (
        len(lately) == FIGHT_LIMIT
        and facts.now - lately[0] < FIGHT_WINDOW
        and lately[0] - lately[-1] < FIGHT_WINDOW
    )


def _without_a_way_back(change: Change, target_id: str, facts: Facts) -> Hindrance | None:
    """Return why a policy that was detached or edited cannot be put back, if so."""
    accepted = facts.accepted(change.policy_id, target_id)
    if change.kind is ChangeKind.UPDATED and (accepted is None or accepted.content is None):
        # Nobody knows how it read before; but what locks everyone out of the root comes off it.
        return None if comes_off(change, target_id, facts) else Hindrance.NOTHING_ACCEPTED
    if accepted is None:
        # Nobody knows what was accepted: full access alone is sure to be right there.
        blind = target_id not in facts.baseline
        return None if blind and change.policy_id in FULL_ACCESS.values() else Hindrance.NOTHING_ACCEPTED
    if change.kind is ChangeKind.DETACHED and facts.policies.get(change.policy_id, accepted) is None:
        return Hindrance.NO_WAY_BACK  # deleted since
    # A lockout that stood there at first contact: whoever takes it off does well.
    return Hindrance.LOCKOUT_ACCEPTED if is_root_id(target_id) and denies_all(accepted) else None


def comes_off(change: Change, target_id: str, facts: Facts) -> bool:
    """Tell whether an edit that locks everyone out of the root has nothing accepted to go back to."""
    accepted = facts.accepted(change.policy_id, target_id)
    unknown = accepted is None or accepted.content is None
    lockout = is_root_id(target_id) and locks_out(policy_now(change, facts))
    return change.kind is ChangeKind.UPDATED and unknown and lockout
