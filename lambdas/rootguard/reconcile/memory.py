"""What the guard knows beside the event: the ledger first, Organizations for what it does not hold.

`Memory` answers the questions of `decide`, and keeps what a change teaches. A ledger that does not answer
costs one short wait; then the guard goes on as one that remembers nothing, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from rootguard.cloudtrail.read import Change, ChangeKind, NotOurs
from rootguard.domain.approvals import moved_on_to, permit_for
from rootguard.domain.decide import REPEATABLE, decide
from rootguard.domain.exceptions import LONGEST
from rootguard.domain.facts import BaselinePolicy, Facts, Permit, Place, Policy, Recollection
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.questions import PolicyOf, Question, ReachOf, Recall, StandingOn, TargetsOf
from rootguard.domain.verdict import Hindrance, Reason, Verdict
from rootguard.ports import Ledger, LedgerError, Reader, Surveys, Telemetry


def settle(
    change: Change | NotOurs,
    facts: Facts,
    guardrail: Guardrail,
    answer: Callable[[Question, Facts], Facts],
) -> tuple[Verdict, Facts]:
    """Decide, having each question answered when a rule asks it. Raises what `answer` raises."""
    while True:
        outcome = decide(change, facts, guardrail)
        if isinstance(outcome, Verdict):
            return outcome, facts
        facts = answer(outcome, facts)


def ask(reader: Reader, question: Question, facts: Facts) -> Facts:
    """Answer a question from Organizations alone. Raises OrganizationsError."""
    match question:
        case PolicyOf(policy_id):
            return facts.with_policy(policy_id, reader.policy(policy_id))
        case ReachOf(target_id):
            return facts.with_reach(target_id, reader.count_accounts(target_id))
        case StandingOn(target_id, policy_type):
            return facts.with_attachments(target_id, frozenset(reader.attached(target_id, policy_type)))
        case TargetsOf(policy_id):
            return facts.with_targets(policy_id, reader.targets(policy_id))
        case Recall():
            return facts.without_memory()
    # The child's own link is always answered, so that no question is asked twice.
    return facts.with_parents({question.child_id: None, **reader.ancestors(question.child_id)})


@dataclass(frozen=True, slots=True)
class Memory:
    """The ledger and Organizations, as one who answers and learns."""

    ledger: Ledger
    surveys: Surveys
    reader: Reader
    telemetry: Telemetry

    def answer(self, question: Question, facts: Facts) -> Facts:
        """Answer one question. Raises OrganizationsError."""
        if isinstance(question, Recall):
            try:
                return self._recall(question, facts)
            except LedgerError as error:
                self.telemetry.warn("the ledger does not answer", error=str(error))
        answered = ask(self.reader, question, facts)
        if isinstance(question, PolicyOf) and (policy := answered.policies[question.policy_id]):
            self._try(partial(self.ledger.learn, policy, facts.now))
        return answered

    def policy(self, policy_id: str, now: datetime) -> Policy | None:
        """Return a policy: from the catalogue, else from Organizations.

        Raises LedgerError, OrganizationsError.
        """
        return self.ledger.policy(policy_id) or self.look(policy_id, now)

    def look(self, policy_id: str, now: datetime) -> Policy | None:
        """Return a policy as Organizations has it, and learn it. Raises OrganizationsError."""
        facts = Facts(own_role_arn=None, now=now)
        return self.answer(PolicyOf(policy_id), facts).policies[policy_id]

    def permits(
        self, policy_id: str, target_id: str, now: datetime, event_id: str | None
    ) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target, also one that this very event used.

        Raises LedgerError.
        """
        return tuple(
            permit
            for permit in self.ledger.permits(policy_id, target_id, event_id)
            # Its granter wrote when it ends, and may have written anything.
            if permit.expires_at <= now + LONGEST
        )

    def _recall(self, question: Recall, facts: Facts) -> Facts:
        policy_id, target_id = question.policy_id, question.target_id
        targets = {target_id} if target_id else self.ledger.targets_of(policy_id)
        baselines = {target: self.ledger.baseline(target) for target in targets}
        permits = [
            permit
            for target in targets
            for permit in self.permits(policy_id, target, facts.now, question.event_id)
        ]
        return facts.remembering(
            {target: baseline for target, baseline in baselines.items() if baseline is not None},
            tuple(permits),
            self.ledger.policy(policy_id),
            tuple(at for target in targets for at in self.ledger.reverts(policy_id, target)),
            self._places(target_id) if policy_id == ChangeKind.ACCOUNT_MOVED else {},
        )

    def _places(self, account_id: str) -> dict[str, Place]:
        place = self.ledger.place(account_id)
        return {account_id: place} if place else {}

    def reverted(self, verdict: Verdict, facts: Facts, at: datetime) -> None:
        """Note that a change was undone, for who keeps making it."""
        change = verdict.change
        if change is None or change.kind not in REPEATABLE:
            return
        self._try(partial(self.ledger.reverted, change.subject, verdict.target_id, at))
        if moved_on_to(change, facts):
            back = Place(change.source_id, at, accepted=True)
            self._try(partial(self.ledger.placed, change.target_id, back))

    def came_from(self, change: Change) -> None:
        """Keep where an account was before a move that nothing approved of, and that IAM did not refuse."""
        if change.kind is ChangeKind.ACCOUNT_MOVED and change.error_code is None:
            before = Place(change.source_id, change.at, accepted=False)
            self._try(partial(self.ledger.placed, change.target_id, before))

    def undone_since(self, change: Change, target_id: str) -> datetime | None:
        """Return when Rootguard first undid this since it was made; None where it did not, or cannot tell."""
        try:
            reverts = self.ledger.reverts(change.subject, target_id)
        except LedgerError as error:
            self.telemetry.warn("the ledger does not answer", error=str(error))
            return None
        return min((at for at in reverts if at >= change.at), default=None)

    def learn(self, change: Change, verdict: Verdict) -> None:
        """Keep what a record says of the policy it made or edited, and that an account was moved."""
        if change.error_code is not None:
            return
        if change.policy is not None:
            self._try(partial(self.ledger.learn, change.policy, change.at))
        if change.kind is ChangeKind.ACCOUNT_MOVED:
            self._try(partial(self.surveys.moved, change.at))
            if verdict.reason is Reason.TARGET_NOT_PROTECTED:
                place = Place(change.destination_id, change.at, accepted=True, source_id=change.source_id)
                self._try(partial(self.ledger.placed, change.target_id, place))

    def adopt(self, verdict: Verdict, facts: Facts) -> Permit | None:
        """Make what was approved part of the baseline; return the exception that this used, if any.

        Raises LedgerError: what is approved and not in the baseline, the next sweeps would undo.
        """
        change = verdict.change
        if change is None or not verdict.adopt:
            return None
        # Used up before it is adopted, or a failure in between would leave it for a second change: a retry of
        # this one finds it all the same.
        permit = permit_for(change, verdict.target_id, facts) if verdict.reason is Reason.EXCEPTION else None
        if permit is not None and not self.ledger.use(permit, change.event_id, change.at):
            raise LedgerError("the exception was used by another change at the same moment")
        policy = facts.policies.get(change.policy_id) or change.policy
        if change.kind is ChangeKind.DETACHED:
            self.ledger.adopt(change.target_id, change.policy_id, None, change.at)
        elif change.kind is ChangeKind.ATTACHED and policy:
            self._adopt(policy, (change.target_id,), change)
        elif change.kind is ChangeKind.UPDATED and change.policy:
            if facts.memory is Recollection.UNREACHABLE:
                raise LedgerError("an approved edit cannot be accepted: the ledger did not answer")
            # Where it stands, not where it was accepted: it may have been taken off since.
            standing = facts.targets.get(change.policy_id, frozenset())
            self._adopt(change.policy, tuple(standing & facts.baseline.keys()), change)
        elif change.kind is ChangeKind.TYPE_DISABLED:
            self._forget_type(change)
        elif change.kind is ChangeKind.ACCOUNT_MOVED:
            self.ledger.placed(change.target_id, Place(change.destination_id, change.at, accepted=True))
        return permit

    def forget(self, verdict: Verdict) -> None:
        """Accept no more what locked everyone out of Root, and was taken off or mended: it stays so.

        Raises LedgerError.
        """
        change = verdict.change
        if change and verdict.hindrance is Hindrance.LOCKOUT_ACCEPTED:
            mended = accept(change.policy) if change.policy else None
            self.ledger.adopt(verdict.target_id, change.policy_id, mended, change.at)

    def _forget_type(self, change: Change) -> None:
        """Accept that nothing of a policy type stands any more."""
        for policy_id, targets in self.ledger.accepted().items():
            for target_id, was in targets.items():
                if was.type == change.policy_type:
                    self.ledger.adopt(target_id, policy_id, None, change.at)

    def _adopt(self, policy: Policy, targets: tuple[str, ...], change: Change) -> None:
        accepted = accept(policy)
        for target_id in targets:
            self.ledger.adopt(target_id, policy.id, accepted, change.at)

    def _try(self, write: Callable[[], object]) -> None:
        """Write what only saves a read, or tells of a fight: without it the guard goes on as well."""
        try:
            write()
        except LedgerError as error:
            self.telemetry.warn("the ledger does not answer", error=str(error))


def accept(policy: Policy) -> BaselinePolicy:
    """Return a policy as a baseline keeps it."""
    return BaselinePolicy(
        policy.name, policy.content, policy.type, policy.description, policy.organization_id
    )
