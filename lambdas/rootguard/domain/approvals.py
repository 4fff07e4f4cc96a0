"""Rules 5 to 7: what approves of a change on a protected target."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from rootguard.cloudtrail.read import PLACINGS, Change, ChangeKind
from rootguard.domain.facts import (
    FULL_ACCESS,
    SERVICE_CONTROL_POLICY,
    BaselinePolicy,
    Facts,
    Permit,
    Policy,
    Recollection,
    is_root_id,
)
from rootguard.domain.guardrail import Protection
from rootguard.domain.verdict import Reason


def approval(change: Change, target_id: str, facts: Facts, protection: Protection) -> Reason | None:
    """Return which of rules 5 to 7 approves of the change, if any."""
    # 5. Allowed there.
    allowed = _allowed(change, target_id, facts, protection)
    if allowed is not None:
        return allowed

    # 6. Made by someone trusted, unless it locks everyone out at the root: nobody's pipeline may do that.
    if is_trusted(change, protection) and not locks_out_root(change, target_id, facts):
        return Reason.TRUSTED_PRINCIPAL

    # 7. Granted by someone else.
    return Reason.EXCEPTION if permit_for(change, target_id, facts) else None


def is_trusted(change: Change, protection: Protection) -> bool:
    """Tell whether the actor is one of the protection's trusted principals, by exact ARN."""
    return change.actor.arn in protection.trusted_principals


def locks_out_root(change: Change, target_id: str, facts: Facts) -> bool:
    """Tell whether the change leaves the root so that everything is denied to everyone."""
    if not is_root_id(target_id):
        return False
    return (change.kind in PLACINGS and locks_out(policy_now(change, facts))) or allows_nothing(
        change, target_id, facts
    )


def allows_nothing(change: Change, target_id: str, facts: Facts) -> bool:
    """Tell whether the change leaves policies that together allow nothing, full access not among them.

    Full access was detached beside a policy that only denies, or the one that allows was edited. Known are
    the policies that were accepted there; where the target was listed, no other may stand there.
    """
    accepted = facts.baseline.get(target_id, {})
    changed = accepted.get(change.policy_id)
    policy_type = facts.type_of(change.policy_id) or (changed and changed.type)
    if changed is None or change.kind not in (ChangeKind.DETACHED, ChangeKind.UPDATED):
        return False
    left = {id_: policy for id_, policy in accepted.items() if policy.type in {None, policy_type}}
    if change.kind is ChangeKind.DETACHED:
        left.pop(change.policy_id, None)
    elif change.policy is not None:
        left[change.policy_id] = replace(changed, content=change.policy.content)
    others = facts.attachments.get(target_id, frozenset()) - left.keys() - {change.policy_id}
    if others or left.keys() & FULL_ACCESS.values():
        return False
    # Imported here, as in `denies_all`.
    from rootguard.lockout import Denial, classify_together  # noqa: PLC0415

    organization_id = next(
        (policy.organization_id for policy in left.values() if policy.organization_id), None
    )
    contents = (policy.content for policy in left.values())
    return classify_together(contents, policy_type or "", organization_id).denial is Denial.TOTAL


def locks_out(policy: Policy | None) -> bool:
    """Tell whether a policy is known to deny everything to everyone."""
    return policy is not None and denies_all(policy)


@lru_cache(maxsize=16)
def denies_all(policy: Policy | BaselinePolicy) -> bool:
    """Tell whether a document denies everything to everyone; of unknown type, it counts as an SCP."""
    # Imported here: the evaluator costs start-up time, and most verdicts need none.
    from rootguard.lockout import Denial, classify  # noqa: PLC0415

    found = classify(policy.content, policy.type or SERVICE_CONTROL_POLICY, policy.organization_id)
    return found.denial is Denial.TOTAL


def policy_now(change: Change, facts: Facts) -> Policy | None:
    """Return the policy that a change is about, as the change left it."""
    return change.policy or facts.policies.get(change.policy_id)


def _allowed(change: Change, target_id: str, facts: Facts, protection: Protection) -> Reason | None:
    accepted = facts.accepted(change.policy_id, target_id)
    if change.kind is ChangeKind.DETACHED:
        # What was never accepted may go. Where nothing was adopted yet, nobody knows what was accepted.
        adopted = facts.memory is Recollection.RECALLED and target_id in facts.baseline
        return Reason.NOT_IN_BASELINE if adopted and accepted is None else None
    if change.kind is ChangeKind.ACCOUNT_MOVED:
        # Put back where it belongs: a mistake that was mended, or an old event that comes again.
        return Reason.IN_BASELINE if place_of(change, facts) == change.destination_id else None
    if change.kind not in PLACINGS:
        return None
    if change.policy_id in FULL_ACCESS.values():
        return Reason.FULL_ACCESS_POLICY
    edited = change.kind is ChangeKind.UPDATED
    if change.policy_id in protection.allow and not (edited and locks_out_root(change, target_id, facts)):
        return Reason.ALLOW_LISTED
    policy = policy_now(change, facts)
    return Reason.IN_BASELINE if accepted and is_unchanged(policy, accepted, name_too=edited) else None


def place_of(change: Change, facts: Facts) -> str:
    """Return where an account that was moved belongs: at its event's source, if nothing else is known.

    A source may be where another mistake left it: then it belongs where it was before the first of them.
    """
    place = facts.places.get(change.target_id)
    if place is None or moved_on_to(change, facts):
        return change.source_id
    return place.parent_id if place.accepted or place.at < change.at else change.source_id


def moved_on_to(change: Change, facts: Facts) -> str | None:
    """Return where an account went from where the change left it, by a move that touched no pin."""
    place = facts.places.get(change.target_id)
    has_moved = place is not None and place.source_id == change.destination_id and change.at <= place.at
    return place.parent_id if place is not None and has_moved else None


def is_unchanged(policy: Policy | None, accepted: BaselinePolicy, *, name_too: bool) -> bool:
    """Tell whether a policy is the one that was accepted, and not one rewritten since."""
    if policy is None or policy.content is None or accepted.content is None:
        return not name_too
    if not _same_document(policy.content, accepted.content):
        return False
    described = None not in {policy.description, accepted.description}
    return not name_too or (
        policy.name == accepted.name and not (described and policy.description != accepted.description)
    )


def _same_document(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def digest_of(content: str) -> str:
    """Return what an exception is bound to: the lower-case hex SHA-256 of a policy's content."""
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def permit_for(change: Change, target_id: str, facts: Facts) -> Permit | None:
    """Return the exception that someone else granted for just this: policy, content and target."""
    policy = policy_now(change, facts)
    if policy is None or policy.content is None or change.actor.principal_id is None:
        return None
    in_force = exceptions_for(policy, target_id, facts.exceptions, facts.now)
    return next((permit for permit in in_force if permit.granted_by != change.actor.principal_id), None)


def exceptions_for(
    policy: Policy, target_id: str, permits: Iterable[Permit], now: datetime
) -> tuple[Permit, ...]:
    """Return the exceptions in force for a policy with just its content on a target, by whomever."""
    digest = None if policy.content is None else digest_of(policy.content)
    return tuple(
        permit
        for permit in permits
        if (permit.policy_id, permit.target_id, permit.content_sha256) == (policy.id, target_id, digest)
        and now < permit.expires_at
    )
