"""Rules 4 to 6 in detail, and what rule 8 asks of approvals.

That is: what type a policy is of, and what approves a drift at one place.
"""

from __future__ import annotations

from dataclasses import replace

from rootguard.domain.baseline import Approval
from rootguard.domain.case import Case
from rootguard.domain.change import ATTACHMENTS, PLACINGS, ChangeKind
from rootguard.domain.guardrail import is_named
from rootguard.domain.ids import SERVICE_CONTROL_POLICY, is_root_id
from rootguard.domain.lockouts import locks_out_root
from rootguard.domain.policy import Policy, full_access_of, is_unedited, says_the_same
from rootguard.domain.verdict import Reason

_APPROVED_BY_PEOPLE = (Approval.TRUSTED, Approval.EXCEPTION)


def type_of(case: Case) -> str | None:
    """Return the policy's type. The cheapest source that cannot be wrong comes first."""
    drift, reader = case.drift, case.reader
    full_access = full_access_of(drift.policy_id)
    if full_access is not None:
        return full_access
    if drift.policy is not None and drift.policy.type:
        return drift.policy.type
    if drift.policy_type:
        return drift.policy_type  # A sweep lists a target type by type.
    word = reader.acceptance(drift.policy_id, case.target_id)
    if word is not None and word.policy_type:
        return word.policy_type
    known = reader.known(drift.policy_id)
    if known is not None and known.type in case.held.policy_types:
        return known.type
    # A record may have put anything into the catalogue: to leave a policy alone, read it now.
    return reader.type_on(drift.policy_id, case.target_id)


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
            placement = case.reader.placement(case.target_id)
            is_home = placement is not None and placement.parent_id == case.drift.destination_id
            return Reason.IN_BASELINE if is_home else None
    return None


def _approval_of_attachment(case: Case) -> Reason | None:
    drift, reader = case.drift, case.reader
    if full_access_of(drift.policy_id):
        return Reason.FULL_ACCESS_POLICY
    if drift.policy_id in case.held.allow:
        return Reason.ALLOW_LISTED
    word = reader.acceptance(drift.policy_id, case.target_id)
    if word is not None and word.present:
        if approved_since(case):
            return None
        accepted = reader.document(drift.policy_id)
        if accepted is None or accepted.policy.content is None:
            return Reason.IN_BASELINE
        return Reason.IN_BASELINE if says_the_same(_policy(case), accepted.policy) else None
    return Reason.FIRST_CONTACT if _is_first_contact(case) and not leaves_root_locked(case) else None


def _approval_of_detachment(case: Case) -> Reason | None:
    drift, reader = case.drift, case.reader
    word = reader.acceptance(drift.policy_id, case.target_id)
    if word is not None and word.present:
        return None
    if not reader.remembers or _was_given_up(case):
        return None
    if full_access_of(drift.policy_id) and not is_named(case.target_id, case.guardrail):
        return None  # It is attached nearly everywhere, so below a protected target it is accepted unasked.
    is_first = _is_first_contact(case)
    if is_first and full_access_of(drift.policy_id):
        return None  # Full access is sure to be right there, whatever was found.
    if leaves_root_locked(case):
        return None
    return Reason.FIRST_CONTACT if is_first else Reason.NOT_IN_BASELINE


def _was_given_up(case: Case) -> bool:
    """Tell whether a sweep found this before its event came, and nothing could bring the policy back."""
    change = case.drift.change
    word = case.reader.acceptance(case.drift.policy_id, case.target_id)
    return change is not None and word is not None and word.by is Approval.MENDED and word.at > change.at


def _approval_of_edit(case: Case) -> Reason | None:
    drift = case.drift
    if drift.policy_id in case.held.allow and not leaves_root_locked(case):
        return Reason.ALLOW_LISTED
    accepted = case.reader.document(drift.policy_id)
    policy = _policy(case)
    if accepted is None or policy is None:
        return None
    return Reason.IN_BASELINE if is_unedited(policy, accepted.policy) else None


def _policy(case: Case) -> Policy | None:
    """Return the policy after the drift: as the record says, or else as it is now."""
    return case.drift.policy or case.reader.policy(case.drift.policy_id)


def _is_first_contact(case: Case) -> bool:
    policy_type = type_of(case)
    return policy_type is not None and not case.reader.is_adopted(case.target_id, policy_type)


def approved_since(case: Case) -> bool:
    """Tell whether someone approved of the opposite, or of the same, after an untrusted change was made."""
    change, reader = case.drift.change, case.reader
    if change is None or case.is_trusted:
        return False
    if change.kind in ATTACHMENTS:
        word = reader.acceptance(change.policy_id, case.target_id)
        return word is not None and word.present and word.at > change.at and word.by in _APPROVED_BY_PEOPLE
    if change.kind is ChangeKind.UPDATED:
        accepted = reader.document(change.policy_id)
        if accepted is None or accepted.at <= change.at or accepted.by not in _APPROVED_BY_PEOPLE:
            return False
        return says_the_same(reader.policy(change.policy_id), accepted.policy)
    return False


def leaves_root_locked(case: Case) -> bool:
    """Tell whether the drift leaves Root locked out, if the place is Root. Raises UnreadableError."""
    if not is_root_id(case.target_id) or case.drift.kind not in (PLACINGS | ATTACHMENTS):
        return False
    policy_type = type_of(case) or SERVICE_CONTROL_POLICY
    return locks_out_root(replace(case.drift, target_id=case.target_id), policy_type, case.reader)
