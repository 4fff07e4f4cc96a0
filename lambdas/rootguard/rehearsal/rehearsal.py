"""One rehearsal: attach the harmless SCP, wait until the guard has detached it, and leave nothing behind.

    refuse? ─▶ record PENDING ─▶ attach ─▶ wait for the guard's incident ─▶ detach what is left
                                                            ─▶ tell people ─▶ record the outcome

Whatever ends it, the SCP is detached before it counts as ended. An invocation that was cut off is tried again
by Lambda with the same id, and goes on; if it is not, the guard detaches the SCP, as it does every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.fights import LIMIT, WINDOW
from rootguard.domain.guardrail import Mode, Rehearsal
from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.incidents.incident import Result
from rootguard.incidents.life import Record as IncidentRecord
from rootguard.incidents.life import key_of
from rootguard.ports import LedgerError, NotAttachedError, Notices, OrganizationsError, Telemetry
from rootguard.rehearsal.calendar import Calendar, is_due
from rootguard.rehearsal.ports import Ledger, Organizations, Records
from rootguard.rehearsal.record import Outcome, Record, notice

OVERDUE: Final = timedelta(days=15)
"""Two were due by then."""
_EVERY_SECONDS: Final = 2.0
_UNDOS: Final = LIMIT - 1
"""The guard stops after one more within ten minutes: that would be a fight."""
_CLOCKS: Final = timedelta(seconds=5)
"""What the guard and an event say is of other clocks, and an event's time is to the second."""


class RefusedError(Exception):
    """No rehearsal begins now. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Rehearser:
    """Carries out one rehearsal."""

    rehearsal: Rehearsal
    mode: Mode
    calendar: Calendar
    within: timedelta  # what takes longer is late
    organizations: Organizations
    ledger: Ledger
    records: Records
    notices: Notices
    telemetry: Telemetry
    clock: Callable[[], datetime]
    wait: Callable[[float], None]  # takes seconds

    def rehearse(self, request: str, *, scheduled: bool, anyway: bool = False) -> Record:
        """Rehearse, and return how it went.

        `anyway` is for people: it begins in a blocked window, too.

        Raises:
            RefusedError: nothing was attached.
            OrganizationsError, LedgerError, OutboxError: it could not be carried out. Lambda tries again.
        """
        last = self.records.last()
        if last is not None and last.outcome is Outcome.PENDING and last.request == request:
            return self._carried_out(self._resumed(last))
        now = self.clock()
        if why := self._why_not(last, now, scheduled=scheduled, anyway=anyway):
            self._count_if_overdue(last.last_success if last else None)
            raise RefusedError(why)
        return self._carried_out(self._begun(request, last))

    def _why_not(self, last: Record | None, now: datetime, *, scheduled: bool, anyway: bool) -> str:
        """Return why none begins now; empty if nothing is in the way. Raises LedgerError."""
        if self.mode is Mode.OBSERVE:
            return "guardrail.yaml says `mode: observe`, so the guard would detach nothing."
        if last is not None and last.goes_on(now):
            return f"Another rehearsal began at {last.started:%H:%M:%S} UTC. Wait for its end."
        if scheduled and not is_due(last, now):
            return "The last rehearsal succeeded less than a week ago."
        if not anyway and (blocked := self.calendar.blocks(now)):
            return f"guardrail.yaml blocks rehearsals now: {blocked}. To begin all the same, add --anyway."
        # Of the same SCP on the same OU, too: who is awake for that would take this for one more.
        if incident := self._open_incident():
            return f"The incident {incident} is open. Wait for its end: `rootguard incident show` says more."
        fight = self.ledger.fight(self._drift.subject)
        undos = [at for at in fight.reverts if now - at < WINDOW]
        if fight.is_on(now) or len(undos) >= _UNDOS:
            return "The guard has detached the SCP so often that it would take one more for a fight. Wait."
        adopted = self.ledger.adopted(self.rehearsal.target_id)
        if self.rehearsal.policy_id in adopted.accepted:
            return (
                "The SCP is accepted on the rehearsal OU, so the guard would leave it attached. "
                "See docs/rehearsal.md."
            )
        if SERVICE_CONTROL_POLICY not in adopted.types:
            return (
                "No sweep has seen the rehearsal OU yet: the first one accepts what is attached. Wait for it."
            )
        return ""

    def _open_incident(self, but: str = "") -> str:
        """Return the id of an open incident that has another key; empty if there is none."""
        return next((each.id for each in self.ledger.records() if each.is_open and each.key != but), "")

    @property
    def _drift(self) -> Drift:
        rehearsal, now = self.rehearsal, self.clock()
        return Drift(ChangeKind.ATTACHED, now, rehearsal.policy_id, rehearsal.target_id)

    @property
    def _key(self) -> str:
        return key_of(self._drift)

    def _begun(self, request: str, last: Record | None) -> Record:
        """Write down that it begins, and attach. Raises OrganizationsError; nothing is attached then."""
        known = self._incident()
        before = known.incident.undone_at if known and known.incident else None
        record = Record(request, self.clock(), before, last.last_success if last else None)
        if not self.records.keep(record, last):
            raise RefusedError("Another rehearsal began at this moment. Wait for its end.")
        try:
            self.organizations.attach(self.rehearsal.policy_id, self.rehearsal.target_id)
        except OrganizationsError as error:
            # AWS may have attached it, and only the answer was lost.
            self._cleaned()
            self.records.keep(
                record.ended_by(Outcome.INTERRUPTED, f"{str(error).rstrip('.')}.", self.clock()), record
            )
            raise
        self.telemetry.log("attached", policy_id=self.rehearsal.policy_id, target_id=self.rehearsal.target_id)
        return record

    def _count_if_overdue(self, success: datetime | None) -> None:
        """Count that none has succeeded for long, or since the OU is there: an alarm pages that.

        Each may have had its reason, such as an incident that stays open. Raises LedgerError.
        """
        adopted = self.ledger.adopted(self.rehearsal.target_id).policies.values()
        since = success or min((word.at for word in adopted), default=None)
        if self.mode is Mode.ENFORCE and since is not None and self.clock() - since > OVERDUE:
            self.telemetry.count("RehearsalOverdue")

    def _resumed(self, pending: Record) -> Record:
        """Return the record of one that was cut off, begun anew if that was before it could attach."""
        if self._undone(pending) is not None or self._is_attached():
            return pending
        return self._begun(pending.request, pending)

    def _carried_out(self, pending: Record) -> Record:
        """Wait for the end, leave nothing behind, tell people, and write it down."""
        try:
            ended = self._ended(pending)
        finally:
            was_left = self._cleaned()
        if was_left and ended.outcome is Outcome.SUCCEEDED:
            why = "The guard said that it had detached the SCP, but the SCP was still attached."
            ended = pending.ended_by(Outcome.FAILED, why, self.clock())
        elif not was_left and ended.outcome is Outcome.FAILED and ended.took is None:
            why = "The SCP was detached, and the guard has no record of doing it."
            ended = pending.ended_by(Outcome.INTERRUPTED, why, self.clock())
        if ended.seconds is not None:
            self.telemetry.seconds("RehearsalSecondsToDetach", ended.seconds)
        if ended.outcome is Outcome.FAILED:
            self.telemetry.count("RehearsalFailed")
        elif ended.outcome is Outcome.INTERRUPTED:
            self._count_if_overdue(ended.last_success)
        # First the notice, whose key is the same each time: what was told can be told again, but not lost.
        if (told := notice(ended)) is not None:
            self.notices.send(told)
        self.records.keep(ended, pending)
        self.telemetry.log("rehearsed", outcome=ended.outcome.value, seconds=ended.seconds, why=ended.why)
        return ended

    def _ended(self, pending: Record) -> Record:
        """Wait, and return the record of how it ended. Raises LedgerError if the ledger never answered."""
        deadline, silence = pending.started + self.within, None
        while True:
            now, over = self.clock(), None
            try:
                over, silence = self._seen(pending, now), None
            except LedgerError as error:
                silence = error
            if over is not None:
                return over
            if now >= deadline:
                if silence is not None:
                    raise silence
                return self._late(pending, now)
            self.wait(_EVERY_SECONDS)

    def _late(self, pending: Record, now: datetime) -> Record:
        """Return the record of one whose time is over. Raises LedgerError."""
        seconds, undone = int(self.within.total_seconds()), self._undone(pending)
        if undone is None:
            why = f"The guard did not detach the SCP within {seconds} seconds."
            return pending.ended_by(Outcome.FAILED, why, now)
        # Sweeps work, and are slower than events: whether those arrive is what this is for.
        late = pending.undone(undone[0])
        why = (
            f"Its event did not come within {seconds} seconds. "
            f"Without it, the guard detached the SCP after {late.seconds:.0f} seconds."
        )
        return late.ended_by(Outcome.FAILED, why, now)

    def _seen(self, pending: Record, now: datetime) -> Record | None:
        """Return how it ended, if it has ended. Raises LedgerError."""
        if undone := self._undone(pending):
            at, known = undone
            if known.incident is None or known.incident.result is not Result.UNDONE:
                why = "Someone else detached the SCP before the guard could."
                return pending.ended_by(Outcome.INTERRUPTED, why, now)
            if not self.rehearsal.made(known.incident.drift):
                why = "Someone else had attached the SCP already: the guard detached theirs."
                return pending.ended_by(Outcome.INTERRUPTED, why, now)
            ended = pending.undone(at)
            if at - pending.started > self.within + _CLOCKS:
                why = f"The guard detached the SCP only after {ended.seconds:.0f} seconds."
                return ended.ended_by(Outcome.FAILED, why, now)
            # A sweep, or the late event of an earlier one, proves nothing of this one's own event.
            if known.events and known.incident.drift.at >= pending.started - _CLOCKS:
                return ended.ended_by(Outcome.SUCCEEDED, "", now)
        if other := self._open_incident(but=self._key):
            why = f"The incident {other} was opened meanwhile."
            return pending.ended_by(Outcome.INTERRUPTED, why, now)
        return None

    def _undone(self, pending: Record) -> tuple[datetime, IncidentRecord] | None:
        """Return when this rehearsal was undone, with what the guard has on record; None if it was not.

        By the guard's own clock it is another undo than the last one.
        """
        known = self._incident()
        at = known.incident.undone_at if known and known.incident else None
        if known is None or at is None or (pending.before is not None and at <= pending.before):
            return None
        return at, known

    def _incident(self) -> IncidentRecord | None:
        """Return what the guard has on record of the SCP on the OU."""
        return self.ledger.record(self._key)

    def _is_attached(self) -> bool:
        rehearsal = self.rehearsal
        return rehearsal.policy_id in self.organizations.attached(rehearsal.target_id, SERVICE_CONTROL_POLICY)

    def _cleaned(self) -> bool:
        """Detach the SCP if it is still attached; tell whether it was. Raises OrganizationsError."""
        if not self._is_attached():
            return False
        try:
            self.organizations.detach(self.rehearsal.policy_id, self.rehearsal.target_id)
        except NotAttachedError:
            return False
        return True
