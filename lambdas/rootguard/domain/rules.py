"""The eight rules: from a drift to a verdict.

`decide` asks the rules in order; the first that answers decides. Rules 1 and 2 need the record alone, but for
where a refused call was aimed. Rules 4 to 8 are asked at each protected place that the drift touches, and the
strictest answer counts; rule 3 answers if there is no such place. Whatever a rule needs it asks of the
`Reader`, so nothing is read that no rule needs. docs/how-it-decides.md names the same eight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rootguard.domain.baseline import Acceptance, Approval, Placement
from rootguard.domain.case import Case, places
from rootguard.domain.drift import ATTACHMENTS, ChangeKind, Drift
from rootguard.domain.exceptions import covering
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation, is_named
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import full_access_of, is_root_id, is_unedited, says_the_same
from rootguard.domain.reader import Reader
from rootguard.domain.remedy import UNDOABLE
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict

_LENIENT_TO_STRICT = (Outcome.IGNORE, Outcome.ALLOW, Outcome.ALERT, Outcome.REVERT)
_UNTOUCHED = {
    ChangeKind.CREATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.UPDATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.DELETED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.TYPE_ENABLED: Reason.POLICY_TYPE_NOT_COVERED,
    ChangeKind.TYPE_DISABLED: Reason.POLICY_TYPE_NOT_COVERED,
}

_BY_PEOPLE = (Approval.TRUSTED, Approval.EXCEPTION)

Rule = Callable[[Case], Verdict | None]


def decide(drift: Drift, reader: Reader, guardrail: Guardrail) -> Verdict:
    """Return the verdict of the first rule that answers, at the place where it is strictest.

    Raises:
        UnreadableError: a fact that a rule needs cannot be read now.
    """
    verdict = failed(drift, reader, guardrail) or own(drift, reader)
    if verdict is not None:
        return verdict
    for place in places(drift, reader, guardrail):
        answer = next(answer for rule in AT_A_PLACE if (answer := rule(place)))
        if verdict is None or _strictness(answer) > _strictness(verdict):
            verdict = answer
        if verdict.outcome is Outcome.REVERT:
            break  # Nothing more is read to find more of it.
    return verdict or not_protected(drift)


def failed(drift: Drift, reader: Reader, guardrail: Guardrail) -> Verdict | None:
    """1. The call failed, so nothing changed. IAM's refusal on a protected target is paged: someone tried."""
    if drift.error_code is None:
        return None
    for place in places(drift, reader, guardrail) if drift.denied else ():
        if not place.is_trusted:
            return place.verdict(Outcome.ALERT, Reason.DENIED_ATTEMPT)
    return Verdict(Outcome.IGNORE, Reason.CALL_FAILED)


def own(drift: Drift, reader: Reader) -> Verdict | None:
    """2. One of Rootguard's own roles made it. The session's name proves nothing: a caller chooses that."""
    actor = drift.actor
    is_own = actor is not None and actor.kind == "AssumedRole" and actor.arn in reader.own_roles
    return Verdict(Outcome.IGNORE, Reason.OWN_CHANGE) if is_own else None


def not_protected(drift: Drift) -> Verdict:
    """3. No protection holds there."""
    return Verdict(Outcome.IGNORE, _UNTOUCHED.get(drift.kind, Reason.TARGET_NOT_PROTECTED))


def not_covered(case: Case) -> Verdict | None:
    """4. The protection does not cover policies of this type."""
    if not case.drift.policy_id:
        return None  # Such a change names a type at most, and by that its protection was found.
    policy_type = case.policy_type
    # A policy that does not exist any more may have been of any type.
    if policy_type is None or policy_type in case.protection.policy_types:
        return None
    return case.verdict(Outcome.IGNORE, Reason.POLICY_TYPE_NOT_COVERED)


def approved(case: Case) -> Verdict | None:
    """5. It may be so: AWS's own full access, the `allow` list, or the baseline."""
    reason = _approval_of(case)
    if reason is None:
        return None
    # Of two trusted changes the later one counts, whichever event comes first: so each of them is accepted.
    accept = reason is Reason.FIRST_CONTACT or (case.is_trusted and not case.leaves_root_locked)
    return case.verdict(Outcome.ALLOW, reason, accept=accept)


def _approval_of(case: Case) -> Reason | None:
    """Return why rule 5 approves a drift at one place; None if it does not."""
    match case.drift.kind:
        case ChangeKind.ATTACHED | ChangeKind.UPDATED if full_access_of(case.drift.policy_id):
            return Reason.FULL_ACCESS_POLICY  # Nobody can edit AWS's own policies.
        case ChangeKind.ATTACHED:
            return _approval_of_attachment(case)
        case ChangeKind.DETACHED:
            return _approval_of_detachment(case)
        case ChangeKind.UPDATED:
            return _approval_of_edit(case)
        case ChangeKind.ACCOUNT_MOVED:
            home = case.reader.placement(case.target_id)
            belongs = home and home.parent_id == case.drift.destination_id and not _was_given_up(case, home)
            return Reason.IN_BASELINE if belongs else None
    return None


def _approval_of_attachment(case: Case) -> Reason | None:
    if case.drift.policy_id in case.protection.allow:
        return Reason.ALLOW_LISTED
    word, accepted = case.word, case.accepted
    if word is None or not word.present:
        return Reason.FIRST_CONTACT if case.is_first_contact and not case.leaves_root_locked else None
    if _approved_since(case):
        return None
    # If it was accepted as it was attached, a later edit is a drift of its own. It is not detached for that.
    is_older = case.drift.change is not None and case.drift.at <= word.at
    is_as_accepted = is_older or accepted is None or says_the_same(case.policy, accepted)
    return Reason.IN_BASELINE if is_as_accepted else None


def _approval_of_detachment(case: Case) -> Reason | None:
    if case.is_accepted or not case.reader.remembers or _was_given_up(case, case.word):
        return None
    is_full_access = full_access_of(case.drift.policy_id) is not None
    if is_full_access and (not is_named(case.target_id, case.guardrail) or case.is_first_contact):
        return None  # It is attached nearly everywhere, so it belongs there unasked.
    if case.leaves_root_locked:
        return None
    return Reason.FIRST_CONTACT if case.is_first_contact else Reason.NOT_IN_BASELINE


def _approval_of_edit(case: Case) -> Reason | None:
    if case.drift.policy_id in case.protection.allow and not case.leaves_root_locked:
        return Reason.ALLOW_LISTED
    policy, accepted = case.policy, case.accepted
    return Reason.IN_BASELINE if policy and accepted and is_unedited(policy, accepted) else None


def _was_given_up(case: Case, word: Acceptance | Placement | None) -> bool:
    """Tell whether a sweep found this before its event came, and knew nothing that brings back what was."""
    if case.drift.change is None or word is None:
        return False
    return word.by is Approval.GIVEN_UP and word.at >= case.drift.at


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


def trusted(case: Case) -> Verdict | None:
    """6. A trusted principal made it, and it does not lock everyone out of Root: nobody may do that."""
    if not case.is_trusted or case.leaves_root_locked:
        return None
    return case.verdict(Outcome.ALLOW, Reason.TRUSTED_PRINCIPAL, accept=True)


def excepted(case: Case) -> Verdict | None:
    """7. An exception covers it: this policy, this content, this target, granted by someone else.

    A rehearsal uses none: it would prove nothing, and the exception would be gone.
    """
    drift, actor, rehearsal = case.drift, case.drift.actor, case.guardrail.rehearsal
    if rehearsal is not None and rehearsal.made(drift):
        return None
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
    obstacle = _obstacle_of(case)
    return case.verdict(
        Outcome.ALERT if obstacle else Outcome.REVERT,
        Reason.LOCKOUT_ON_ROOT if case.is_trusted else Reason.VIOLATION,
        obstacle=obstacle,
    )


def _obstacle_of(case: Case) -> Obstacle | None:
    """Return what keeps the guard from undoing a violation, so that it only pages."""
    drift, reader = case.drift, case.reader
    if _approved_since(case):
        return Obstacle.APPROVED_SINCE
    if case.guardrail.mode is Mode.OBSERVE:
        return Obstacle.OBSERVED
    if drift.kind not in UNDOABLE:
        return Obstacle.NO_WAY_BACK
    if case.protection.on_violation is OnViolation.ALERT:
        return Obstacle.ALERT_ONLY
    if drift.kind is ChangeKind.TYPE_DISABLED and not case.protection.restore_policy_type:
        return Obstacle.NOT_ASKED_FOR
    if reader.fight(drift.subject).holds_back(reader.now) and not case.leaves_root_locked:
        return Obstacle.FIGHT
    match drift.kind:
        case ChangeKind.DETACHED if not full_access_of(drift.policy_id):
            return _obstacle_to_attach(case)
        case ChangeKind.UPDATED:
            return _obstacle_to_give_back(case)
        # Without the ledger, where the move began is a guess: another one may have led there.
        case ChangeKind.ACCOUNT_MOVED if not (drift.source_id and reader.remembers):
            return None if reader.placement(case.target_id) else Obstacle.NOTHING_ACCEPTED
        case ChangeKind.TYPE_DISABLED if case.is_first_contact:
            return Obstacle.NOTHING_ACCEPTED
    return None


def _obstacle_to_attach(case: Case) -> Obstacle | None:
    word = case.word
    if word is None or not word.present:
        is_given_up = word is not None and word.by is Approval.GIVEN_UP
        return Obstacle.NO_WAY_BACK if is_given_up else Obstacle.NOTHING_ACCEPTED
    if case.reader.policy(case.drift.policy_id) is None:
        return Obstacle.NO_WAY_BACK  # It was deleted since.
    # A lockout that was there at first contact: whoever takes it off does well.
    off_root = is_root_id(case.target_id) and is_lockout(case.accepted, case.reader.now)
    return Obstacle.LOCKOUT_ACCEPTED if off_root else None


def _obstacle_to_give_back(case: Case) -> Obstacle | None:
    if case.accepted is None:
        # Nobody knows how it read before; but what locks everyone out of the root comes off it.
        return None if case.leaves_root_locked else Obstacle.NOTHING_ACCEPTED
    is_accepted = is_lockout(case.accepted, case.reader.now)
    return Obstacle.LOCKOUT_ACCEPTED if is_accepted and _is_on_root(case) else None


def _is_on_root(case: Case) -> bool:
    """Tell whether an edited policy is attached to the root. It has one document wherever it is attached."""
    places = {case.target_id, *case.reader.accepted_targets(case.drift.policy_id)}
    return any(map(is_root_id, places)) or any(map(is_root_id, case.reader.targets(case.drift.policy_id)))


AT_A_PLACE: tuple[Rule, ...] = (not_covered, approved, trusted, excepted, violation)
RULES = (failed, own, not_protected, *AT_A_PLACE)
"""All eight, in the order of their numbers."""


def _strictness(verdict: Verdict) -> tuple[int, bool]:
    return _LENIENT_TO_STRICT.index(verdict.outcome), verdict.accept
