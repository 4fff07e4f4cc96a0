"""The loop: an event is a hint to look at one subject, and it says who did it.

Events and sweeps meet in `reconcile`: decide, accept or undo, report. The order is the product: between the
event and the write, nothing is written anywhere and nothing is read that no rule needs. The incident, its
notice and the note that the event was applied come after the write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from rootguard.cloudtrail.read import read_change
from rootguard.domain import rules
from rootguard.domain.change import PLACINGS, ChangeKind, NotOurs
from rootguard.domain.drift import Drift
from rootguard.domain.guardrail import Guardrail, protection_of
from rootguard.domain.ids import FULL_ACCESS, is_root_id
from rootguard.domain.lockouts import is_closed, is_lockout
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import Action, Attach, Detach, remedy_of
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Restoring, Result
from rootguard.ports import (
    EventMark,
    Exceptions,
    Inventory,
    LastResort,
    Ledger,
    LedgerError,
    Notices,
    Organizations,
    RestorerError,
    Telemetry,
)
from rootguard.reconcile import late
from rootguard.reconcile.accept import FirstContact, accept, adopt, forget
from rootguard.reconcile.notices import adoption_notice, use_notice
from rootguard.reconcile.reader import LazyReader, Sources
from rootguard.reconcile.remediate import remediate
from rootguard.reconcile.report import Reporter
from rootguard.reconcile.restore import Restoration

_NOTHING_BRINGS_BACK = {
    ChangeKind.DETACHED: (Obstacle.NO_WAY_BACK, Obstacle.LOCKOUT_ACCEPTED),
    ChangeKind.UPDATED: (Obstacle.LOCKOUT_ACCEPTED,),
    ChangeKind.ACCOUNT_MOVED: (Obstacle.NOTHING_ACCEPTED,),
}
"""These are paged once and then accepted, since nothing can or should bring back what was."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The guard with everything it needs: its policy, its ports, the clock (UTC)."""

    guardrail: Guardrail
    organizations: Organizations
    ledger: Ledger
    exceptions: Exceptions
    inventory: Inventory
    notices: Notices
    last_resort: LastResort
    telemetry: Telemetry
    clock: Callable[[], datetime]
    own_roles: frozenset[str]
    restoration: Restoration | None = None
    seconds_left: Callable[[], float] = field(default=lambda: 60.0)

    @property
    def sources(self) -> Sources:
        """Where facts come from, for one invocation."""
        return Sources(
            self.guardrail,
            self.organizations,
            self.ledger,
            self.exceptions,
            self.telemetry,
            self.own_roles,
            self.clock,
        )

    @property
    def reporter(self) -> Reporter:
        """What keeps incidents on record."""
        return Reporter(self.ledger, self.notices, self.last_resort, self.telemetry)

    def on_event(self, event: object) -> dict[str, Any]:
        """Answer one event; return the verdict as JSON data.

        Raises:
            OrganizationsError: the change could not be judged or undone. It was paged; Lambda tries again.
            LedgerError: what was approved could not be accepted, so a sweep would undo it.
            RestorerError: what a policy type lost could not be queued to be put back.
            NoticeError: the queue did not take a notice.
        """
        change = read_change(event)
        if isinstance(change, NotOurs):
            verdict = rules.not_ours(change)
            self.telemetry.log("nothing to do", **verdict.as_json(), detail=change.detail)
            return verdict.as_json()
        # A record of tomorrow, which only a forger has, must not outweigh all that comes until then.
        drift = Drift.of(replace(change, at=min(change.at, self.clock())))
        reader = LazyReader(self.sources, drift)
        verdict = self._judge(drift, reader)
        if verdict.reason in (Reason.OWN_CHANGE, Reason.CALL_FAILED):
            self.telemetry.log("nothing to do", **verdict.as_json(), detail=drift.kind.value)
            return verdict.as_json()
        if reader.mark is not None:
            self.telemetry.log("applied before", event_id=drift.event_id, came_of=reader.mark.came_of)
            return verdict.as_json()
        self.reconcile(drift, verdict, reader)
        self._remember(drift, verdict, reader)
        return verdict.as_json()

    def reconcile(self, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
        """Accept or undo, and report. Raises as `on_event`."""
        if verdict.reason is Reason.FIRST_CONTACT:
            self._adopt(drift, verdict, reader)
        elif verdict.accept:
            accept(drift, verdict, reader, self.ledger)
            if verdict.permit is not None:
                self.reporter.send(use_notice(verdict.permit, drift, reader.now))
            late.after_approval(drift, reader, self)
        if verdict.is_incident:
            self._answer(drift, verdict, reader)
        else:
            self.telemetry.log("nothing to do", **verdict.as_json(), detail=drift.kind.value)

    def remedy(self, actions: tuple[Action, ...], drift: Drift, reader: LazyReader) -> tuple[Action, ...]:
        """Carry out a remedy. Raises OrganizationsError."""
        strangers = partial(self._strangers, reader)
        return remediate(actions, _type_of(drift, reader), self.organizations, strangers)

    def found_undone(self, incident: Incident, actions: tuple[Action, ...], reader: LazyReader) -> Incident:
        """Return the incident of a violation that is gone already.

        If an earlier attempt undid it, or a sweep that had no event, then nobody else did.
        """
        drift = incident.drift
        fight = reader.fight(drift.subject)
        undone = [at for at in (*fight.reverts, fight.stopped_at) if at is not None and at >= drift.at]
        if not undone:
            return replace(incident, result=Result.ALREADY_UNDONE, undone_at=self.clock())
        return replace(incident, result=Result.UNDONE, done=actions, undone_at=undone[0])

    def _judge(self, drift: Drift, reader: LazyReader) -> Verdict:
        """Decide. If that cannot be done now, people are notified, and the failure is raised."""
        try:
            return rules.decide(drift, reader, self.guardrail)
        except UnreadableError as error:
            verdict = Verdict(Outcome.ALERT, Reason.UNDECIDED, target_id=drift.target_id)
            incident = Incident(drift, verdict, Result.NOT_UNDONE, error=str(error))
            if reader.mark is None:
                self.reporter.report(replace(incident, remembered=reader.remembers), self.clock())
            raise

    def _answer(self, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
        """Undo a violation if the verdict says so, then report. What fails is reported, and raised."""
        if not drift.denied:
            self.telemetry.count("Violations")
        if verdict.obstacle is Obstacle.FIGHT:
            self.telemetry.count("Fights")
        incident = Incident(drift, verdict, Result.REFUSED if drift.denied else Result.WATCHED)
        failure: Exception | None = None
        if verdict.outcome is Outcome.REVERT:
            try:
                actions = remedy_of(drift, verdict, reader)
                done = self.remedy(actions, drift, reader)
                done += self._opened(verdict, done, reader)
                restoring = self._restore(drift)
            except (UnreadableError, LedgerError, RestorerError) as error:
                self.telemetry.count("RevertFailed")
                failure = error
                incident = replace(incident, result=Result.NOT_UNDONE, error=str(error))
            else:
                incident = self._undone(incident, actions, done, reader)
                incident = replace(incident, restoring=restoring)
        try:
            self.reporter.report(self._described(incident, reader), self.clock())
        finally:
            if failure is not None:
                # Told or not, it was not undone: that is what must be tried again.
                raise failure
        if verdict.obstacle in _NOTHING_BRINGS_BACK.get(drift.kind, ()) and reader.remembers:
            forget(drift, self.ledger, drift.at)

    def _opened(self, verdict: Verdict, done: tuple[Action, ...], reader: LazyReader) -> tuple[Action, ...]:
        """Attach full access if what came off Root was the last policy that allows anything.

        Only a root where full access is not accepted can be left so. Raises OrganizationsError.
        """
        off = [action for action in done if isinstance(action, Detach)]
        if not off or not is_root_id(verdict.target_id) or not reader.remembers:
            return ()
        policy_type = reader.type_on(off[0].policy_id, verdict.target_id) or ""
        full_access = FULL_ACCESS.get(policy_type, "")
        if not full_access or full_access in reader.accepted_on(verdict.target_id):
            return ()
        if not is_closed(verdict.target_id, policy_type, reader):
            return ()
        self.organizations.attach(full_access, verdict.target_id)
        return (Attach(full_access, verdict.target_id),)

    def _undone(
        self, incident: Incident, actions: tuple[Action, ...], done: tuple[Action, ...], reader: LazyReader
    ) -> Incident:
        drift, now = incident.drift, self.clock()
        if not done:
            return self.found_undone(incident, actions, reader)
        incident = replace(incident, result=Result.UNDONE, done=done, undone_at=now)
        self.telemetry.count("Reverted")
        self._try(lambda: self.ledger.keep_fight(drift.subject, reader.fight(drift.subject).undone(now)))
        # If no event has come, nobody knows how long it was in force.
        if incident.exposure is not None and drift.change is not None:
            self.telemetry.seconds("ExposureSeconds", incident.exposure.total_seconds())
        return incident

    def _described(self, incident: Incident, reader: LazyReader) -> Incident:
        """Add what is known about the policy by now. To undo the change, none of this is needed."""
        drift = incident.drift
        policy = drift.policy or (reader.known(drift.policy_id) if drift.policy_id else None)
        if policy is None and drift.policy_id:
            accepted = reader.document(drift.policy_id)
            policy = accepted.policy if accepted else None
        if policy is None and drift.kind in PLACINGS and drift.policy_id and not drift.denied:
            policy = reader.policy_if_free(drift.policy_id)
        lockout = drift.kind in PLACINGS and is_lockout(policy)
        remembered = reader.remembers
        return replace(incident, drift=drift.seen_as(policy), lockout=lockout, remembered=remembered)

    def _strangers(self, reader: LazyReader, target_id: str, policy_type: str) -> tuple[str, ...]:
        """Return the policies of a type on a target that nothing approves of."""
        protection = protection_of(target_id, self.guardrail, reader.ancestors)
        # Before first contact nobody knows what may be there, so nothing is a stranger.
        if protection is None or not reader.is_adopted(target_id, policy_type):
            return ()
        accepted = reader.accepted_on(target_id)
        if not reader.remembers:
            return ()
        attached = self.organizations.attached(target_id, policy_type)
        return tuple(sorted(attached.keys() - accepted.keys() - protection.allow))

    def _restore(self, drift: Drift) -> Restoring | None:
        """Have the attachments of a type that was enabled again put back."""
        if self.restoration is None or drift.kind is not ChangeKind.TYPE_DISABLED:
            return None
        return self.restoration.begin(drift.policy_type, drift.at)

    def _adopt(self, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
        """Accept a target as it is, since an event came before the first sweep. Raises LedgerError."""
        policy_type = reader.type_on(drift.policy_id, drift.target_id) or ""
        found = FirstContact(
            drift.target_id,
            verdict.protection or "",
            frozenset({policy_type}),
            dict.fromkeys(self.organizations.attached(drift.target_id, policy_type), policy_type),
            reader.now,
        )
        told = adopt(found, self.sources, self.ledger)
        self.reporter.send(adoption_notice([told], reader.now))
        self.ledger.adopt(found.target_id, found.types, found.at)

    def _remember(self, drift: Drift, verdict: Verdict, reader: LazyReader) -> None:
        """Keep that the event was applied, and what it says of a policy."""
        if drift.change is not None and drift.change.error_code is None:
            if drift.change.policy is not None:
                policy = drift.change.policy
                self._try(lambda: self.ledger.learn(policy, drift.at))
            if drift.kind is ChangeKind.ACCOUNT_MOVED:
                late.after_move(drift, reader, self)
        mark = EventMark(verdict.outcome.value, self.clock())
        self._try(lambda: self.ledger.mark(drift.event_id, mark))

    def _try(self, write: Callable[[], object]) -> None:
        """Write what the guard can do without: a policy for later, a fight, the mark of an event."""
        try:
            write()
        except LedgerError as error:
            self.telemetry.warn("the ledger does not answer", error=str(error))


def _type_of(drift: Drift, reader: LazyReader) -> str | None:
    """Return the type of a drift's policy as far as it is known by now."""
    if not drift.policy_id:
        return None
    policy = drift.policy or reader.known(drift.policy_id)
    word = reader.acceptance(drift.policy_id, drift.target_id)
    return (
        (policy.type if policy else None)
        or (word.policy_type if word else None)
        or drift.policy_type
        or reader.type_if_read(drift.policy_id, drift.target_id)
    )
