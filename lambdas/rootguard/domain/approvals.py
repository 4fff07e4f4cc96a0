"""Rules 5 and 8 in detail: what approves a drift at one place, and what keeps the guard from undoing it."""

from __future__ import annotations

from rootguard.domain.baseline import Approval
from rootguard.domain.case import Case
from rootguard.domain.change import ATTACHMENTS, ChangeKind
from rootguard.domain.guardrail import Mode, OnViolation, is_named
from rootguard.domain.ids import is_root_id
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import full_access_of, is_unedited, says_the_same
from rootguard.domain.remedy import REMEDIES
from rootguard.domain.verdict import Obstacle, Reason

_BY_PEOPLE = (Approval.TRUSTED, Approval.EXCEPTION)


def approval_of(case: Case) -> Reason | None:
    """Return why rule 5 approves a drift at one place; None if it does not. Raises UnreadableError."""
    match case.drift.kind:
        case ChangeKind.ATTACHED:
            return _approval_of_attachment(case)
        case ChangeKind.DETACHED:
            return _approval_of_detachment(case)
        case ChangeKind.UPDATED:
            return _approval_of_edit(case)
        case ChangeKind.ACCOUNT_MOVED:
            home = case.reader.placement(case.target_id)
            is_home = home is not None and home.parent_id == case.drift.destination_id
            return Reason.IN_BASELINE if is_home else None
    return None


def _approval_of_attachment(case: Case) -> Reason | None:
    if full_access_of(case.drift.policy_id):
        return Reason.FULL_ACCESS_POLICY
    if case.drift.policy_id in case.held.allow:
        return Reason.ALLOW_LISTED
    if not case.is_accepted:
        return Reason.FIRST_CONTACT if case.is_first_contact and not case.leaves_root_locked else None
    if _approved_since(case):
        return None
    accepted = case.accepted
    return Reason.IN_BASELINE if accepted is None or says_the_same(case.policy, accepted) else None


def _approval_of_detachment(case: Case) -> Reason | None:
    if case.is_accepted or not case.reader.remembers or _was_given_up(case):
        return None
    is_full_access = full_access_of(case.drift.policy_id) is not None
    if is_full_access and not is_named(case.target_id, case.guardrail):
        return None  # It is attached nearly everywhere, so below a protected target it is accepted unasked.
    is_first = case.is_first_contact
    if is_first and is_full_access:
        return None  # Full access is sure to be right there, whatever was found.
    if case.leaves_root_locked:
        return None
    return Reason.FIRST_CONTACT if is_first else Reason.NOT_IN_BASELINE


def _approval_of_edit(case: Case) -> Reason | None:
    if case.drift.policy_id in case.held.allow and not case.leaves_root_locked:
        return Reason.ALLOW_LISTED
    policy, accepted = case.policy, case.accepted
    return Reason.IN_BASELINE if policy and accepted and is_unedited(policy, accepted) else None


def _was_given_up(case: Case) -> bool:
    """Tell whether a sweep found this before its event came, and nothing could bring the policy back."""
    if case.drift.change is None or (word := case.word) is None:
        return False
    return word.by is Approval.MENDED and word.at > case.drift.at


def _approved_since(case: Case) -> bool:
    """Tell whether someone approved of the opposite, or of the same, after an untrusted change was made."""
    drift, reader = case.drift, case.reader
    if drift.change is None or case.is_trusted:
        return False
    if drift.kind in ATTACHMENTS:
        word = case.word
        return word is not None and word.present and word.at > drift.at and word.by in _BY_PEOPLE
    accepted = reader.document(drift.policy_id) if drift.kind is ChangeKind.UPDATED else None
    if accepted is None or accepted.at <= drift.at or accepted.by not in _BY_PEOPLE:
        return False
    return says_the_same(reader.policy(drift.policy_id), accepted.policy)


def obstacle_of(case: Case) -> Obstacle | None:
    """Return what keeps the guard from undoing a violation, so that it only pages. Raises UnreadableError."""
    drift, reader = case.drift, case.reader
    if _approved_since(case):
        return Obstacle.APPROVED_SINCE
    if case.guardrail.mode is Mode.OBSERVE:
        return Obstacle.OBSERVED
    if drift.kind not in REMEDIES:
        return Obstacle.NO_WAY_BACK
    if case.held.on_violation is OnViolation.ALERT:
        return Obstacle.ALERT_ONLY
    if drift.kind is ChangeKind.TYPE_DISABLED and not case.held.restore_policy_type:
        return Obstacle.NOT_ASKED_FOR
    if reader.fight(drift.subject).holds_back(reader.now) and not case.leaves_root_locked:
        return Obstacle.FIGHT
    match drift.kind:
        case ChangeKind.DETACHED if not full_access_of(drift.policy_id):
            return _obstacle_to_attach(case)
        case ChangeKind.UPDATED:
            return _obstacle_to_give_back(case)
        case ChangeKind.ACCOUNT_MOVED if not (reader.placement(case.target_id) or drift.source_id):
            return Obstacle.NOTHING_ACCEPTED
    return None


def _obstacle_to_attach(case: Case) -> Obstacle | None:
    word = case.word
    if word is None or not word.present:
        is_given_up = word is not None and word.by is Approval.MENDED
        return Obstacle.NO_WAY_BACK if is_given_up else Obstacle.NOTHING_ACCEPTED
    if case.reader.policy(case.drift.policy_id) is None:
        return Obstacle.NO_WAY_BACK  # It was deleted since.
    # A lockout that was there at first contact: whoever takes it off does well.
    off_root = is_root_id(case.target_id) and is_lockout(case.accepted)
    return Obstacle.LOCKOUT_ACCEPTED if off_root else None


def _obstacle_to_give_back(case: Case) -> Obstacle | None:
    if case.accepted is None:
        # Nobody knows how it read before; but what locks everyone out of the root comes off it.
        return None if case.leaves_root_locked else Obstacle.NOTHING_ACCEPTED
    return Obstacle.LOCKOUT_ACCEPTED if is_lockout(case.accepted) and _is_on_root(case) else None


def _is_on_root(case: Case) -> bool:
    """Tell whether an edited policy is attached to the root. It has one document wherever it is attached."""
    places = {case.target_id, *case.reader.accepted_targets(case.drift.policy_id)}
    return any(map(is_root_id, places)) or any(map(is_root_id, case.reader.targets(case.drift.policy_id)))
