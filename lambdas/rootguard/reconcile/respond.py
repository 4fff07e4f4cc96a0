"""The path of one event: read the change, settle the verdict, carry it out, page.

The order is the product. Everything up to the detach does what the verdict needs and no more; names,
the count of accounts, the ledger's record and the page come after it, and whatever fails there cannot
delay it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rootguard.cloudtrail.read import Change, ChangeKind, NotOurs, read_change
from rootguard.domain.approvals import policy_now
from rootguard.domain.drift import UNSEEN
from rootguard.domain.facts import Facts, Recollection
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.remedy import plan
from rootguard.domain.verdict import Hindrance, Outcome, Verdict
from rootguard.incidents.exception_pages import ExceptionPages
from rootguard.incidents.incident import Incident, Restoring, Result, incident_of, is_incident
from rootguard.incidents.paging import page_once
from rootguard.ports import (
    Ledger,
    LedgerError,
    Organizations,
    OrganizationsError,
    Pager,
    RestorerError,
    Surroundings,
    Surveys,
    Telemetry,
)
from rootguard.reconcile.memory import Memory, settle
from rootguard.reconcile.remediate import carry_out
from rootguard.reconcile.restoration import Restoration


@dataclass(frozen=True, slots=True)
class Guard:
    """The guard with everything it needs: its policy, its ports, the clock (UTC)."""

    guardrail: Guardrail
    own_role_arn: str
    organizations: Organizations
    surroundings: Surroundings
    ledger: Ledger
    surveys: Surveys
    pager: Pager
    telemetry: Telemetry
    clock: Callable[[], datetime]
    restoration: Restoration | None = None

    @property
    def memory(self) -> Memory:
        """What answers the questions of a decision."""
        return Memory(self.ledger, self.surveys, self.organizations, self.telemetry)

    @property
    def exceptions(self) -> ExceptionPages:
        """What tells people of exceptions."""
        return ExceptionPages(self.ledger, self.pager, self.telemetry, self.memory, self.clock)

    def respond(self, event: object) -> Verdict:
        """Handle one event.

        Raises:
            OrganizationsError: the change could not be judged or undone; Lambda tries again.
            LedgerError: what was approved could not be adopted, so a sweep would undo it.
            LedgerError, RestorerError: what a policy type lost could not be queued to be put back.
            PagerError: a page was not accepted.
        """
        change = read_change(event)
        if isinstance(change, Change):
            # A record of tomorrow, which only a forger has, must not outweigh all that comes till then.
            change = replace(change, at=min(change.at, self.clock()))
        verdict = self.judge(change)
        if isinstance(change, Change):
            self.memory.learn(change, verdict)
        return verdict

    def judge(self, change: Change | NotOurs) -> Verdict:
        """Settle a change and do what its verdict asks. Raises as `respond`."""
        facts = Facts(
            own_role_arn=self.own_role_arn,
            now=self.clock(),
            memory=Recollection.NOT_ASKED,
            restorer_role_arn=self.restoration.role_arn if self.restoration else None,
        )
        verdict, facts = settle(change, facts, self.guardrail, self.memory.answer)
        if isinstance(change, NotOurs) or not is_incident(verdict):
            detail = change.detail if isinstance(change, NotOurs) else change.kind.value
            permit = self.memory.adopt(verdict, facts)
            if permit is not None and isinstance(change, Change):
                self.exceptions.used(permit, change, policy_now(change, facts))
            self.telemetry.log("nothing to do", **verdict.as_json(), detail=detail)
            return verdict
        if not change.denied:
            self.telemetry.count("Violations")
        if verdict.hindrance is Hindrance.FIGHT:
            self.telemetry.count("Fights")
        if verdict.outcome is Outcome.ALERT:
            result = Result.REFUSED if change.denied else Result.WATCHED
            self.memory.came_from(change)
            self._page(self._with_surroundings(incident_of(result, verdict, change, facts)))
            self.memory.forget(verdict)
            return verdict
        try:
            undone = self._undo(verdict, change, facts)
        finally:
            # Undone or not, and after it: no write to the ledger delays a move back.
            self.memory.came_from(change)
        self._page(self._credited(self._with_surroundings(undone), facts))
        return verdict

    def _undo(self, verdict: Verdict, change: Change, facts: Facts) -> Incident:
        """Carry out the plan. What fails is paged here, and raised."""
        try:
            done = carry_out(plan(verdict, facts), facts, self.organizations)
            restoring = self._restore(change)
        except (OrganizationsError, LedgerError, RestorerError) as error:
            self.telemetry.count("RevertFailed")
            try:
                # At once: Organizations does not answer as it should, more reads would cost time.
                failed = incident_of(Result.NOT_UNDONE, verdict, change, facts)
                self._page(replace(failed, error=str(error)))
            finally:
                # Page or no page, it was not undone: that is what must be tried again.
                raise error
        result = Result.UNDONE if done else Result.ALREADY_UNDONE
        incident = replace(
            incident_of(result, verdict, change, facts),
            done=done,
            undone_at=self.clock(),
            restoring=restoring,
        )
        if done:
            self.telemetry.count("Reverted")
            self.memory.reverted(verdict, facts, self.clock())
            # Of what no event told it is not known since when it stood; of what others undid, until when.
            if incident.exposure is not None and change.actor != UNSEEN:
                self.telemetry.seconds("ExposureSeconds", incident.exposure.total_seconds())
        return incident

    def _credited(self, incident: Incident, facts: Facts) -> Incident:
        """Tell what the guard itself undid before, in an attempt whose page failed or on a copy of the event.

        Asked only after the surroundings were read: of two copies at the same moment, the one that undid it
        has noted so by then.
        """
        if incident.result is not Result.ALREADY_UNDONE:
            return incident
        undone_at = self.memory.undone_since(incident.change, incident.target_id)
        if undone_at is None:
            return incident
        done = plan(incident.verdict, facts)
        return replace(incident, result=Result.UNDONE, done=done, undone_at=undone_at)

    def _restore(self, change: Change) -> Restoring | None:
        """Have the attachments of a type that was enabled again put back."""
        if self.restoration is None or change.kind is not ChangeKind.TYPE_DISABLED:
            return None
        return self.restoration.begin(change.policy_type, change.at)

    def _page(self, incident: Incident) -> None:
        """Log an incident each time, and page its episode once."""
        self.telemetry.log(
            incident.result.value,
            **incident.verdict.as_json(),
            policy_id=incident.change.policy_id or None,
            target_id=incident.target_id or None,
            error=incident.error,
        )
        page_once(incident, self.ledger, self.pager, self.telemetry, self.clock)

    def _with_surroundings(self, incident: Incident) -> Incident:
        """Add what only people need. What cannot be read is left out, and logged."""
        target_id = incident.target_id
        if not target_id:
            return incident
        try:
            if not incident.at_root:
                incident = replace(incident, target_name=self.surroundings.target_name(target_id))
            if incident.result is not Result.REFUSED:
                # The guard's own is the management account; what a sweep finds names none.
                reach = self.surroundings.reach(target_id, self.own_role_arn.split(":")[4])
                incident = replace(incident, reach=reach)
        except OrganizationsError as error:
            self.telemetry.warn("the page goes out with less", error=str(error))
        return incident
