"""The eight rules: from a drift to a verdict.

`decide` asks the rules in order; the first that answers decides. Rules 1 and 2 read the record alone. Rules 4
to 8 are asked at each protected place that the drift touches, and the strictest answer counts; rule 3 answers
if there is no such place. Whatever a rule needs it asks of the `Reader`, so nothing is read that no rule
needs. README's table names the same eight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rootguard.domain.baseline import Approval
from rootguard.domain.change import ATTACHMENTS, PLACINGS, ChangeKind, NotOurs, Why
from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import covering
from rootguard.domain.guardrail import (
    Guardrail,
    Mode,
    OnViolation,
    Protection,
    protection_of,
    protection_of_organization,
    protection_of_type,
    protections_of_move,
)
from rootguard.domain.ids import SERVICE_CONTROL_POLICY, is_root_id, root_first
from rootguard.domain.lockouts import is_lockout, locks_out_root
from rootguard.domain.policy import Policy, full_access_of, is_unedited, says_the_same
from rootguard.domain.reader import Reader
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict

_EDITS = (ChangeKind.UPDATED, ChangeKind.DELETED)
_TYPES = (ChangeKind.TYPE_ENABLED, ChangeKind.TYPE_DISABLED)
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
_APPROVED_BY_PEOPLE = (Approval.TRUSTED, Approval.EXCEPTION)
_LENIENT_TO_STRICT = (Outcome.IGNORE, Outcome.ALLOW, Outcome.ALERT, Outcome.REVERT)
_NOT_OURS = {
    Why.FAILED: Reason.CALL_FAILED,
    Why.OTHER_EVENT: Reason.NOT_A_POLICY_CHANGE,
    Why.MALFORMED: Reason.MALFORMED_RECORD,
}


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule decides on: a drift, and at which protected place.

    Attributes:
        target_id, protection: the place; rules 1 to 3 have none.
    """

    drift: Drift
    reader: Reader
    guardrail: Guardrail
    target_id: str = ""
    protection: Protection | None = None

    @property
    def held(self) -> Protection:
        """The protection of the place."""
        assert self.protection is not None  # noqa: S101 - rules 4 to 8 are only asked at a place
        return self.protection

    @property
    def is_trusted(self) -> bool:
        """Whether the actor is one of the protection's trusted principals, by exact ARN."""
        actor = self.drift.actor
        return actor is not None and actor.arn in self.held.trusted_principals

    def verdict(
        self,
        outcome: Outcome,
        reason: Reason,
        *,
        accept: bool = False,
        obstacle: Obstacle | None = None,
    ) -> Verdict:
        """Return a verdict at this place."""
        name = self.protection.name if self.protection else None
        return Verdict(outcome, reason, name, self.target_id, accept=accept, obstacle=obstacle)


Rule = Callable[[Case], Verdict | None]


def decide(found: Drift | NotOurs, reader: Reader, guardrail: Guardrail) -> Verdict:
    """Return the verdict of the first rule that answers, at the place where it is strictest.

    Raises:
        UnreadableError: a fact that a rule needs cannot be read now.
    """
    if isinstance(found, NotOurs):
        return not_ours(found)
    case = Case(found, reader, guardrail)
    verdict = _first(ON_THE_RECORD, case)
    if verdict is not None:
        return verdict
    for place in _places(case):
        answer = _first(AT_A_PLACE, place)
        if answer is not None and (verdict is None or _strictness(answer) > _strictness(verdict)):
            verdict = answer
        if verdict is not None and verdict.outcome is Outcome.REVERT:
            break  # Nothing more is read to find more of it.
    return verdict or not_protected(case)


def not_ours(found: NotOurs) -> Verdict:
    """Return the verdict on a record that leads to nothing: no rule is asked."""
    return Verdict(Outcome.IGNORE, _NOT_OURS[found.why])


def failed(case: Case) -> Verdict | None:
    """1. The call failed, so nothing changed. IAM's refusal on a protected target is paged: someone tried."""
    change = case.drift.change
    if change is None or change.error_code is None:
        return None
    nothing = case.verdict(Outcome.IGNORE, Reason.CALL_FAILED)
    if not change.denied:
        return nothing
    place = next(_attempted(case), None)
    if place is None or place.is_trusted:
        return nothing
    return place.verdict(Outcome.ALERT, Reason.DENIED_ATTEMPT)


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
    policy = drift.policy or case.reader.policy(drift.policy_id)
    if not is_lockout(policy):
        return nothing
    targets = (drift.target_id,) if drift.target_id else case.reader.targets(drift.policy_id)
    for target_id in sorted(targets, key=root_first):
        accounts = case.reader.reach(target_id)
        if accounts is None or accounts > limit:
            return replace(case, target_id=target_id).verdict(
                Outcome.ALERT, Reason.LOCKOUT_ELSEWHERE, obstacle=Obstacle.NOT_PROTECTED
            )
    return nothing


def not_covered(case: Case) -> Verdict | None:
    """4. The protection does not cover policies of this type."""
    drift = case.drift
    if not drift.policy_id:
        return None  # Such a change names a type at most, and by that its protection was found.
    policy_type = _type_of(case)
    if policy_type is None:
        # A policy that is attached anywhere cannot be deleted. One that does not exist is attached nowhere.
        gone = drift.kind is not ChangeKind.DELETED
        return case.verdict(Outcome.IGNORE, Reason.POLICY_GONE) if gone else None
    if policy_type in case.held.policy_types:
        return None
    return case.verdict(Outcome.IGNORE, Reason.POLICY_TYPE_NOT_COVERED)


def approved(case: Case) -> Verdict | None:
    """5. It may be so: AWS's own full access, the `allow` list, or the baseline."""
    reason = _approval(case)
    if reason is None:
        return None
    # Of two trusted changes the later one counts, whichever event comes first: so each of them is accepted.
    accept = reason is Reason.FIRST_CONTACT or (case.is_trusted and not _locks_out_root(case))
    return case.verdict(Outcome.ALLOW, reason, accept=accept)


def trusted(case: Case) -> Verdict | None:
    """6. A trusted principal made it, and it does not lock everyone out of Root: nobody may do that."""
    if not case.is_trusted or _locks_out_root(case):
        return None
    return case.verdict(Outcome.ALLOW, Reason.TRUSTED_PRINCIPAL, accept=True)


def excepted(case: Case) -> Verdict | None:
    """7. An exception covers it: this policy, this content, this target, granted by someone else."""
    change = case.drift.change
    if change is None or change.actor.principal_id is None or not change.policy_id:
        return None
    permits = case.reader.permits(change.policy_id, case.target_id)
    others = [permit for permit in permits if permit.granted_by != change.actor.principal_id]
    if not others:
        return None
    policy = case.drift.policy or case.reader.policy(change.policy_id)
    found = covering(others, policy, case.target_id, change.at, change.event_id) if policy else ()
    if not found:
        return None
    return replace(case.verdict(Outcome.ALLOW, Reason.EXCEPTION, accept=True), permit=found[0])


def violation(case: Case) -> Verdict:
    """8. Otherwise it is a violation: it is undone, or only paged if something stands in the way."""
    obstacle = _obstacle(case)
    return case.verdict(
        Outcome.ALERT if obstacle else Outcome.REVERT,
        Reason.LOCKOUT_ON_ROOT if case.is_trusted else Reason.VIOLATION,
        obstacle=obstacle,
    )


ON_THE_RECORD: tuple[Rule, ...] = (failed, own)
AT_A_PLACE: tuple[Rule, ...] = (not_covered, approved, trusted, excepted, violation)
RULES = (failed, own, not_protected, not_covered, approved, trusted, excepted, violation)
"""All eight, in the order of their numbers."""
_UNTOUCHED = {
    ChangeKind.CREATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.UPDATED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.DELETED: Reason.STANDS_NOWHERE_PROTECTED,
    ChangeKind.TYPE_ENABLED: Reason.POLICY_TYPE_NOT_COVERED,
    ChangeKind.TYPE_DISABLED: Reason.POLICY_TYPE_NOT_COVERED,
}


def _first(rules: tuple[Rule, ...], case: Case) -> Verdict | None:
    return next((verdict for rule in rules if (verdict := rule(case)) is not None), None)


def _strictness(verdict: Verdict) -> tuple[int, bool]:
    return _LENIENT_TO_STRICT.index(verdict.outcome), verdict.accept


# Where a drift is


def _places(case: Case) -> Iterator[Case]:
    """Yield the case at each protected place that the drift touches, the root first."""
    drift, guardrail = case.drift, case.guardrail
    if drift.kind is ChangeKind.CREATED:
        return  # It is attached nowhere yet.
    if drift.kind in _EDITS:
        yield from _places_of_policy(case)
    elif drift.kind in ATTACHMENTS or drift.kind is ChangeKind.UNIT_DELETED:
        yield from _at(case, drift.target_id, _protection(case, drift.target_id))
    elif drift.kind in _TYPES:
        yield from _at(case, drift.target_id, protection_of_type(drift.policy_type, guardrail))
    elif drift.kind is ChangeKind.ACCOUNT_MOVED:
        yield from _at(case, drift.target_id, *_pinning(case))
    else:
        yield from _at(case, drift.target_id, protection_of_organization(guardrail))


def _places_of_policy(case: Case) -> Iterator[Case]:
    """Yield where an edited policy is accepted, then where else it is attached. A deleted one is nowhere."""
    policy_id = case.drift.policy_id
    accepted = case.reader.accepted_targets(policy_id)
    for target_id in sorted(accepted, key=root_first):
        yield from _at(case, target_id, _protection(case, target_id))
    if case.drift.kind is ChangeKind.UPDATED:
        for target_id in sorted(case.reader.targets(policy_id) - accepted, key=root_first):
            yield from _at(case, target_id, _protection(case, target_id))


def _attempted(case: Case) -> Iterator[Case]:
    """Yield the protected places of a call that IAM refused."""
    drift = case.drift
    if drift.kind in _EDITS and drift.policy_id:
        yield from _places_of_policy(case)
        return
    pinning = _pinning(case) if drift.kind is ChangeKind.ACCOUNT_MOVED else ()
    protections = pinning or ((_protection(case, drift.target_id),) if drift.target_id else ())
    yield from _at(case, drift.target_id, *protections)


def _pinning(case: Case) -> tuple[Protection, ...]:
    drift = case.drift
    return protections_of_move(drift.target_id, drift.source_id, drift.destination_id, case.guardrail)


def _protection(case: Case, target_id: str) -> Protection | None:
    return protection_of(target_id, case.guardrail, case.reader.ancestors, case.reader.root_id)


def _at(case: Case, target_id: str, *protections: Protection | None) -> Iterator[Case]:
    for protection in protections:
        if protection is not None:
            yield replace(case, target_id=target_id, protection=protection)


# Rules 4 to 7 in detail


def _type_of(case: Case) -> str | None:
    """Return the policy's type. The cheapest source that cannot be wrong comes first."""
    drift, reader = case.drift, case.reader
    full_access = full_access_of(drift.policy_id)
    if full_access is not None:
        return full_access
    if drift.policy is not None and drift.policy.type:
        return drift.policy.type
    word = reader.acceptance(drift.policy_id, case.target_id)
    if word is not None and word.policy_type:
        return word.policy_type
    known = reader.known(drift.policy_id)
    if known is not None and known.type in case.held.policy_types:
        return known.type
    # A record may have told the catalogue anything: to leave a policy alone takes a look.
    return reader.type_on(drift.policy_id, case.target_id)


def _approval(case: Case) -> Reason | None:
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
        if _approved_since(case):
            return None
        accepted = reader.document(drift.policy_id)
        if accepted is None or accepted.policy.content is None:
            return Reason.IN_BASELINE
        return Reason.IN_BASELINE if says_the_same(_policy(case), accepted.policy) else None
    return Reason.FIRST_CONTACT if _is_first_contact(case) and not _locks_out_root(case) else None


def _approval_of_detachment(case: Case) -> Reason | None:
    drift, reader = case.drift, case.reader
    word = reader.acceptance(drift.policy_id, case.target_id)
    if word is not None and word.present:
        return None
    if not reader.remembers:
        return None
    if _is_first_contact(case):
        # Full access is sure to be right there, whatever was found.
        return None if full_access_of(drift.policy_id) else Reason.FIRST_CONTACT
    return Reason.NOT_IN_BASELINE


def _approval_of_edit(case: Case) -> Reason | None:
    drift = case.drift
    if drift.policy_id in case.held.allow and not _locks_out_root(case):
        return Reason.ALLOW_LISTED
    accepted = case.reader.document(drift.policy_id)
    policy = _policy(case)
    if accepted is None or policy is None:
        return None
    return Reason.IN_BASELINE if is_unedited(policy, accepted.policy) else None


def _policy(case: Case) -> Policy | None:
    """Return the policy as the drift left it: what the record says, else what is there now."""
    return case.drift.policy or case.reader.policy(case.drift.policy_id)


def _is_first_contact(case: Case) -> bool:
    policy_type = _type_of(case)
    return policy_type is not None and not case.reader.is_adopted(case.target_id, policy_type)


def _approved_since(case: Case) -> bool:
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


def _locks_out_root(case: Case) -> bool:
    if not is_root_id(case.target_id) or case.drift.kind not in (PLACINGS | ATTACHMENTS):
        return False
    policy_type = _type_of(case) or SERVICE_CONTROL_POLICY
    return locks_out_root(replace(case.drift, target_id=case.target_id), policy_type, case.reader)


# Rule 8 in detail


def _obstacle(case: Case) -> Obstacle | None:
    """Return what keeps the guard from undoing a violation, if anything."""
    drift = case.drift
    if _approved_since(case):
        return Obstacle.APPROVED_SINCE
    if case.guardrail.mode is Mode.OBSERVE:
        return Obstacle.OBSERVED
    if drift.kind not in UNDOABLE:
        return Obstacle.NO_WAY_BACK
    if case.held.on_violation is OnViolation.ALERT:
        return Obstacle.ALERT_ONLY
    if drift.kind is ChangeKind.TYPE_DISABLED and not case.held.restore_policy_type:
        return Obstacle.NOT_ASKED_FOR
    if case.reader.fight(drift.subject).holds_back(case.reader.now) and not _locks_out_root(case):
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
        return None if _locks_out_root(case) else Obstacle.NOTHING_ACCEPTED
    off_root = is_root_id(case.target_id) and is_lockout(accepted.policy)
    return Obstacle.LOCKOUT_ACCEPTED if off_root else None
