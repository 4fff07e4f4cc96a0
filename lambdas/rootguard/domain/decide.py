"""The eight rules: from a change and the facts to a verdict.

`decide` walks the rules in order and returns the first that applies. Where a rule needs a fact that is
not known, it returns the question instead of guessing; the caller answers it and asks again. So nothing is
read that no rule needs, and what the function does is what `rootguard explain` prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rootguard.cloudtrail.read import ATTACHMENTS, PLACINGS, Change, ChangeKind, NotOurs, Why
from rootguard.domain.approvals import (
    allows_nothing,
    approval,
    is_trusted,
    locks_out,
    locks_out_root,
    policy_now,
)
from rootguard.domain.facts import FULL_ACCESS, SERVICE_CONTROL_POLICY, Facts, Recollection, is_root_id
from rootguard.domain.guardrail import (
    AncestorsOf,
    Guardrail,
    ProtectedTarget,
    Protection,
    protection_of,
    protection_of_organization,
    protection_of_type,
    protections_of_move,
)
from rootguard.domain.hindrances import comes_off, hindrance_of
from rootguard.domain.questions import PolicyOf, Question, ReachOf, Recall, StandingOn, TargetsOf
from rootguard.domain.verdict import Hindrance, Outcome, Reason, Verdict

REPEATABLE = ATTACHMENTS | {ChangeKind.UPDATED, ChangeKind.ACCOUNT_MOVED}
"""What other automation may do again and again after it was undone."""
_EDITS = (ChangeKind.UPDATED, ChangeKind.DELETED)
_TYPES = (ChangeKind.TYPE_ENABLED, ChangeKind.TYPE_DISABLED)
_UNTOUCHED = {
    ChangeKind.CREATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.UPDATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.DELETED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.TYPE_ENABLED: Reason.POLICY_TYPE_NOT_COVERED,
    ChangeKind.TYPE_DISABLED: Reason.POLICY_TYPE_NOT_COVERED,
}
_BY_CONTENT = (Reason.IN_BASELINE, Reason.TRUSTED_PRINCIPAL, Reason.EXCEPTION)
_LENIENT_TO_STRICT = (Outcome.IGNORE, Outcome.ALLOW, Outcome.ALERT, Outcome.REVERT)
_NOT_OURS = {
    Why.FAILED: Reason.CALL_FAILED,
    Why.OTHER_EVENT: Reason.NOT_A_POLICY_CHANGE,
    Why.MALFORMED: Reason.MALFORMED_RECORD,
}


def decide(change: Change | NotOurs, facts: Facts, guardrail: Guardrail) -> Verdict | Question:
    """Return the verdict of the first rule that applies, or the question which that rule needs answered."""
    if isinstance(change, NotOurs):
        return Verdict(Outcome.IGNORE, _NOT_OURS[change.why])
    if change.denied:
        return _attempt(change, facts, guardrail)

    # 1. The call failed, so nothing changed.
    if change.error_code is not None:
        return Verdict(Outcome.IGNORE, Reason.CALL_FAILED, change)

    # 2. Made by the guard itself.
    if _is_own(change, facts):
        return Verdict(Outcome.IGNORE, Reason.OWN_CHANGE, change)

    # 3. Nothing protected is touched.
    verdict: Verdict | None = None
    for touched in _touched(change, facts, guardrail):
        judged = (
            _judge(change, touched, facts, guardrail) if isinstance(touched, ProtectedTarget) else touched
        )
        if not isinstance(judged, Verdict):
            # What is known to be a violation is acted upon: nothing more is read to find more of it.
            return verdict if verdict and verdict.reason.rule == Reason.VIOLATION.rule else judged
        verdict = max(verdict or judged, judged, key=_strictness)
    return verdict or _elsewhere(change, facts, guardrail)


def _elsewhere(change: Change, facts: Facts, guardrail: Guardrail) -> Verdict | Question:
    """Rule 3 where no protection holds: ignore, but tell of a lockout that reaches many accounts."""
    nothing = Verdict(Outcome.IGNORE, _UNTOUCHED.get(change.kind, Reason.TARGET_NOT_PROTECTED), change)
    limit, policy_id = guardrail.lockout_alert_accounts, change.policy_id
    if limit is None or change.kind not in PLACINGS or policy_id in FULL_ACCESS.values():
        return nothing
    if facts.memory is Recollection.NOT_ASKED:
        return Recall(policy_id, change.target_id, change.event_id)
    if change.kind is ChangeKind.ATTACHED and not (
        locks_out(policy_now(change, facts)) or policy_id in facts.looked
    ):
        return PolicyOf(policy_id)
    if not locks_out(policy_now(change, facts)):
        return nothing
    for target_id in (change.target_id,) if change.target_id else facts.standing(policy_id):
        if target_id not in facts.reach:
            return ReachOf(target_id)
        accounts = facts.reach[target_id]
        if accounts is None or accounts > limit:
            return Verdict(
                Outcome.ALERT,
                Reason.LOCKOUT_ELSEWHERE,
                change,
                target_id=target_id,
                hindrance=Hindrance.NOT_PROTECTED,
            )
    return nothing


def _judge(
    change: Change, touched: ProtectedTarget, facts: Facts, guardrail: Guardrail
) -> Verdict | Question:
    """Return what rules 4 to 8 say of a change on one protected target."""
    protection, target_id = touched.protection, touched.target_id

    # 4. A type of policy that the protection does not cover.
    if change.kind in REPEATABLE and facts.memory is Recollection.NOT_ASKED:
        return Recall(change.subject, target_id, change.event_id)
    uncovered = _uncovered(change, target_id, facts, protection)
    if isinstance(uncovered, PolicyOf):
        return uncovered
    if uncovered is not None:
        return Verdict(Outcome.IGNORE, uncovered, change, protection.name, target_id)
    if comes_off(change, target_id, facts):
        # It cannot be put on again as it was: mended since, it stays. Without a ledger nothing more is read.
        if change.policy_id in facts.looked:
            looked = facts.policies[change.policy_id]
            change = replace(change, policy=looked if looked and looked.content else change.policy)
        elif facts.memory is Recollection.RECALLED:
            return PolicyOf(change.policy_id)

    if _asks_what_stands(change, target_id, facts, protection):
        # An allow-list that was attached first may not be adopted yet: that undoes nothing that is trusted.
        return StandingOn(target_id, facts.type_of(change.policy_id) or SERVICE_CONTROL_POLICY)

    # 5, 6, 7. Approved.
    approved = approval(change, target_id, facts, protection)
    # Of two trusted changes the later one counts, whichever event comes first: so each of them is adopted.
    adopt = approved in {Reason.TRUSTED_PRINCIPAL, Reason.EXCEPTION} or (
        approved is not None
        and is_trusted(change, protection)
        and not locks_out_root(change, target_id, facts)
    )
    if (
        (approved in _BY_CONTENT or adopt)
        and change.kind is ChangeKind.ATTACHED
        and change.policy_id not in facts.looked
    ):
        # The catalogue may not know of the last edit yet. To detach, it is enough; to let pass, it is not.
        return PolicyOf(change.policy_id)
    if approved is not None:
        return Verdict(Outcome.ALLOW, approved, change, protection.name, target_id, adopt)

    # 8. A violation.
    hindrance = hindrance_of(change, target_id, facts, guardrail, protection)
    if hindrance is Hindrance.FIGHT and change.policy_id and not _is_known(change.policy_id, facts):
        # The catalogue may not know of the last edit yet: a lockout on the root is undone each time.
        return PolicyOf(change.policy_id)
    if change.kind is ChangeKind.DETACHED and not (hindrance or _is_known(change.policy_id, facts)):
        # It may have been edited or deleted since: what is attached again must be what was accepted.
        return PolicyOf(change.policy_id)
    return Verdict(
        Outcome.ALERT if hindrance else Outcome.REVERT,
        Reason.LOCKOUT_ON_ROOT if is_trusted(change, protection) else Reason.VIOLATION,
        change,
        protection.name,
        target_id,
        hindrance=hindrance,
    )


def _asks_what_stands(change: Change, target_id: str, facts: Facts, protection: Protection) -> bool:
    """Tell whether a trusted change seems to leave the root with nothing allowed, and nobody looked."""
    asked = target_id in facts.attachments or not is_root_id(target_id)
    return not asked and is_trusted(change, protection) and allows_nothing(change, target_id, facts)


def _is_known(policy_id: str, facts: Facts) -> bool:
    """Tell whether a policy is known as it is now. Full access never changes."""
    return policy_id in facts.looked or policy_id in FULL_ACCESS.values()


def _attempt(change: Change, facts: Facts, guardrail: Guardrail) -> Verdict | Question:
    """Rule 1 for a call that IAM refused: nothing changed, but on a protected target someone tried."""
    if change.kind in _EDITS and change.policy_id:
        touched = next(_touched_by_policy(change, facts, guardrail), None)
        if not isinstance(touched, ProtectedTarget):
            return touched or Verdict(Outcome.IGNORE, Reason.CALL_FAILED, change)
        return Verdict(
            Outcome.ALERT, Reason.DENIED_ATTEMPT, change, touched.protection.name, touched.target_id
        )
    found = protection_of(change.target_id, guardrail, facts) if change.target_id else None
    if change.kind is ChangeKind.ACCOUNT_MOVED:
        pinning = protections_of_move(change.target_id, change.source_id, change.destination_id, guardrail)
        found = pinning[0] if pinning else found
    if isinstance(found, AncestorsOf):
        return found
    if found is None:
        return Verdict(Outcome.IGNORE, Reason.CALL_FAILED, change)
    return Verdict(Outcome.ALERT, Reason.DENIED_ATTEMPT, change, found.name, change.target_id)


def _is_own(change: Change, facts: Facts) -> bool:
    own = {facts.own_role_arn, facts.restorer_role_arn} - {None}
    return change.actor.kind == "AssumedRole" and change.actor.arn in own


def _touched(change: Change, facts: Facts, guardrail: Guardrail) -> Iterator[ProtectedTarget | Question]:
    """Yield each protected target that a change touches, the root first, or what must be asked to find it."""
    if change.kind is ChangeKind.CREATED:
        return  # it stands nowhere yet
    if change.kind in _EDITS:
        yield from _touched_by_policy(change, facts, guardrail)
        return
    found: tuple[Protection | AncestorsOf | None, ...]
    if change.kind in ATTACHMENTS:
        found = (protection_of(change.target_id, guardrail, facts),)
    elif change.kind in _TYPES:
        found = (protection_of_type(change.policy_type, guardrail),)
    elif change.kind is ChangeKind.ACCOUNT_MOVED:
        found = protections_of_move(change.target_id, change.source_id, change.destination_id, guardrail)
    else:
        found = (protection_of_organization(guardrail),)
    yield from _at(change.target_id, *found)


def _touched_by_policy(
    change: Change, facts: Facts, guardrail: Guardrail
) -> Iterator[ProtectedTarget | Question]:
    """Yield where an edited policy stands: what the ledger tells is enough to see a violation.

    To see none takes all of its targets: those that were never adopted, too. A deleted policy has none.
    """
    if facts.memory is Recollection.NOT_ASKED:
        yield Recall(change.policy_id, event_id=change.event_id)
    for target_id in facts.standing(change.policy_id):
        yield from _at(target_id, protection_of(target_id, guardrail, facts))
    if change.kind is ChangeKind.UPDATED and change.policy_id not in facts.targets:
        yield TargetsOf(change.policy_id)


def _at(target_id: str, *found: Protection | AncestorsOf | None) -> Iterator[ProtectedTarget | Question]:
    for protection in found:
        if protection is not None:
            yield ProtectedTarget(target_id, protection) if isinstance(protection, Protection) else protection


def _strictness(verdict: Verdict) -> tuple[int, bool]:
    return _LENIENT_TO_STRICT.index(verdict.outcome), verdict.adopt


def _uncovered(
    change: Change, target_id: str, facts: Facts, protection: Protection
) -> Reason | PolicyOf | None:
    if not change.policy_id:
        return None  # of policies, such a change names a type at most, by which its protection was found
    accepted = facts.accepted(change.policy_id, target_id)
    policy_type = (change.policy and change.policy.type) or (accepted and accepted.type)
    policy_type = policy_type or facts.type_of(change.policy_id)
    known = bool(accepted or change.policy) or _is_known(change.policy_id, facts)
    if policy_type not in protection.policy_types and not known and change.policy_id in facts.policies:
        # The catalogue says so, and a record may have told it anything: to leave it alone takes a look.
        return PolicyOf(change.policy_id)
    if policy_type is None:
        if change.kind is ChangeKind.DELETED:
            return None  # it was accepted on a protected target, and can no longer be read
        if change.policy_id not in facts.policies:
            return PolicyOf(change.policy_id)
        # A policy that stands anywhere cannot be deleted: one that does not exist stands nowhere.
        return Reason.POLICY_GONE
    return None if policy_type in protection.policy_types else Reason.POLICY_TYPE_NOT_COVERED
