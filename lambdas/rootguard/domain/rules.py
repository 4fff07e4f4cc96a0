"""The eight rules: from a drift to a verdict.

`decide` asks the rules in order; the first that answers decides. Rules 1 and 2 need the record alone, but for
where a refused call was aimed. Rules 4 to 8 are asked at each protected place that the drift touches, and the
strictest answer counts; rule 3 answers if there is no such place. Whatever a rule needs it asks of the
`Reader`, so nothing is read that no rule needs. README's table names the same eight.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from rootguard.domain.approvals import approval_of, obstacle_of
from rootguard.domain.case import Case, attempted_places, places
from rootguard.domain.change import PLACINGS, ChangeKind, NotOurs
from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import covering
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.ids import root_first
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import full_access_of
from rootguard.domain.reader import Reader
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict

_LENIENT_TO_STRICT = (Outcome.IGNORE, Outcome.ALLOW, Outcome.ALERT, Outcome.REVERT)
_UNTOUCHED = {
    ChangeKind.CREATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.UPDATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.DELETED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.TYPE_ENABLED: Reason.POLICY_TYPE_NOT_COVERED,
    ChangeKind.TYPE_DISABLED: Reason.POLICY_TYPE_NOT_COVERED,
}

Rule = Callable[[Case], Verdict | None]


def decide(drift: Drift, reader: Reader, guardrail: Guardrail) -> Verdict:
    """Return the verdict of the first rule that answers, at the place where it is strictest.

    Raises:
        UnreadableError: a fact that a rule needs cannot be read now.
    """
    case = Case(drift, reader, guardrail)
    verdict = _first(ON_THE_RECORD, case)
    if verdict is not None:
        return verdict
    for place in places(case):
        answer = _first(AT_A_PLACE, place)
        if answer is not None and (verdict is None or _strictness(answer) > _strictness(verdict)):
            verdict = answer
        if verdict is not None and verdict.outcome is Outcome.REVERT:
            break  # Nothing more is read to find more of it.
    return verdict or not_protected(case)


def not_ours(found: NotOurs) -> Verdict:
    """Return the verdict on a record that leads to nothing: no rule is asked."""
    return Verdict(Outcome.IGNORE, found.reason)


def failed(case: Case) -> Verdict | None:
    """1. The call failed, so nothing changed. IAM's refusal on a protected target is paged: someone tried."""
    if case.drift.error_code is None:
        return None
    tried = attempted_places(case) if case.drift.denied else ()
    for place in tried:
        if not place.is_trusted:
            return place.verdict(Outcome.ALERT, Reason.DENIED_ATTEMPT)
    return case.verdict(Outcome.IGNORE, Reason.CALL_FAILED)


def own(case: Case) -> Verdict | None:
    """2. One of Rootguard's own roles made it. The session's name proves nothing: a caller chooses that."""
    actor = case.drift.actor
    if actor is None or actor.kind != "AssumedRole" or actor.arn not in case.reader.own_roles:
        return None
    return case.verdict(Outcome.IGNORE, Reason.OWN_CHANGE)


def not_protected(case: Case) -> Verdict:
    """3. No protection holds there. A lockout that reaches many accounts is paged all the same."""
    drift, limit = case.drift, case.guardrail.lockout_alert_accounts
    nothing = case.verdict(Outcome.IGNORE, _UNTOUCHED.get(drift.kind, Reason.TARGET_NOT_PROTECTED))
    if limit is None or drift.kind not in PLACINGS or full_access_of(drift.policy_id):
        return nothing
    if not is_lockout(case.policy):
        return nothing
    targets = (drift.target_id,) if drift.target_id else case.reader.targets(drift.policy_id)
    reached = 0
    for target_id in _topmost(targets, case.reader):
        accounts = case.reader.reach(target_id)
        reached += accounts or 0
        if accounts is None or reached > limit:
            return replace(case, target_id=target_id).verdict(
                Outcome.ALERT, Reason.LOCKOUT_ELSEWHERE, obstacle=Obstacle.NOT_PROTECTED
            )
    return nothing


def _topmost(targets: Collection[str], reader: Reader) -> list[str]:
    """Return the targets that lie below no other one: what they reach is counted once."""
    found = sorted(targets, key=root_first)
    if len(found) <= 1:
        return found
    return [target_id for target_id in found if not set(reader.ancestors(target_id)) & set(targets)]


def not_covered(case: Case) -> Verdict | None:
    """4. The protection does not cover policies of this type."""
    if not case.drift.policy_id:
        return None  # Such a change names a type at most, and by that its protection was found.
    policy_type = case.policy_type
    if policy_type in case.held.policy_types:
        return None
    if policy_type is not None:
        return case.verdict(Outcome.IGNORE, Reason.POLICY_TYPE_NOT_COVERED)
    # A policy that is attached anywhere cannot be deleted. One that does not exist is attached nowhere.
    gone = case.drift.kind is not ChangeKind.DELETED
    return case.verdict(Outcome.IGNORE, Reason.POLICY_GONE) if gone else None


def approved(case: Case) -> Verdict | None:
    """5. It may be so: AWS's own full access, the `allow` list, or the baseline."""
    reason = approval_of(case)
    if reason is None:
        return None
    # Of two trusted changes the later one counts, whichever event comes first: so each of them is accepted.
    accept = reason is Reason.FIRST_CONTACT or (case.is_trusted and not case.leaves_root_locked)
    return case.verdict(Outcome.ALLOW, reason, accept=accept)


def trusted(case: Case) -> Verdict | None:
    """6. A trusted principal made it, and it does not lock everyone out of Root: nobody may do that."""
    if not case.is_trusted or case.leaves_root_locked:
        return None
    return case.verdict(Outcome.ALLOW, Reason.TRUSTED_PRINCIPAL, accept=True)


def excepted(case: Case) -> Verdict | None:
    """7. An exception covers it: this policy, this content, this target, granted by someone else."""
    drift, actor = case.drift, case.drift.actor
    if actor is None or actor.principal_id is None or not drift.policy_id:
        return None
    permits = case.reader.permits(drift.policy_id, case.target_id)
    others = [permit for permit in permits if permit.granted_by != actor.principal_id]
    policy = case.policy if others else None
    found = covering(others, policy, case.target_id, drift.at, drift.event_id) if policy else ()
    if not found:
        return None
    return replace(case.verdict(Outcome.ALLOW, Reason.EXCEPTION, accept=True), permit=found[0])


def violation(case: Case) -> Verdict:
    """8. Otherwise it is a violation: it is undone, or only paged if there is an obstacle."""
    obstacle = obstacle_of(case)
    return case.verdict(
        Outcome.ALERT if obstacle else Outcome.REVERT,
        Reason.LOCKOUT_ON_ROOT if case.is_trusted else Reason.VIOLATION,
        obstacle=obstacle,
    )


ON_THE_RECORD: tuple[Rule, ...] = (failed, own)
AT_A_PLACE: tuple[Rule, ...] = (not_covered, approved, trusted, excepted, violation)
RULES = (*ON_THE_RECORD, not_protected, *AT_A_PLACE)
"""All eight, in the order of their numbers."""


def _first(rules: tuple[Rule, ...], case: Case) -> Verdict | None:
    return next((verdict for rule in rules if (verdict := rule(case)) is not None), None)


def _strictness(verdict: Verdict) -> tuple[int, bool]:
    return _LENIENT_TO_STRICT.index(verdict.outcome), verdict.accept
